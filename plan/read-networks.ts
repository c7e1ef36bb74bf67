import { contentText } from "./cell-value";
import {
  firstBusinessRow,
  type Group,
  hostSheet,
  ipmiGroup,
  lastBusinessRow,
  networkGroup,
  networkSheet,
  switchGroup,
} from "./layout";
import { anyFilled, firstFilled, type SheetReader } from "./sheet-reader";
import type { Workbook } from "./workbook";

/**
 * Rows 3 to 18 of the sheet 虚拟网络, and further ones of its last switch. Rows 4 and 6 must be there; any other is a network where it has a subnet, as for
 * the vendor's tool, but one that is lost for the lack of it is a finding.
 */
export function readNetworks(reader: SheetReader): void {
  const needed = { required: ["name", "nics"] };
  readIpmi(reader);
  reader.take(switchGroup("management.switch", 4), needed);
  reader.take(networkGroup("management.network", 4), demands(["name", "subnet"]));
  // Row 5 shares the merged switch cells of row 4. Its name is in the blank template: alone it means nothing.
  readNetwork(reader, "management.extra", 5, false);
  reader.take(switchGroup("storage.switch", 6), needed);
  reader.take(networkGroup("storage.network", 6), demands(["name", "subnet"]));
  if (readNetwork(reader, "backup.network", 7, false)) reader.take(switchGroup("backup.switch", 7), needed);

  let count = 0;
  for (let row = firstBusinessRow; row <= lastNetworkRow(reader.book); row++) {
    if (readNetwork(reader, `business.networks.${count}`, row, true)) count += 1;
  }
  if (count > 0) readBusinessSwitch(reader, switchGroup("business.switch", firstBusinessRow));
}

/** No site has more; a merge that goes to the end of the sheet is a slip. */
const mostRows = 500;

/**
 * Where the list of networks ends: a row that was put in widens the merged cells of its switch; one below them is of
 * the same switch where it names it.
 */
export function lastNetworkRow(book: Workbook): number {
  const merged = book.mergedTo(networkSheet, `C${firstBusinessRow}`);
  let row = merged > lastBusinessRow && merged < mostRows ? merged : lastBusinessRow;
  const name = contentText(book.content(networkSheet, `C${firstBusinessRow}`));
  while (name !== undefined && row < mostRows && contentText(book.content(networkSheet, `C${row + 1}`)) === name) row++;
  return row;
}

/** The VLAN type is read for its findings; networks of another are not made. */
function demands(required: string[]) {
  return { required: [...required, "vlanType"], dropped: ["vlanType"] };
}

/** Tells whether the row is a network. */
function readNetwork(reader: SheetReader, path: string, row: number, nameCounts: boolean): boolean {
  const group = networkGroup(path, row);
  const cells = reader.group(group);
  if (anyFilled(cells, ["subnet"])) {
    reader.take(group, demands(["name", "vlan"]), cells);
    return true;
  }
  const at = { sheet: networkSheet, path };
  const stray = firstFilled(cells, ["vlan", "gateway"]);
  const blank = { sheet: networkSheet, cell: `H${row}` };
  if (stray) reader.report("network-row-without-subnet", { ...at, cell: stray, kind: "vlan" }, {}, blank);
  else if (nameCounts && anyFilled(cells, ["name"])) {
    reader.report("network-row-unused", { ...at, cell: `D${row}`, kind: "text" });
  }
  return false;
}

/** Row 3 is for information: what is wrong with it is left out and said. */
function readIpmi(reader: SheetReader): void {
  const cells = reader.group(ipmiGroup);
  for (const { key, kind } of ipmiGroup.fields) {
    const read = cells.get(key);
    if (!read || read.problems.length === 0) continue;
    reader.report("ipmi-value-ignored", { sheet: networkSheet, cell: read.cell, kind, path: `ipmi.${key}` });
    read.problems = [];
  }
  if (cells.get("subnet")?.value !== undefined) reader.take(ipmiGroup, {}, cells);
}

/** With 存储独立 the management switch carries the business networks; what row 8 says of another is said back. */
function readBusinessSwitch(reader: SheetReader, group: Group): void {
  if (reader.cell(hostSheet, "Q20", "networks").value !== "storage-separate") {
    reader.take(group, { required: ["name", "nics"] });
    return;
  }
  const own = reader.cell(networkSheet, "J8", "nics");
  const shared = reader.cell(networkSheet, "J4", "nics");
  const at = { sheet: networkSheet, path: group.path };
  if (!own.blank && String(own.value) !== String(shared.value)) {
    const other = { sheet: networkSheet, cell: "J4" };
    reader.report("business-ports-unused", { ...at, cell: "J8", kind: "nics" }, {}, other);
    return;
  }
  const bond = reader.text(networkSheet, "K8");
  if (bond === undefined || bond === reader.text(networkSheet, "K4")) return;
  const other = { sheet: networkSheet, cell: "K4" };
  reader.report("business-bond-unused", { ...at, cell: "K8", kind: "bond" }, {}, other);
}

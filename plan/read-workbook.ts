import { cleanText } from "./cell-value";
import { checkLabels } from "./check-labels";
import { Draft } from "./draft";
import { makeFinding } from "./finding";
import {
  areaGroup,
  boostWords,
  clusterGroup,
  clusterNameGroup,
  componentGroup,
  componentRows,
  dnsServers,
  documentGroup,
  documentSheet,
  everouteGroup,
  everouteNodes,
  firstFurtherServerRow,
  firstHostRow,
  type Group,
  hostGroup,
  hostSheet,
  lastHostRow,
  managementSheet,
  networkSheet,
  networkWords,
  ntpServers,
  planSheets,
  rackColumns,
  rackGroup,
  rackSheet,
  reasons,
  storageWords,
  testRangeGroup,
} from "./layout";
import { lastNetworkRow, readNetworks } from "./read-networks";
import { anyFilled, firstFilled, type Row, SheetReader } from "./sheet-reader";
import { reportUnread } from "./unread-cells";
import { reportUnseen } from "./unseen-cells";
import { assertSheets, type Workbook } from "./workbook";

/**
 * Reads an opened planning workbook into a draft: fixed cells, rows formed as the vendor's tool forms them (host rows by
 * columns E, H, I, N; network rows by the subnet), but what that tool drops in silence is a finding.
 * Throws ZipProblem and WorkbookProblem where the file is no planning workbook.
 */
export function readWorkbook(book: Workbook): Draft {
  assertSheets(book, planSheets);
  const draft = new Draft();
  const reader = new SheetReader(book, draft);
  draft.set("kind", "site", { sheet: networkSheet, cell: "B3" });
  for (const [code, { sheet, cell }] of Object.entries(reasons)) {
    draft.quotes.set(code, cleanText(reader.text(sheet, cell) ?? ""));
  }
  const moved = checkLabels(book, draft);
  if (!moved.has(documentSheet)) reader.take(documentGroup);
  if (!moved.has(networkSheet)) {
    // Its labels are where they are looked for, and Chinese.
    draft.set("language", "zh", { sheet: networkSheet, cell: "B2" });
    reader.take(clusterNameGroup, { required: ["name"] });
    readNetworks(reader);
  }
  if (!moved.has(hostSheet)) {
    readHosts(reader);
    readCluster(reader);
  }
  let lastServerRow = firstFurtherServerRow - 1;
  if (!moved.has(managementSheet)) lastServerRow = readManagement(reader);
  if (!moved.has(networkSheet)) {
    if (!moved.has(hostSheet)) checkClusterName(reader, hostSheet, "C3");
    if (!moved.has(managementSheet)) checkClusterName(reader, managementSheet, "N3");
  }
  if (!moved.has(rackSheet)) readRacks(reader);
  reportUnread(reader, moved, { [networkSheet]: lastNetworkRow(book), [managementSheet]: lastServerRow });
  reportUnseen(book, draft);
  return draft;
}

function readHosts(reader: SheetReader): void {
  reader.draft.note("hosts", { sheet: hostSheet, cell: `H${firstHostRow}` });
  const rows = Array.from({ length: lastHostRow - firstHostRow + 1 }, (_, i) => firstHostRow + i);
  const filled = rows.filter((row) =>
    anyFilled(reader.group(hostGroup(row, 0)), ["bmc.address", "name", "management", "storage"]),
  );
  for (const row of rows) {
    const index = filled.indexOf(row);
    const next = filled.find((each) => each > row);
    if (index >= 0) readHost(reader, row, index);
    else passHost(reader, row, next);
  }
}

const bmcAccount = ["bmc.username", "bmc.password"];

function readHost(reader: SheetReader, row: number, index: number): void {
  const group = hostGroup(row, index);
  const cells = reader.group(group);
  reader.draft.set(group.path, {}, { sheet: hostSheet, cell: `H${row}` });
  const account = firstFilled(cells, bmcAccount);
  // Older templates come with an account in every row, whether the controllers are planned or not.
  const unreachable = cells.get("bmc.address")?.blank && account;
  const dropped = unreachable ? bmcAccount : [];
  reader.take(group, { required: ["name", "management", "storage"], dropped }, cells);
  if (unreachable) {
    const at = { sheet: hostSheet, cell: `E${row}`, kind: "address", path: `${group.path}.bmc.address` } as const;
    reader.report("bmc-address-missing", at, {}, { sheet: hostSheet, cell: account });
  }
}

/** A row that is no host. Columns J, L, B, O and R are filled in all sixteen rows of the template: they say nothing. */
function passHost(reader: SheetReader, row: number, next: number | undefined): void {
  const group = hostGroup(row, 0);
  const cells = reader.group(group);
  const at = { sheet: hostSheet, path: "hosts" };
  if (next !== undefined) {
    const other = { sheet: hostSheet, cell: `H${next}` };
    reader.report("host-row-gap", { ...at, cell: `H${row}`, kind: "text" }, {}, other);
  }
  reader.reportPasswords(group, cells);
  const stray = firstFilled(cells, [
    ...["serial", "bmc.username", "bmc.password", "ssh.password", "root.password", "rack.name", "rack.unit"],
  ]);
  if (!stray) return;
  const kind = /^[DFPQ]/.test(stray) ? "text" : "password";
  reader.report("host-row-unused", { ...at, cell: stray, kind });
}

/** What the vendor's tool takes where a choice is blank. */
const blankChoices = { boost: boostWords.false, storage: storageWords.tiered, networks: networkWords.separate };

function readCluster(reader: SheetReader): void {
  const cells = reader.group(clusterGroup);
  reader.take(clusterGroup, {}, cells);
  for (const [key, choice] of Object.entries(blankChoices)) {
    const read = cells.get(key);
    if (!read?.blank) continue;
    const path = `${clusterGroup.path}.${key}`;
    reader.report("choice-default", { sheet: hostSheet, cell: read.cell, kind: "text", path }, { choice });
  }
}

/** The cell is a formula in the template (=虚拟网络!B3); a name typed over it is another cluster's. */
function checkClusterName(reader: SheetReader, sheet: string, cell: string): void {
  const read = reader.cell(sheet, cell, "text");
  for (const { code, params } of read.problems) {
    reader.report(code, { sheet, cell, kind: "text", path: "cluster.name" }, params);
  }
  const name = reader.cell(networkSheet, "B3", "text").value;
  if (name === undefined || read.value === undefined || name === read.value) return;
  const other = { sheet: networkSheet, cell: "B3" };
  reader.draft.findings.push(
    makeFinding("cluster-name-differs", { sheet, cell }, { value: String(read.value), other }),
  );
}

/** Gives the last row of the list of servers. */
function readManagement(reader: SheetReader): number {
  for (const [path, row] of Object.entries(componentRows)) {
    const group = componentGroup(path, row);
    const cells = reader.group(group);
    if (anyFilled(cells, ["address"])) reader.take(group, {}, cells);
    else passComponent(reader, group, cells);
  }
  const everoute = reader.group(everouteGroup);
  const node = everouteNodes.cells.find((cell) => !reader.cell(managementSheet, cell, "address").blank);
  if (anyFilled(everoute, ["vip"])) reader.take(everouteGroup, {}, everoute);
  else if (node) {
    const at = { sheet: managementSheet, cell: "E6", kind: "address", path: "everoute.vip" } as const;
    reader.report("everoute-vip-missing", at, {}, { sheet: managementSheet, cell: node });
  }
  if (anyFilled(everoute, ["vip"]) || node) reader.takeList(everouteNodes);
  else if (anyFilled(everoute, ["serial"])) {
    reader.report("component-row-unused", {
      sheet: managementSheet,
      cell: "E6",
      kind: "address",
      path: "everoute.vip",
    });
  }
  const lastServerRow = readServers(reader);
  const range = reader.group(testRangeGroup);
  if (anyFilled(range, ["first", "last"])) reader.take(testRangeGroup, { required: ["first", "last"] }, range);
  return lastServerRow;
}

/**
 * NTP and DNS servers in their own rows, and further ones below as far as the rows go on: each is what its labels say,
 * or without labels what the row above is. Gives the last row.
 */
function readServers(reader: SheetReader): number {
  const ntp = [...ntpServers.cells] as string[];
  const dns = [...dnsServers.cells] as string[];
  let list = dns;
  let row = firstFurtherServerRow;
  for (; !reader.cell(managementSheet, `E${row}`, "server").blank; row++) {
    const said = ["B", "C", "D"].map((column) => reader.text(managementSheet, `${column}${row}`) ?? "").join(" ");
    if (/NTP|时间/i.test(said)) list = ntp;
    else if (/DNS|域名/i.test(said)) list = dns;
    else if (said.trim() !== "") break;
    list.push(`E${row}`);
  }
  reader.takeList({ ...ntpServers, cells: ntp });
  reader.takeList({ ...dnsServers, cells: dns });
  return row - 1;
}

/** Names of users are in the blank template and say nothing; what people fill in beside an address does. */
function passComponent(reader: SheetReader, group: Group, cells: Row): void {
  reader.reportPasswords(group, cells);
  if (!anyFilled(cells, ["password", "ssh.password", "system.password", "serial", "version"])) return;
  const at = { sheet: group.sheet, cell: cells.get("address")?.cell ?? "" };
  reader.report("component-row-unused", { ...at, kind: "address", path: `${group.path}.address` });
}

function readRacks(reader: SheetReader): void {
  reader.take(areaGroup);
  let count = 0;
  for (const columns of rackColumns) {
    const group = rackGroup(columns, count);
    const cells = reader.group(group);
    if ([...cells.values()].every((read) => read.blank)) continue;
    // Devices are kept by their height unit, which is no index of a list.
    reader.draft.set(group.path, { devices: {} }, { sheet: rackSheet, cell: columns.name });
    reader.take(group, {}, cells);
    count += 1;
  }
}

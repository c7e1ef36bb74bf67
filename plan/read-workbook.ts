import { cleanText, contentText, type Reading, readCell } from "./cell-value";
import { checkLabels } from "./check-labels";
import { Draft, fieldOf } from "./draft";
import { makeFinding, maskedSecret, type Place } from "./finding";
import type { FindingCode } from "./finding-text";
import {
  areaGroup,
  boostWords,
  type CellKind,
  clusterGroup,
  clusterNameGroup,
  componentGroup,
  componentRows,
  dnsServers,
  documentGroup,
  documentSheet,
  everouteGroup,
  everouteNodes,
  extraSheets,
  firstBusinessRow,
  firstHostRow,
  type Group,
  hostGroup,
  hostSheet,
  ipmiGroup,
  lastBusinessRow,
  lastHostRow,
  managementSheet,
  networkGroup,
  networkSheet,
  networkWords,
  ntpServers,
  planSheets,
  rackColumns,
  rackGroup,
  rackSheet,
  reasons,
  storageWords,
  switchGroup,
  testRangeGroup,
} from "./layout";
import { openWorkbook } from "./workbook";

/** A group's cells as read, by key. */
type Row = Map<string, Reading & { cell: string }>;

/** What a group must and may hold. */
interface Demands {
  required?: string[];
  /** Keys that are read for their findings, but have no place in the plan. */
  dropped?: string[];
}

/**
 * Reads the planning workbook into a draft: fixed cells, rows formed as the vendor's tool forms them (host rows by
 * columns E, H, I, N; network rows by the subnet), but what that tool drops in silence is a finding.
 * Throws ZipProblem and WorkbookProblem where the file is no planning workbook.
 */
export async function readWorkbook(bytes: Buffer): Promise<Draft> {
  const book = await openWorkbook(bytes, planSheets, extraSheets);
  const draft = new Draft();
  draft.set("kind", "site", { sheet: networkSheet, cell: "B3" });
  const moved = checkLabels(book, draft);
  for (const [code, { sheet, cell }] of Object.entries(reasons)) {
    draft.quotes.set(code, cleanText(contentText(book.content(sheet, cell)) ?? ""));
  }

  function readCellAt(sheet: string, cell: string, kind: CellKind): Reading {
    const content = book.content(sheet, cell);
    const read = readCell(content, kind);
    // Components that have no such account say so ("N/A").
    const none = content.kind === "text" && /^n\/a$/i.test(cleanText(content.text.normalize("NFKC")));
    return none && sheet === managementSheet ? { blank: true, problems: [] } : read;
  }

  function readGroup(group: Group): Row {
    const cells = group.fields.map(
      ({ key, cell, kind }) => [key, { ...readCellAt(group.sheet, cell, kind), cell }] as const,
    );
    return new Map(cells);
  }

  function report(
    code: FindingCode,
    sheet: string,
    cell: string,
    kind: CellKind,
    path: string,
    params = {},
    other?: Place,
  ) {
    const shown = contentText(book.content(sheet, cell));
    const value = shown !== undefined && kind === "password" ? maskedSecret : shown;
    // The sheet's own words on why a choice is refused; the vendor changes them with its versions.
    const quote = draft.quotes.get(code);
    const all = { field: fieldOf(path), ...params, ...(quote !== undefined && { reason: quote || "—" }) };
    draft.findings.push(makeFinding(code, { sheet, cell }, { value, other, params: all }));
  }

  /** Takes a group that is planned into the draft: its values, its problems, its blanks that must not be. */
  function take(group: Group, demands: Demands = {}, row = readGroup(group)): void {
    for (const { key, cell, kind } of group.fields) {
      const path = group.path === "" ? key : `${group.path}.${key}`;
      const read = row.get(key);
      if (!read) continue;
      for (const problem of read.problems) report(problem.code, group.sheet, cell, kind, path, problem.params);
      if (read.blank && demands.required?.includes(key)) {
        report(key === "vlan" ? "vlan-missing" : "value-missing", group.sheet, cell, kind, path);
      }
      if (read.value !== undefined && !demands.dropped?.includes(key)) {
        draft.set(path, read.value, { sheet: group.sheet, cell });
      } else {
        draft.note(path, { sheet: group.sheet, cell });
        // Nothing is logged in with it, but whoever gets the file reads it.
        if (kind === "password" && read.value !== undefined) {
          report("password-in-plan", group.sheet, cell, kind, path);
        }
      }
    }
  }

  function takeList(list: { path: string; cells: readonly string[]; kind: CellKind }): void {
    let index = 0;
    draft.note(list.path, { sheet: managementSheet, cell: list.cells[0] ?? "" });
    for (const cell of list.cells) {
      const read = readCellAt(managementSheet, cell, list.kind);
      for (const { code, params } of read.problems) report(code, managementSheet, cell, list.kind, list.path, params);
      if (read.value === undefined) continue;
      draft.set(`${list.path}.${index}`, read.value, { sheet: managementSheet, cell });
      index += 1;
    }
  }

  function takeHosts(): void {
    draft.note("hosts", { sheet: hostSheet, cell: `H${firstHostRow}` });
    const rows = Array.from({ length: lastHostRow - firstHostRow + 1 }, (_, i) => firstHostRow + i);
    const filled = rows.filter((row) =>
      anyFilled(readGroup(hostGroup(row, 0)), ["bmc.address", "name", "management", "storage"]),
    );
    for (const row of rows) {
      const index = filled.indexOf(row);
      if (index >= 0) takeHost(row, index);
      else
        passHost(
          row,
          filled.find((each) => each > row),
        );
    }
  }

  function takeHost(row: number, index: number): void {
    const group = hostGroup(row, index);
    const cells = readGroup(group);
    draft.set(group.path, {}, { sheet: hostSheet, cell: `H${row}` });
    take(group, { required: ["name", "management", "storage"], dropped: ["admin.password"] }, cells);
    if (cells.get("bmc.address")?.blank && anyFilled(cells, ["bmc.username", "bmc.password"])) {
      report("bmc-address-missing", hostSheet, `E${row}`, "address", `${group.path}.bmc.address`);
    }
  }

  /** A row that is no host. Columns J, L, B, O and R are filled in all sixteen rows of the template: they say nothing. */
  function passHost(row: number, next: number | undefined): void {
    const cells = readGroup(hostGroup(row, 0));
    if (next !== undefined) {
      const other = { sheet: hostSheet, cell: `H${next}` };
      report("host-row-gap", hostSheet, `H${row}`, "text", "hosts", {}, other);
    }
    reportPasswords(hostGroup(row, 0), cells);
    const stray = firstFilled(cells, ["serial", "bmc.username", "bmc.password", "ssh.password", "admin.password"]);
    if (stray) report("host-row-unused", hostSheet, stray, stray.startsWith("D") ? "text" : "password", "hosts");
  }

  /** A network exists where it has a subnet; tells whether it does. */
  function takeNetwork(path: string, row: number, required: string[], nameCounts: boolean): boolean {
    const group = networkGroup(path, row);
    const cells = readGroup(group);
    if (!anyFilled(cells, ["subnet"])) {
      reportPasswords(hostGroup(row, 0), cells);
      const stray = firstFilled(cells, ["vlan", "gateway"]);
      if (stray) report("network-row-without-subnet", networkSheet, stray, "vlan", path);
      else if (nameCounts && anyFilled(cells, ["name"])) {
        report("network-row-unused", networkSheet, `D${row}`, "text", path);
      }
      return false;
    }
    take(group, { required: [...required, "vlanType"], dropped: ["vlanType"] }, cells);
    return true;
  }

  /** Row 3 is for information: what is wrong with it is left out and said. */
  function takeIpmi(): void {
    const cells = readGroup(ipmiGroup);
    for (const { key, kind } of ipmiGroup.fields) {
      const read = cells.get(key);
      if (!read || read.problems.length === 0) continue;
      report("ipmi-value-ignored", networkSheet, read.cell, kind, `ipmi.${key}`);
      read.problems = [];
    }
    if (cells.get("subnet")?.value !== undefined) take(ipmiGroup, {}, cells);
  }

  function takeNetworks(): void {
    takeIpmi();
    const needed = { required: ["name", "nics"] };
    take(switchGroup("management.switch", 4), needed);
    take(networkGroup("management.network", 4), { required: ["name", "vlanType", "subnet"], dropped: ["vlanType"] });
    // Row 5 shares the merged switch cells of row 4. Its name is in the blank template: alone it means nothing.
    takeNetwork("management.extra", 5, ["name", "vlan"], false);
    take(switchGroup("storage.switch", 6), needed);
    take(networkGroup("storage.network", 6), { required: ["name", "vlanType", "subnet"], dropped: ["vlanType"] });
    if (takeNetwork("backup.network", 7, ["name", "vlan"], false)) take(switchGroup("backup.switch", 7), needed);

    let count = 0;
    for (let row = firstBusinessRow; row <= lastBusinessRow; row++) {
      if (takeNetwork(`business.networks.${count}`, row, ["name", "vlan"], true)) count += 1;
    }
    if (count > 0) takeBusinessSwitch(switchGroup("business.switch", firstBusinessRow));
  }

  function takeBusinessSwitch(group: Group): void {
    if (readCellAt(hostSheet, "Q20", "networks").value !== "storage-separate") {
      take(group, { required: ["name", "nics"] });
      return;
    }
    const own = readCellAt(networkSheet, "J8", "nics");
    const shared = readCellAt(networkSheet, "J4", "nics");
    if (!own.blank && String(own.value) !== String(shared.value)) {
      report("business-ports-unused", networkSheet, "J8", "nics", group.path);
      return;
    }
    const bond = contentText(book.content(networkSheet, "K8"));
    if (bond === undefined || bond === contentText(book.content(networkSheet, "K4"))) return;
    const other = { sheet: networkSheet, cell: "K4" };
    report("business-bond-unused", networkSheet, "K8", "bond", `${group.path}.bondMode`, {}, other);
  }

  function takeComponents(): void {
    for (const [path, row] of Object.entries(componentRows)) {
      const group = componentGroup(path, row);
      const cells = readGroup(group);
      if (anyFilled(cells, ["address"])) take(group, {}, cells);
      else passComponent(group, cells);
    }
    const everoute = readGroup(everouteGroup);
    const nodes = everouteNodes.cells.find((cell) => !readCellAt(managementSheet, cell, "address").blank);
    if (anyFilled(everoute, ["vip"])) take(everouteGroup, {}, everoute);
    else if (nodes) report("everoute-vip-missing", managementSheet, "E6", "address", "everoute.vip");
    if (anyFilled(everoute, ["vip"]) || nodes) takeList(everouteNodes);
    takeList(ntpServers);
    takeList(dnsServers);
    const range = readGroup(testRangeGroup);
    if (anyFilled(range, ["first", "last"])) take(testRangeGroup, { required: ["first", "last"] }, range);
  }

  function takeRacks(): void {
    take(areaGroup);
    let count = 0;
    for (const columns of rackColumns) {
      const group = rackGroup(columns, count);
      const cells = readGroup(group);
      if ([...cells.values()].every((read) => read.blank)) continue;
      // Devices are kept by their height unit, which is no index of a list.
      draft.set(group.path, { devices: {} }, { sheet: rackSheet, cell: columns.name });
      take(group, {}, cells);
      count += 1;
    }
  }

  /** Names of users are in the blank template and say nothing; what people fill in beside an address does. */
  function passComponent(group: Group, cells: Row): void {
    reportPasswords(group, cells);
    const filled = ["password", "ssh.password", "system.password", "serial", "version"];
    if (!anyFilled(cells, filled)) return;
    report("component-row-unused", group.sheet, cells.get("address")?.cell ?? "", "address", `${group.path}.address`);
  }

  /** The passwords of a row that nothing is made of: whoever gets the file reads them all the same. */
  function reportPasswords({ path, sheet, fields }: Group, cells: Row): void {
    for (const { key, cell, kind } of fields) {
      if (kind !== "password" || cells.get(key)?.value === undefined) continue;
      report("password-in-plan", sheet, cell, kind, `${path}.${key}`);
    }
  }

  function takeCluster(): void {
    const cells = readGroup(clusterGroup);
    take(clusterGroup, {}, cells);
    for (const [key, choice] of Object.entries(blankChoices)) {
      const read = cells.get(key);
      if (!read?.blank) continue;
      report("choice-default", hostSheet, read.cell, "text", `${clusterGroup.path}.${key}`, { choice });
    }
    for (const place of [
      { sheet: hostSheet, cell: "C3" },
      { sheet: managementSheet, cell: "N3" },
    ]) {
      const other = readCellAt(place.sheet, place.cell, "text");
      for (const { code, params } of other.problems)
        report(code, place.sheet, place.cell, "text", "cluster.name", params);
      const name = readCellAt(networkSheet, "B3", "text").value;
      if (name === undefined || other.value === undefined || name === other.value || moved.has(place.sheet)) continue;
      const value = String(other.value);
      const from = { sheet: networkSheet, cell: "B3" };
      draft.findings.push(makeFinding("cluster-name-differs", place, { value, other: from }));
    }
  }

  if (!moved.has(documentSheet)) take(documentGroup);
  if (!moved.has(networkSheet)) {
    take(clusterNameGroup, { required: ["name"] });
    takeNetworks();
  }
  if (!moved.has(hostSheet)) {
    takeHosts();
    takeCluster();
  }
  if (!moved.has(managementSheet)) takeComponents();
  if (!moved.has(rackSheet)) takeRacks();
  return draft;
}

/** What the vendor's tool takes where a choice is blank. */
const blankChoices = { boost: boostWords.false, storage: storageWords.tiered, networks: networkWords.separate };

function anyFilled(row: Row, keys: string[]): boolean {
  return firstFilled(row, keys) !== undefined;
}

function firstFilled(row: Row, keys: string[]): string | undefined {
  return keys.map((key) => row.get(key)).find((read) => read && !read.blank)?.cell;
}

import { cleanText, contentText, type Reading, readCell } from "./cell-value";
import { Draft, fieldOf } from "./draft";
import { makeFinding, maskedSecret } from "./finding";
import type { FindingCode } from "./finding-text";
import {
  type CellKind,
  clusterGroup,
  clusterNameGroup,
  componentGroup,
  componentRows,
  convergedReason,
  dnsServers,
  documentGroup,
  everouteGroup,
  everouteNodes,
  firstBusinessRow,
  firstHostRow,
  type Group,
  hostGroup,
  hostSheet,
  labels,
  lastBusinessRow,
  lastHostRow,
  managementSheet,
  networkGroup,
  networkSheet,
  ntpServers,
  planSheets,
  rdmaReason,
  switchGroup,
  testRangeGroup,
} from "./layout";
import { openWorkbook, type Workbook } from "./workbook";

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
  const book = await openWorkbook(bytes, planSheets);
  const draft = new Draft();
  draft.set("kind", "site", { sheet: networkSheet, cell: "B3" });
  const moved = checkLabels(book, draft);

  function readCellAt(sheet: string, cell: string, kind: CellKind): Reading {
    const content = book.content(sheet, cell);
    const read = readCell(content, kind);
    // Components that have no such account say so ("N/A").
    const none = content.kind === "text" && /^n\/a$/i.test(cleanText(content.text));
    return none && sheet === managementSheet ? { blank: true, problems: [] } : read;
  }

  function readGroup(group: Group): Row {
    const cells = group.fields.map(
      ({ key, cell, kind }) => [key, { ...readCellAt(group.sheet, cell, kind), cell }] as const,
    );
    return new Map(cells);
  }

  function report(code: FindingCode, sheet: string, cell: string, kind: CellKind, path: string, params = {}) {
    const shown = contentText(book.content(sheet, cell));
    const value = shown !== undefined && kind === "password" ? maskedSecret : shown;
    const reason = footnote(book, code);
    const all = { field: fieldOf(path), ...params, ...(reason && { reason }) };
    draft.findings.push(makeFinding(code, { sheet, cell }, { value, params: all }));
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
    let index = 0;
    for (let row = firstHostRow; row <= lastHostRow; row++) {
      const group = hostGroup(row, index);
      const cells = readGroup(group);
      if (anyFilled(cells, ["bmc.address", "name", "management", "storage"])) {
        draft.set(group.path, {}, { sheet: hostSheet, cell: `H${row}` });
        take(group, { required: ["name", "management", "storage"] }, cells);
        if (cells.get("bmc.address")?.blank && anyFilled(cells, ["bmc.username", "bmc.password"])) {
          report("bmc-address-missing", hostSheet, `E${row}`, "address", `${group.path}.bmc.address`);
        }
        index += 1;
      } else {
        // Columns J, L, B, O and R are filled in all sixteen rows of the template and do not count.
        const stray = firstFilled(cells, ["serial", "bmc.username", "bmc.password", "ssh.password"]);
        if (stray) report("host-row-unused", hostSheet, stray, stray.startsWith("D") ? "text" : "password", group.path);
      }
    }
  }

  /** A network exists where it has a subnet; tells whether it does. */
  function takeNetwork(path: string, row: number, required: string[], nameCounts: boolean): boolean {
    const group = networkGroup(path, row);
    const cells = readGroup(group);
    if (!anyFilled(cells, ["subnet"])) {
      const stray = firstFilled(cells, ["vlan", "gateway"]);
      if (stray) report("network-row-without-subnet", networkSheet, stray, "vlan", path);
      else if (nameCounts && anyFilled(cells, ["name"])) {
        report("network-row-unused", networkSheet, `D${row}`, "text", path);
      }
      return false;
    }
    take(group, { required, dropped: ["vlanType"] }, cells);
    return true;
  }

  function takeNetworks(): void {
    const needed = { required: ["name", "nics"] };
    take(switchGroup("management.switch", 4), needed);
    take(networkGroup("management.network", 4), { required: ["name", "subnet"], dropped: ["vlanType"] });
    // Row 5 shares the merged switch cells of row 4. Its name is in the blank template: alone it means nothing.
    takeNetwork("management.extra", 5, ["name", "vlan"], false);
    take(switchGroup("storage.switch", 6), needed);
    take(networkGroup("storage.network", 6), { required: ["name", "subnet"], dropped: ["vlanType"] });
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
    if (own.blank || String(own.value) === String(shared.value)) return;
    report("business-ports-unused", networkSheet, "J8", "nics", group.path);
  }

  function takeComponents(): void {
    for (const [path, row] of Object.entries(componentRows)) {
      const group = componentGroup(path, row);
      const cells = readGroup(group);
      if (anyFilled(cells, ["address"])) take(group, {}, cells);
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

  function takeCluster(): void {
    take(clusterGroup);
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

  take(documentGroup);
  if (!moved.has(networkSheet)) {
    take(clusterNameGroup, { required: ["name"] });
    takeNetworks();
  }
  if (!moved.has(hostSheet)) {
    takeHosts();
    takeCluster();
  }
  if (!moved.has(managementSheet)) takeComponents();
  return draft;
}

function anyFilled(row: Row, keys: string[]): boolean {
  return firstFilled(row, keys) !== undefined;
}

function firstFilled(row: Row, keys: string[]): string | undefined {
  return keys.map((key) => row.get(key)).find((read) => read && !read.blank)?.cell;
}

/** Reports labels that are not where the fixed cells need them; gives the sheets that cannot be read for it. */
function checkLabels(book: Workbook, draft: Draft): Set<string> {
  const moved = new Set<string>();
  for (const { sheet, cells } of labels) {
    for (const [cell, label] of Object.entries(cells)) {
      const found = contentText(book.content(sheet, cell));
      if (plain(found ?? "") === plain(label)) continue;
      moved.add(sheet);
      draft.findings.push(makeFinding("layout-unknown", { sheet, cell }, { value: found, params: { label } }));
    }
  }
  return moved;
}

function plain(label: string): string {
  return label.normalize("NFKC").replace(/\s+/g, "").toLowerCase();
}

/** The sheet's own words on why a choice is refused; the vendor changes them with its versions. */
function footnote(book: Workbook, code: FindingCode): string | undefined {
  const place = { "converged-unsupported": convergedReason, "rdma-unsupported": rdmaReason }[code as string];
  if (!place) return undefined;
  return cleanText(contentText(book.content(place.sheet, place.cell)) ?? "") || "(nothing)";
}

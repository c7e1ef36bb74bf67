import {
  areaGroup,
  boostWords,
  type CellKind,
  cellPrefixes,
  clusterGroup,
  clusterNameGroup,
  componentGroup,
  componentRows,
  dnsServers,
  documentGroup,
  everouteGroup,
  everouteNodes,
  firstBusinessRow,
  firstFurtherServerRow,
  firstHostRow,
  type Group,
  hostGroup,
  ipmiGroup,
  lastBusinessRow,
  lastHostRow,
  managementSheet,
  networkGroup,
  networkWords,
  ntpServers,
  rackColumns,
  rackGroup,
  rackUnits,
  storageWords,
  switchGroup,
  testRangeGroup,
} from "./layout";
import { type MadeSheet, type MadeValue, styles, workbookBytes } from "./sheet-xml";
import type { SitePlan } from "./site-plan";
import { blankSheets } from "./template-sheets";

/** What the workbook has no room for. The message names the part and how much fits. */
export class NoRoom extends Error {
  readonly code = "no-room";
  constructor(what: string, count: number, room: number) {
    super(`the workbook has no room for ${count} ${what}: it holds ${room} — write the plan as site.yaml`);
    this.name = "NoRoom";
  }
}

/** A blank planning workbook (.xlsx) in the layout of the vendor's template. */
export async function writeTemplate(): Promise<Uint8Array> {
  return workbookBytes([...blankSheets().values()]);
}

/**
 * A planning workbook filled with a plan: readPlan gives the same plan back. Passwords are written where the plan has
 * them, unless `secrets` is false. A business switch without networks and a rack of nothing have no cell that would
 * keep them and are left out.
 * Throws NoRoom for a seventeenth host, a twelfth business network and the like.
 *
 * `stacks/lab/plan.xlsx` is made with it: SITEWRIGHT_WRITE_LAB_PLAN=1 npx vitest run plan/lab-plan.test.ts
 */
export async function fillTemplate(plan: SitePlan, options: { secrets?: boolean } = {}): Promise<Uint8Array> {
  const sheets = blankSheets();
  const secrets = options.secrets ?? true;

  function put(sheet: string, cell: string, value: MadeValue | undefined): void {
    const cells = (sheets.get(sheet) as MadeSheet).cells;
    const { style = styles.body, value: before } = cells.get(cell) ?? {};
    // Components without such an account have "N/A" in the template, which reads as nothing.
    if (value === undefined && before === "N/A") return;
    cells.set(cell, value === undefined ? { style } : { value, style });
  }

  /** Writes a part of the plan into its cells, and blanks what the template has there and the plan has not. */
  function fill(group: Group, part: object): void {
    for (const { key, cell, kind } of group.fields) {
      if (kind === "vlan-type") put(group.sheet, cell, "Access");
      else put(group.sheet, cell, kind === "password" && !secrets ? undefined : cellText(kind, valueAt(part, key)));
    }
  }

  function fillList(list: { path: string; cells: readonly string[]; kind: CellKind }, values: string[], what: string) {
    checkRoom(what, values.length, list.cells.length);
    values.forEach((value, i) => {
      put(managementSheet, list.cells[i] ?? "", value);
    });
  }

  fill(documentGroup, plan);
  fill(clusterNameGroup, plan.cluster);
  fill(clusterGroup, plan.cluster);
  checkRoom("hosts", plan.hosts.length, lastHostRow - firstHostRow + 1);
  plan.hosts.forEach((host, i) => {
    fill(hostGroup(firstHostRow + i, i), host);
  });

  if (plan.ipmi) fill(ipmiGroup, plan.ipmi);
  fill(switchGroup("", 4), plan.management.switch);
  fill(networkGroup("", 4), plan.management.network);
  if (plan.management.extra) fill(networkGroup("", 5), plan.management.extra);
  fill(switchGroup("", 6), plan.storage.switch);
  fill(networkGroup("", 6), plan.storage.network);
  if (plan.backup) {
    fill(switchGroup("", 7), plan.backup.switch);
    fill(networkGroup("", 7), plan.backup.network);
  }
  if (plan.business?.switch) fill(switchGroup("", firstBusinessRow), plan.business.switch);
  const networks = plan.business?.networks ?? [];
  checkRoom("business networks", networks.length, lastBusinessRow - firstBusinessRow + 1);
  networks.forEach((network, i) => {
    fill(networkGroup("", firstBusinessRow + i), network);
  });

  for (const key of Object.keys(componentRows) as (keyof typeof componentRows)[]) {
    const component = plan[key];
    if (component) fill(componentGroup("", componentRows[key]), component);
  }
  if (plan.everoute) {
    fill(everouteGroup, plan.everoute);
    fillList(everouteNodes, plan.everoute.nodes, "ER controllers");
  }
  const [ntp, dns] = [ntpServers.cells.length, dnsServers.cells.length];
  fillList(ntpServers, plan.ntp.slice(0, ntp), "NTP servers");
  fillList(dnsServers, plan.dns.slice(0, dns), "DNS servers");
  const further = [
    ...plan.ntp.slice(ntp).map((value, i) => [`NTP Server${ntp + 1 + i}`, value]),
    ...plan.dns.slice(dns).map((value, i) => [`DNS Server${dns + 1 + i}`, value]),
  ];
  for (const [i, [label, value]] of further.entries()) {
    put(managementSheet, `B${firstFurtherServerRow + i}`, label);
    put(managementSheet, `E${firstFurtherServerRow + i}`, value);
  }
  if (plan.testRange) fill(testRangeGroup, plan.testRange);

  fill(areaGroup, plan);
  const racks = plan.racks ?? [];
  checkRoom("racks", racks.length, rackColumns.length);
  for (const [i, columns] of rackColumns.entries()) {
    const rack = racks[i];
    if (!rack) break;
    checkRoom("height units of a rack", Math.max(0, ...Object.keys(rack.devices).map(Number)), rackUnits);
    fill(rackGroup(columns, i), rack);
  }
  return workbookBytes([...sheets.values()]);
}

function checkRoom(what: string, count: number, room: number): void {
  if (count > room) throw new NoRoom(what, count, room);
}

/** The inverse of readCell. */
function cellText(kind: CellKind, value: unknown): MadeValue | undefined {
  // The label shares the cell, and stays without a value.
  if (kind === "area") return `${cellPrefixes.area}${value === undefined ? "" : `\n${value}`}`;
  if (kind === "rack") return `${cellPrefixes.rack}${value === undefined ? "" : ` ${value}`}`;
  if (value === undefined) return undefined;
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return value.join(",");
  switch (kind) {
    case "boost":
      return value ? boostWords.true : boostWords.false;
    case "storage":
      return storageWords[value as keyof typeof storageWords];
    case "networks":
      return networkWords[value as keyof typeof networkWords];
    case "version":
      return `${cellPrefixes.version}${value}`;
    default:
      return String(value);
  }
}

function valueAt(part: object, key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>((at, step) => (typeof at === "object" && at !== null ? Reflect.get(at, step) : undefined), part);
}

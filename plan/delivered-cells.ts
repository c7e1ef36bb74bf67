import {
  clusterGroup,
  componentGroup,
  componentRows,
  everouteGroup,
  firstHostRow,
  type Group,
  hostGroup,
  hostSheet,
  lastHostRow,
  managementSheet,
} from "./layout";
import { cellsOf } from "./sheet-xml";

/** What a site reports of itself, as far as the workbook has a cell for it. What is missing leaves its cell alone. */
export interface SiteReport {
  clusterSerial?: string;
  /** As the hosts report it: `6.2.0 P4`. */
  version?: string;
  /** Serial numbers of the machines, and the rows that their hosts stand in. */
  hosts?: { row: number | undefined; serial: string }[];
  /** Serial numbers of what was installed on the cluster. */
  components?: Partial<Record<keyof typeof componentRows | "everoute", string>>;
}

/** The cells of the delivered workbook that say what the site reports: `主机规划!E19` and the like, with their texts. */
export function deliveredCells({ clusterSerial, version, hosts = [], components = {} }: SiteReport) {
  const cells: Record<string, string> = {};
  function put(group: Group, key: string, text: string | undefined): void {
    const field = group.fields.find((each) => each.key === key);
    if (field && text) cells[`${group.sheet}!${field.cell}`] = text;
  }

  put(clusterGroup, "serial", clusterSerial);
  // The cell's own way to write it is 版本:6.2.0P4.
  put(clusterGroup, "version", version && `版本:${version.replaceAll(" ", "")}`);
  for (const { row, serial } of hosts) if (row !== undefined) put(hostGroup(row, 0), "serial", serial);
  for (const [name, row] of Object.entries(componentRows)) {
    put(componentGroup("", row), "serial", components[name as keyof typeof componentRows]);
  }
  put(everouteGroup, "serial", components.everoute);
  return cells;
}

/**
 * Every cell that the workbook asks a password in, those that no plan is read from too: 主机规划 column M has each
 * host's administrator, and 集群管理信息 may get rows down to 19 (the template's own editable ranges).
 */
export const passwordCells: string[] = [
  ...[`G${firstHostRow}:G${lastHostRow}`, `K${firstHostRow}:K${lastHostRow}`, `M${firstHostRow}:M${lastHostRow + 1}`]
    .flatMap(cellsOf)
    .map((cell) => `${hostSheet}!${cell}`),
  ...["G3:G19", "I3:I19", "K3:K19"].flatMap(cellsOf).map((cell) => `${managementSheet}!${cell}`),
];

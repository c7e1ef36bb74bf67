/**
 * Where the vendor's planning workbook (version 20250820) keeps what: fixed cells, as the vendor's own tool reads
 * them. The reader and the workbook maker share this table, so that they cannot drift apart.
 */

export const documentSheet = "文档描述";
export const networkSheet = "虚拟网络";
export const hostSheet = "主机规划";
export const managementSheet = "集群管理信息";
export const rackSheet = "机架位置";
export const changeLogSheet = "更新说明";

/** The version of the template that this file describes: the date in its file name. */
export const templateVersion = "20250820";

/** The sheets that a plan is read from. */
export const planSheets = [documentSheet, networkSheet, hostSheet, managementSheet];

/** How a cell is understood; see cell-value.ts. */
export type CellKind =
  | "text"
  | "password"
  | "hostname"
  | "server"
  | "address"
  | "subnet"
  | "vlan"
  | "vlan-type"
  | "nics"
  | "bond"
  | "boost"
  | "storage"
  | "networks"
  | "version"
  | "release"
  | "unit"
  | "area"
  | "rack";

/** One value of the plan and its cell. `key` is the path below the group that the field belongs to. */
interface Field {
  key: string;
  cell: string;
  kind: CellKind;
}

/** A part of the plan that is read from one sheet. `path` is where it stands in SitePlan. */
export interface Group {
  path: string;
  sheet: string;
  fields: Field[];
}

export const documentGroup: Group = {
  path: "",
  sheet: documentSheet,
  fields: [
    { key: "customer", cell: "C15", kind: "text" },
    { key: "project", cell: "C16", kind: "text" },
    { key: "datacenter", cell: "C17", kind: "text" },
  ],
};

export const clusterNameGroup: Group = {
  path: "cluster",
  sheet: networkSheet,
  fields: [{ key: "name", cell: "B3", kind: "text" }],
};

export const clusterGroup: Group = {
  path: "cluster",
  sheet: hostSheet,
  fields: [
    { key: "vip", cell: "I19", kind: "address" },
    { key: "version", cell: "C19", kind: "version" },
    { key: "serial", cell: "E19", kind: "text" },
    { key: "boost", cell: "O19", kind: "boost" },
    { key: "storage", cell: "Q19", kind: "storage" },
    { key: "networks", cell: "Q20", kind: "networks" },
    { key: "admin.username", cell: "L19", kind: "text" },
    { key: "admin.password", cell: "M19", kind: "password" },
  ],
};

export const firstHostRow = 3;
export const lastHostRow = 18;

/** A host's row, 3 to 18. `index` is its place in the plan: order is row order, column B is not used. */
export function hostGroup(row: number, index: number): Group {
  return {
    path: `hosts.${index}`,
    sheet: hostSheet,
    fields: [
      { key: "name", cell: `H${row}`, kind: "hostname" },
      { key: "management", cell: `I${row}`, kind: "address" },
      { key: "storage", cell: `N${row}`, kind: "address" },
      { key: "ssh.username", cell: `J${row}`, kind: "text" },
      { key: "ssh.password", cell: `K${row}`, kind: "password" },
      { key: "bmc.address", cell: `E${row}`, kind: "address" },
      { key: "bmc.username", cell: `F${row}`, kind: "text" },
      { key: "bmc.password", cell: `G${row}`, kind: "password" },
      { key: "root.password", cell: `M${row}`, kind: "password" },
      { key: "serial", cell: `D${row}`, kind: "text" },
      { key: "rack.name", cell: `P${row}`, kind: "text" },
      { key: "rack.unit", cell: `Q${row}`, kind: "unit" },
    ],
  };
}

/** A switch: its cells are merged over the rows of its networks, the value stands in the first. */
export function switchGroup(path: string, row: number): Group {
  return {
    path,
    sheet: networkSheet,
    fields: [
      { key: "name", cell: `C${row}`, kind: "text" },
      { key: "nics", cell: `J${row}`, kind: "nics" },
      { key: "bondMode", cell: `K${row}`, kind: "bond" },
    ],
  };
}

export function networkGroup(path: string, row: number): Group {
  return {
    path,
    sheet: networkSheet,
    fields: [
      { key: "name", cell: `D${row}`, kind: "text" },
      { key: "vlan", cell: `F${row}`, kind: "vlan" },
      { key: "vlanType", cell: `G${row}`, kind: "vlan-type" },
      { key: "subnet", cell: `H${row}`, kind: "subnet" },
      { key: "gateway", cell: `I${row}`, kind: "address" },
    ],
  };
}

/** Row 3, the out-of-band network: its names are fixed words, its ports are the servers' own. */
export const ipmiGroup: Group = {
  path: "ipmi",
  sheet: networkSheet,
  fields: [
    { key: "vlan", cell: "F3", kind: "vlan" },
    { key: "subnet", cell: "H3", kind: "subnet" },
    { key: "gateway", cell: "I3", kind: "address" },
  ],
};

export const firstBusinessRow = 8;
export const lastBusinessRow = 18;

export function componentGroup(path: string, row: number): Group {
  return {
    path,
    sheet: managementSheet,
    fields: [
      { key: "name", cell: `B${row}`, kind: "text" },
      { key: "address", cell: `E${row}`, kind: "address" },
      { key: "username", cell: `F${row}`, kind: "text" },
      { key: "password", cell: `G${row}`, kind: "password" },
      { key: "ssh.username", cell: `H${row}`, kind: "text" },
      { key: "ssh.password", cell: `I${row}`, kind: "password" },
      { key: "system.username", cell: `J${row}`, kind: "text" },
      { key: "system.password", cell: `K${row}`, kind: "password" },
      { key: "serial", cell: `M${row}`, kind: "text" },
      { key: "version", cell: `D${row}`, kind: "release" },
    ],
  };
}

export const componentRows = { cloudtower: 3, observability: 4, backupService: 5 } as const;

export const everouteGroup: Group = {
  path: "everoute",
  sheet: managementSheet,
  fields: [
    { key: "vip", cell: "E6", kind: "address" },
    { key: "serial", cell: "M6", kind: "text" },
  ],
};

export const testRangeGroup: Group = {
  path: "testRange",
  sheet: managementSheet,
  fields: [
    { key: "first", cell: "E18", kind: "address" },
    { key: "last", cell: "E19", kind: "address" },
  ],
};

export const areaGroup: Group = {
  path: "",
  sheet: rackSheet,
  fields: [{ key: "area", cell: "A5", kind: "area" }],
};

/** The three racks of the rack sheet, 42 height units each. A device's name stands in the uppermost row it takes. */
export const rackColumns = [
  { name: "B5", device: "D" },
  { name: "J5", device: "L" },
  { name: "R5", device: "T" },
] as const;
export const rackUnits = 42;

/** `index` is the rack's place in the plan; blank racks have none. */
export function rackGroup({ name, device }: (typeof rackColumns)[number], index: number): Group {
  const units = Array.from({ length: rackUnits }, (_, i) => rackUnits - i);
  return {
    path: `racks.${index}`,
    sheet: rackSheet,
    fields: [
      { key: "name", cell: name, kind: "rack" },
      ...units.map((unit): Field => ({ key: `devices.${unit}`, cell: `${device}${49 - unit}`, kind: "text" })),
    ],
  };
}

/** Lists that stand in a column of cells; blank cells are passed over. */
export const everouteNodes = {
  path: "everoute.nodes",
  cells: ["E7", "E8", "E9", "E10", "E11"],
  kind: "address",
} as const;
/** NTP and DNS servers have rows of their own; the list may go on below, each row told by its labels. */
export const firstFurtherServerRow = 27;
export const ntpServers = { path: "ntp", cells: ["E22", "E23", "E24"], kind: "server" } as const;
export const dnsServers = { path: "dns", cells: ["E25", "E26"], kind: "address" } as const;

/** The workbook's words for the plan's choices (its own list validations). */
export const storageWords = { tiered: "混闪-分层", "all-flash": "全闪-不分层" } as const;
export const networkWords = { separate: "三网独立", "storage-separate": "存储独立" } as const;
export const boostWords = { true: "Boost", false: "None" } as const;

/** What stands before a value in its own cell. */
export const cellPrefixes = { version: "版本:", area: "数据中心区域：", rack: "机柜编号:" } as const;

/** Footnotes of the sheets that say why something is a mistake, by the code of the finding that quotes them. */
export const reasons = {
  "converged-unsupported": { sheet: networkSheet, cell: "B23" },
  "rdma-unsupported": { sheet: hostSheet, cell: "B29" },
  "ntp-two-servers": { sheet: managementSheet, cell: "F22" },
} as const;

/**
 * Labels that tell that the fixed cells still mean what this file says. A row or column put in, or another version
 * of the template, moves them. Columns that users rename (component names, NTP names) are not among them. Where a plan
 * can do without what a label names, the label may be absent, as it is in older templates; not one whose text stands
 * on its sheet twice, since it could not be told from one that was moved.
 */
export const labels: { sheet: string; cells: Record<string, string>; optional: string[] }[] = [
  {
    sheet: documentSheet,
    cells: { B15: "客户名称：", B16: "项目名称：", B17: "数据中心名称：" },
    optional: ["B15", "B16", "B17"],
  },
  {
    sheet: networkSheet,
    optional: ["I2"],
    cells: {
      B2: "集群名称",
      C2: "虚拟交换机",
      D2: "虚拟网络",
      F2: "VLAN ID",
      G2: "VLAN类型",
      H2: "SubNetwork",
      I2: "Gateway",
      J2: "主机端口",
      K2: "网口绑定模式",
    },
  },
  {
    sheet: hostSheet,
    optional: ["D2", "E2", "F2", "G2", "J2", "P2", "Q2", "D19", "H19", "J19", "N19", "P19", "P20"],
    cells: {
      D2: "设备S/N",
      E2: "带外地址",
      F2: "带外账号",
      G2: "带外密码",
      H2: "主机名",
      I2: "管理地址",
      J2: "SSH 用户名",
      K2: "密码",
      N2: "存储IP",
      P2: "机架名称",
      Q2: "机架位置 U",
      D19: "Cluster SN",
      H19: "集群VIP",
      J19: "集群管理员",
      N19: "集群功能启用",
      P19: "存储架构",
      P20: "网络架构",
    },
  },
  {
    sheet: managementSheet,
    optional: ["D2", "H2", "I2", "M2", "C18"],
    cells: {
      D2: "Version",
      E2: "IP地址",
      G2: "密码",
      H2: "SSH 用户名",
      I2: "SSH 密码",
      M2: "SN",
      C18: "测试用临时IP范围",
      E21: "IP地址",
      C22: "集群统一时间服务器地址",
      C25: "集群DNS 解析服务器",
    },
  },
];

/** The rack sheet tells nothing that a site is built from, so it is not read where its labels are not these. */
export const rackLabels: Record<string, string> = {
  D6: "柜内设备",
  L6: "柜内设备",
  T6: "柜内设备",
  C7: "42U",
  C48: "1U",
};

/** Rows of labels, where a label that the template does not have tells of a newer one. */
export const headerRows = [
  { sheet: networkSheet, row: 2, known: "BCDEFGHIJKLMN" },
  { sheet: hostSheet, row: 2, known: "BCDEFGHIJKLMNOPQR" },
  { sheet: managementSheet, row: 2, known: "BCDEFGHIJKLMN" },
  { sheet: managementSheet, row: 21, known: "BCDEFGHIJKLMN" },
];

import { documentSheet, hostSheet, managementSheet, networkSheet } from "./layout";
import { cellsOf, type MadeSheet, type MadeValue, styles } from "./sheet-xml";

/** What a sheet is described by; turned into cells with styles by `sheet`. */
interface Description extends Omit<MadeSheet, "cells"> {
  /** The area that has borders. */
  grid?: string;
  /** Rows of the area that hold labels. */
  headerRows?: number[];
  values: Record<string, MadeValue>;
  /** Cells whose format is text. */
  textFormat?: string[];
  notes?: string[];
}

/**
 * The thirteen sheets of a blank planning workbook, in the layout of the vendor's template (version 20250820): names,
 * labels, merges, lists, formulas, protection and editable ranges. Sheets that no plan is read from have their labels
 * only; what the vendor wrote into them is not copied.
 */
export function blankSheets(): Map<string, MadeSheet> {
  const all = [changeLog, documents, ...internalSheets, racks(), networks(), hosts(), management(), ...optionalSheets];
  return new Map(all.map((description) => [description.name, sheet(description)]));
}

function sheet({ grid, headerRows = [], values, textFormat = [], notes = [], ...rest }: Description): MadeSheet {
  const cells: MadeSheet["cells"] = new Map();
  const open = new Set((rest.editable ?? []).flatMap((ranges) => ranges.split(" ")).flatMap(cellsOf));
  const text = new Set(textFormat.flatMap(cellsOf));
  for (const cell of grid ? cellsOf(grid) : []) cells.set(cell, { style: styles.body });
  for (const cell of open) cells.set(cell, { style: text.has(cell) ? styles.textInput : styles.input });
  for (const [cell, value] of Object.entries(values)) {
    const row = Number(/\d+$/.exec(cell)?.[0]);
    let style: number = cells.get(cell)?.style ?? styles.plain;
    if (headerRows.includes(row) && !open.has(cell)) style = styles.header;
    if (cell === "A1" || cell === "B1") style = styles.title;
    if (notes.includes(cell)) style = styles.note;
    cells.set(cell, { value, style });
  }
  return { ...rest, cells };
}

/** `=文档描述!C15&"-"&文档描述!C16&"…"`, the titles of the sheets. */
function title(rest: string): MadeValue {
  return { formula: `${documentSheet}!C15&"-"&${documentSheet}!C16&"${rest}"` };
}

/** Labels of one row, from a column on. */
function row(first: string, labels: string[]): Record<string, MadeValue> {
  const start = first.charCodeAt(0);
  const number = first.slice(1);
  return Object.fromEntries(labels.map((label, i) => [`${String.fromCharCode(start + i)}${number}`, label]));
}

/** The same value, or one made of the row, in a column of cells. */
function column(range: string, value: (row: number) => MadeValue): Record<string, MadeValue> {
  return Object.fromEntries(cellsOf(range).map((cell) => [cell, value(Number(/\d+/.exec(cell)?.[0]))]));
}

const changeLog: Description = {
  name: "更新说明",
  widths: { A: 14, B: 14, C: 60 },
  headerRows: [1],
  values: row("A1", ["作者", "更新日期", "更新记录"]),
};

const documents: Description = {
  name: documentSheet,
  widths: { A: 4, B: 18, C: 12, D: 12, E: 22, F: 45 },
  grid: "B15:F22",
  headerRows: [18],
  values: {
    B11: "文档说明：",
    B15: "客户名称：",
    B16: "项目名称：",
    B17: "数据中心名称：",
    ...row("B18", ["版本日期", "版本", "作者", "联系电话", "变更记录"]),
  },
  merges: ["B11:F14", "C15:F15", "C16:F16", "C17:F17"],
  editable: ["C15:F17", "B19:F22"],
};

const internalSheets: Description[] = [
  {
    name: "设计调研(内部）",
    hidden: true,
    headerRows: [3],
    values: { B1: "SMTX HCI 平台调研参考项（内部）", ...row("B3", ["序号", "调研问题", "调研结果", "说明"]) },
    merges: ["B1:E2"],
  },
  {
    name: "配置确认表",
    hidden: true,
    headerRows: [6],
    values: {
      A1: "SMTX 集群部署配置项",
      ...row("A6", ["项目", "配置项", "可选项", "推荐项", "后期可否变更", "变更方案", "是否影响业务", "用途"]),
      ...row("I6", ["推荐原因或局限", "确认项", "备注"]),
    },
    merges: ["A1:K1", "A2:K5"],
  },
  { name: "逻辑拓扑图", values: { A1: title("SMTX OS 拓扑图") }, merges: ["A1:W1"] },
  {
    name: "硬件兼容评估",
    hidden: true,
    headerRows: [2],
    values: {
      B1: title("-SMTX OS 架构平台服务器兼容性"),
      ...row("B2", ["设备名称", "承载业务类型", "型号配置", "型号规格", "单台数量", "硬件兼容性评估结果", "风险提示"]),
    },
    merges: ["B1:H1", "B3:B12", "C3:C12"],
  },
];

const rackColumns = [
  { from: "B", to: "G", left: "C", name: "D", nameEnd: "E", right: "F" },
  { from: "J", to: "O", left: "K", name: "L", nameEnd: "M", right: "N" },
  { from: "R", to: "W", left: "S", name: "T", nameEnd: "U", right: "V" },
];

/** Three racks of 42 height units, rows 7 (42U) to 48 (1U). */
function racks(): Description {
  const values: Record<string, MadeValue> = { A1: title("-SMTX设备机柜安装布局图"), A5: "数据中心区域：" };
  const merges = ["A1:W3", "A4:W4", "A5:A49"];
  for (const rack of rackColumns) {
    Object.assign(values, { [`${rack.from}5`]: "机柜编号:", [`${rack.name}6`]: "柜内设备" });
    for (const side of [rack.left, rack.right]) {
      values[`${side}6`] = "高度";
      Object.assign(
        values,
        column(`${side}7:${side}48`, (at) => `${49 - at}U`),
      );
    }
    merges.push(`${rack.from}5:${rack.to}5`, `${rack.left}49:${rack.name}49`);
    for (let at = 6; at <= 48; at++) merges.push(`${rack.name}${at}:${rack.nameEnd}${at}`);
  }
  const widths = { A: 25, C: 9, D: 11, E: 31, F: 9, K: 9, L: 11, M: 33, N: 9, S: 11, T: 11, U: 33, V: 11 };
  return { name: "机架位置", widths, headerRows: [6], values, merges };
}

function networks(): Description {
  return {
    name: networkSheet,
    widths: { A: 5, B: 28, C: 24, D: 25, E: 50, F: 11, G: 11, H: 20, I: 22, J: 26, K: 20, L: 12, M: 13, N: 21 },
    grid: "B2:N18",
    headerRows: [2],
    values: {
      B1: title("-SMTX 平台虚拟交换机规划"),
      ...row("B2", [
        "集群名称",
        "虚拟交换机",
        "虚拟网络",
        "网络功能说明",
        "VLAN ID",
        "VLAN类型",
        "SubNetwork",
        "Gateway",
      ]),
      ...row("J2", ["主机端口", "网口绑定模式", "速率", "端口类型", "物理交换机配置类型"]),
      ...row("C3", ["（IPMI）", "（IPMI）", "带外管理流量"]),
      J3: "IPMI/BMC/iDrac/iLO",
      ...row("C4", ["vDS-MgMt-Network", "default", "SMTX OS系统管理网络"]),
      ...row("D5", ["Infra-network", "（可选）Cloudtower,obs等组件,客户要求需独立网段"]),
      ...row("C6", ["vDS-Storage-Network", "storage-network", "SMTX OS内部存储网络"]),
      ...row("C7", ["vDS-Backup-Network", "backup-network", "SMTX 备份服务互联NAS"]),
      C8: "vDS-Prod-Network",
      E8: "虚拟机网络(按需提供)",
      ...column("G3:G18", () => "Access"),
      B23: "请注意：当前仅支持“管理&业务融合、存储独立”与“三网独立”两种网络部署模型。",
    },
    notes: ["B23"],
    merges: [
      ..."B1:N1 B3:B18 C4:C5 C8:C18 E8:E18 J4:J5 J8:J18 K4:K5 K8:K18".split(" "),
      ..."L4:L5 L8:L18 M4:M5 M8:M18 N8:N18 B23:N27".split(" "),
    ],
    validations: [
      ["K3", "专用,共享"],
      ["K4 K6:K8", "balance-tcp,balance-slb,active-backup"],
      ["L3", "100M,1G"],
      ["L4:L8", "1G,10G,25G,40G,56G,100G"],
      ["M3:M4 M6:M8", "光口,电口"],
      ["N3:N8", "Access,Trunk"],
    ],
    editable: ["B3", "F3:F18", "G8:G18", "D8:D18", "H3:I18", "J4:K18", "L3:N18"],
  };
}

function hosts(): Description {
  return {
    name: hostSheet,
    widths: { A: 5, B: 11, C: 37, D: 14, E: 21, F: 15, G: 18, H: 31, I: 15, J: 15, K: 14, L: 14, M: 14, N: 16, O: 27 },
    grid: "B2:R20",
    headerRows: [2],
    values: {
      B1: title("-SMTX 集群节点管理地址规划"),
      ...row("B2", [
        "序号",
        "集群名称",
        "设备S/N",
        "带外地址",
        "带外账号",
        "带外密码",
        "主机名",
        "管理地址",
        "SSH 用户名",
      ]),
      ...row("K2", ["密码", "管理员账号", "密码", "存储IP", "功能描述", "机架名称", "机架位置 U"]),
      ...column("B3:B18", (at) => at - 2),
      C3: { formula: `${networkSheet}!B3` },
      ...column("J3:J18", () => "smartx"),
      ...column("L3:L18", () => "root"),
      ...column("O3:O18", (at) => `SmartX管理集群Node${at - 2}`),
      ...column("R3:R18", (at) => ({ formula: `IF(ISNUMBER(Q${at}),Q${at}+1,"")` })),
      C19: "版本:",
      D19: "Cluster SN",
      H19: "集群VIP",
      J19: "集群管理员",
      L19: "root",
      N19: "集群功能启用",
      P19: "存储架构",
      Q19: "混闪-分层",
      P20: "网络架构",
      Q20: "三网独立",
      B21: "说明：",
      B29: "请注意：当前自动部署平台尚不支持开启RDMA",
    },
    notes: ["B29"],
    merges: "B1:O1 Q2:R2 C3:C18 E19:G19 J19:K19 Q19:R19 B20:M20 Q20:R20 B21:B22 B23:L27 B29:O34".split(" "),
    validations: [
      ["O19", "None,RDMA,Boost,RDMA+Boost"],
      ["Q19", "混闪-分层,全闪-不分层"],
      ["Q20:R20", "三网融合,存储独立,三网独立"],
    ],
    editable: [
      ...["D3:D18", "E3:E18 I3:I19 N3:N18", "F3:G18", "H3:H18", "K3:K18 M3:M19", "P3:Q18", "O19 Q19:Q20"],
      ...["E19", "C19"],
    ],
  };
}

function management(): Description {
  const component = (at: number, name: string, use: string, users: string[], size: string) => ({
    [`B${at}`]: name,
    [`C${at}`]: use,
    [`F${at}`]: users[0] ?? "",
    [`H${at}`]: users[1] ?? "",
    [`J${at}`]: users[2] ?? "",
    [`L${at}`]: size,
  });
  return {
    name: managementSheet,
    widths: { A: 4, B: 37, C: 44, D: 18, E: 17, F: 15, G: 14, H: 16, I: 16, J: 16, K: 16, L: 40, M: 45, N: 35 },
    grid: "B2:N26",
    headerRows: [2, 21],
    values: {
      B1: title("SMTX OS 架构平台管理规划"),
      ...row("B2", ["SmartX生产平台管理 虚拟机名称", "技术说明", "Version", "IP地址", "Web  管理员", "密码"]),
      ...row("H2", [" SSH 用户名", "SSH 密码", "系统管理员", "密码", "性能配置", "SN", "管理集群"]),
      ...component(
        3,
        "Cloudtower",
        "SMTX 集群统一 Web 管理平台",
        ["root", "smartx", "root"],
        "8vCPU\\19GB-Mem\\400GB Disk",
      ),
      ...component(
        4,
        "Observability",
        "集群监控与告警集成组件",
        ["N/A", "o11y", "admin"],
        "16vCPU\\32GB-Mem\\512GB Disk",
      ),
      ...component(5, "backup", "备份服务管理组件", ["N/A", "smartx", "admin"], "4vCPU\\16GB-Mem\\40GB Disk"),
      G4: "N/A",
      G5: "N/A",
      N3: { formula: `${networkSheet}!B3` },
      B6: "ER",
      C6: "ER VIP",
      ...column("C7:C11", (at) => `控制器0${at - 6}`),
      ...row("B18", ["临时IP", "测试用临时IP范围", "---"]),
      B20: "当有其他管理组件时，依次往后添加...",
      ...row("B21", ["基础架构设备名称", "技术说明", "类别", "IP地址", "说明"]),
      ...column("B22:B24", (at) => `NTP Server${at - 21}`),
      ...column("B25:B26", (at) => `DNS Server${at - 24}`),
      ...column("C22:C24", () => "集群统一时间服务器地址"),
      ...column("C25:C26", () => "集群DNS 解析服务器"),
      ...column("D22:D24", () => "建议物理设备"),
      ...column("D25:D26", () => "域名服务器"),
      F22: "最佳配置三个及以上 NTP服务器；如仅有两个，须为上游同一时间源的平级物理NTP，否则禁止配置2个。",
    },
    textFormat: ["E22:E26"],
    merges: [
      ..."B1:N1 N3:N19 B6:B11 M6:M11 B18:B19 C18:C19 D18:D19 B20:L20".split(" "),
      ..."F21:N21 F22:N24 F25:N25 F26:N26".split(" "),
    ],
    editable: ["E3:E19", "G3:G19 I3:I19 K3:K19", "M3:M19", "E22:E24", "E25:E26"],
  };
}

const optionalSheets: Description[] = [
  {
    name: "端口开放需求(可选）",
    headerRows: [2],
    values: {
      A1: "SMTX 超融合平台端口开放需求",
      ...row("A2", ["防护对象", "访问源", "访问目标", "服务", "开放端口", "说明"]),
    },
    merges: ["A1:F1"],
  },
  {
    name: "超融合平台加固基线（可选）",
    headerRows: [3],
    values: { A1: "SMTX 超融合平台安全加固基线", ...row("A3", ["序号", "加固对象", "加固项", "加固策略"]) },
    merges: ["A1:D2"],
  },
  {
    name: "服务器端口连线(可选)",
    headerRows: [4],
    values: {
      A1: title("SMTX OS集群服务器端口划分"),
      A2: "集群主机网口规划",
      B3: "集群网卡对应关系表",
      ...row("B4", ["逻辑端口", "系统端口名称", "分配虚拟机交换机", "用途", "速率"]),
    },
    merges: ["A1:M1", "B3:F3"],
  },
];

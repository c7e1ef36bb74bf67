import { z } from "zod";
import { cleanText } from "../cell-value";
import { keysAt } from "../key-names";
import { vmsPlanSchema } from "./vms-plan";

/** The sheet of a workbook whose rows are machines, in Chinese and in English. */
export const machineSheets = ["虚拟机", "Virtual machines"] as const;

/** What a column has for a machine. */
export interface Column {
  /** Below the machine: `memory`, `nics.0.vlan`. */
  field: string;
  read(text: string): unknown;
}

interface Heading {
  en: string;
  zh: string;
  field: string;
  /** Whether there may be several, told by a number: `虚拟网络 2`. */
  many?: "disks" | "nics" | "cdRoms";
  read(text: string): unknown;
}

/** As typed with whatever keyboard: full-width signs, Chinese full stops. */
const plain = (text: string) => cleanText(text.normalize("NFKC").replaceAll("。", "."));
const asText = (text: string) => text;
const asNumber = (text: string) => (/^\d+$/.test(plain(text)) ? Number(plain(text)) : text);
/** A number alone is of GiB, as it says in the heading. */
const asSize = (text: string) => (/^\d+(\.\d+)?$/.test(plain(text)) ? `${plain(text)} GiB` : plain(text));
const asAddress = (text: string) => plain(text).replace(/\s*[-~–—至]\s*/, "-");
const asWord = (text: string) => plain(text).toUpperCase();
const one = (words: Record<string, unknown>) => (text: string) => words[asWord(text)] ?? asWord(text);
const asPower = one({
  开机: "RUNNING",
  运行: "RUNNING",
  运行中: "RUNNING",
  关机: "STOPPED",
  已关机: "STOPPED",
  挂起: "SUSPENDED",
  已挂起: "SUSPENDED",
});
const asChoice = one({ 是: true, YES: true, TRUE: true, 否: false, NO: false, FALSE: false });
const asWritten = (text: string) => ({ TRUE: true, FALSE: false })[asWord(text)] ?? text;

const asIoPolicy = one({
  整个虚拟机: "RESTRICT_WHOLE_VM",
  虚拟机: "RESTRICT_WHOLE_VM",
  "WHOLE VM": "RESTRICT_WHOLE_VM",
  每个虚拟盘: "RESTRICT_EACH_DISK",
  虚拟盘: "RESTRICT_EACH_DISK",
  "EACH DISK": "RESTRICT_EACH_DISK",
});

/** A number, a size, or that there is none. */
const NO_LIMIT = ["否", "无", "不限", "NO", "NONE", "FALSE"];
const asLimit = (text: string) => (NO_LIMIT.includes(asWord(text)) ? false : asNumber(text));

const headings: Heading[] = [
  { en: "name", zh: "名称", field: "name", read: asText },
  { en: "key", zh: "标识", field: "key", read: asText },
  { en: "vcpu", zh: "vCPU", field: "vcpu", read: asNumber },
  { en: "memory GiB", zh: "内存 GiB", field: "memory", read: asSize },
  { en: "disk GiB", zh: "磁盘 GiB", field: "size", many: "disks", read: asSize },
  { en: "network", zh: "虚拟网络", field: "vlan", many: "nics", read: asText },
  { en: "IP address", zh: "IP 地址", field: "ipAddress", many: "nics", read: asAddress },
  { en: "subnet mask", zh: "子网掩码", field: "subnetMask", many: "nics", read: asAddress },
  { en: "gateway", zh: "网关", field: "gateway", many: "nics", read: asAddress },
  { en: "ISO image", zh: "ISO 映像", field: "iso", read: asText },
  { en: "template", zh: "模板", field: "template", read: asText },
  { en: "content library template", zh: "内容库模板", field: "contentLibraryTemplate", read: asText },
  { en: "clone of", zh: "克隆自", field: "clone", read: asText },
  { en: "snapshot", zh: "快照", field: "snapshot", read: asText },
  { en: "placement group", zh: "放置组", field: "placementGroup", read: asText },
  { en: "host", zh: "主机", field: "host", read: asText },
  { en: "power", zh: "电源", field: "status", read: asPower },
  { en: "folder", zh: "虚拟机组", field: "folder", read: asText },
  { en: "description", zh: "描述", field: "description", read: asText },
  { en: "cores per socket", zh: "每插槽核数", field: "cpuCores", read: asNumber },
  { en: "HA", zh: "高可用", field: "ha", read: asChoice },
  { en: "HA priority", zh: "高可用优先级", field: "haPriority", read: asWord },
  { en: "firmware", zh: "引导方式", field: "firmware", read: asWord },
  { en: "disk name", zh: "磁盘名称", field: "name", many: "disks", read: asText },
  { en: "storage policy", zh: "存储策略", field: "storagePolicy", many: "disks", read: asWord },
  { en: "bus", zh: "总线", field: "bus", many: "disks", read: asWord },
  { en: "first number", zh: "起始编号", field: "firstNumber", many: "nics", read: asNumber },
  { en: "MAC address", zh: "MAC 地址", field: "macAddress", many: "nics", read: (text) => plain(text).toLowerCase() },
  { en: "model", zh: "网口类型", field: "model", many: "nics", read: asWord },
  { en: "enabled", zh: "网口启用", field: "enabled", many: "nics", read: asChoice },
  { en: "mirror", zh: "镜像流量", field: "mirror", many: "nics", read: asChoice },
  { en: "CD-ROM", zh: "光驱", field: "image", many: "cdRoms", read: asText },
  { en: "max IOPS", zh: "最大 IOPS", field: "maxIops", read: asLimit },
  { en: "I/O policy", zh: "IO 限制策略", field: "ioPolicy", read: asIoPolicy },
  { en: "max bandwidth", zh: "最大带宽", field: "maxBandwidth", read: asLimit },
  { en: "owner", zh: "所有者", field: "owner", read: asText },
  { en: "roll back to", zh: "回滚到快照", field: "rollbackTo", read: asText },
  { en: "force stop", zh: "允许强制关机", field: "forceStop", read: asChoice },
  { en: "allow restart", zh: "允许重启", field: "allowRestart", read: asChoice },
  { en: "allow destroy", zh: "允许删除数据盘", field: "allowDestroy", read: asChoice },
  { en: "delete volumes", zh: "删除虚拟卷", field: "deleteVolumes", read: asChoice },
];

/** What stands above the machines: its words, and the key of the plan that the cell beside it has. */
export const topLabels = { cloudtower: ["CloudTower", "CloudTower"], cluster: ["cluster", "集群"] } as const;

/** Without spaces and capitals; brackets and a mark of what is required say nothing. */
function bare(text: string): string {
  return plain(text)
    .toLowerCase()
    .replace(/\s|[()*:_-]/g, "");
}

const UNIT = /gib$/;

/** The column that a heading means: `内存 GiB`, `IP address 2`, or a field's own name; undefined where it means none. */
export function columnNamed(text: string): Column | undefined {
  const [, words = "", number = ""] = /^(.*?)(\d*)$/.exec(bare(text)) ?? [];
  const said = words.replace(UNIT, "");
  const found = headings.find(({ en, zh, field }) =>
    [en, zh, field].some((each) => bare(each).replace(UNIT, "") === said),
  );
  const at = number === "" ? 1 : Number(number);
  // What has no heading of its own is called as in a vms.yaml.
  const own = scalars.find((key) => number === "" && bare(key) === words);
  if (!found) return own === undefined ? undefined : { field: own, read: asWritten };
  if (at < 1 || at > 32 || (!found.many && number !== "")) return undefined;
  return { read: found.read, field: found.many ? `${found.many}.${at - 1}.${found.field}` : found.field };
}

/** The fields of a machine that one cell can hold. */
const scalars = keysAt(vmsPlanSchema, ["vms", 0]).filter((key) => {
  const { type } = formOf(key) ?? {};
  return type !== "array" && type !== "object";
});

function formOf(key: string): { type?: string } | undefined {
  const vm = z.toJSONSchema(vmsPlanSchema.shape.vms.element, { io: "input" });
  return vm.properties?.[key] as { type?: string } | undefined;
}

/** The key of the plan that a label above the machines means. */
export function topLabelled(text: string): keyof typeof topLabels | undefined {
  const words = bare(text);
  if (["cloudtower", "cloudtower地址", "cloudtoweraddress"].includes(words)) return "cloudtower";
  return ["cluster", "clustername", "集群", "集群名称"].includes(words) ? "cluster" : undefined;
}

/** The headings of a blank sheet, with two disks and two network ports. */
export function blankHeadings(language: "en" | "zh"): string[] {
  const again = ["size", "vlan", "ipAddress", "subnetMask", "gateway"];
  const rare = headings.findIndex(({ field }) => field === "cpuCores");
  return headings.slice(0, rare).flatMap(({ field, many, [language]: words }) => {
    return many && again.includes(field) ? [`${words} 1`, `${words} 2`] : [words];
  });
}

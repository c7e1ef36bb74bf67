import {
  BANDWIDTH_POLICY_ALONE,
  CORES_ALONE,
  EACH_DISK_ALONE,
  IOPS_POLICY_ALONE,
  NO_RATE,
  NOTHING_TO_COPY,
  TOO_MUCH_USER_DATA,
  WHOLE_VM_ALONE,
} from "../../base/vm-rules";
import type { FindingParams } from "./text";

/** The place of the other cell, for a Chinese text: a cell is named as it is, a line in Chinese. */
export function otherPlace(p: FindingParams): string {
  return String(p.other ?? "").replace(/^line (\d+), column (\d+)$/, "第 $1 行第 $2 列");
}

/** What a cell holds instead of a text. */
export function contentName(p: FindingParams): string {
  return { date: "日期", boolean: "逻辑值" }[String(p.what)] ?? String(p.what);
}

/** What the plan's own rules and schemas say of a value, by the English that it is written in. */
const inChinese: Record<string, string> = {
  'neither bytes nor a text like "8 GiB"': "应为字节数，或如 8 GiB 的容量",
  "no whole number of bytes": "不是整数个字节",
  "neither an IPv4 address nor a range like 10.1.20.11-10.1.20.40":
    "应为 IPv4 地址，或如 10.1.20.11-10.1.20.40 的地址范围",
  [TOO_MUCH_USER_DATA]: "超过 32 KiB",
  [NOTHING_TO_COPY]: "没有可复制的来源",
  [CORES_ALONE]: "须与 vcpu 一起填写",
  [WHOLE_VM_ALONE]: "须与虚拟机的 ioPolicy RESTRICT_WHOLE_VM 一起填写",
  [EACH_DISK_ALONE]: "须与虚拟机的 ioPolicy RESTRICT_EACH_DISK 一起填写",
  [IOPS_POLICY_ALONE]: "须与 maxIops 一起填写",
  [BANDWIDTH_POLICY_ALONE]: "须与 maxBandwidth 一起填写",
  [NO_RATE]: "未填写：启用的限速须有限值",
  "more than 64 of them": "超过 64 个",
  "no hardware address in lower case, as 52:54:00:12:34:56": "应为小写的 MAC 地址，如 52:54:00:12:34:56",
};

/** What a schema says, in Chinese, where it says it in words of its own. */
export function ownWords(message: string): string | undefined {
  return inChinese[message];
}

import type { FindingParams } from "./text";

/** The place of the other cell, for a Chinese text: a cell is named as it is, a line in Chinese. */
export function otherPlace(p: FindingParams): string {
  return String(p.other ?? "").replace(/^line (\d+), column (\d+)$/, "第 $1 行第 $2 列");
}

/** What a cell holds instead of a text. */
export function contentName(p: FindingParams): string {
  return { date: "日期", boolean: "逻辑值" }[String(p.what)] ?? String(p.what);
}

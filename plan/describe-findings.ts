import { type Finding, maskedSecret, type Place, placeOf, placeText, told } from "./finding";
import { groupFindings } from "./finding-order";
import type { Language } from "./text/text";
import { blocks } from "./waivers";
import { parseCell } from "./xlsx/address";

const words = {
  en: {
    error: "error",
    warning: "warning",
    waived: (finding: Finding) => `Waived until ${finding.waived?.expires}: ${finding.waived?.reason}`,
    count: (count: number, word: string) => `${count} ${word}${count === 1 || word === "waived" ? "" : "s"}`,
    waivedWord: "waived",
    comma: ", ",
    colon: ": ",
    place: placeText,
    more: (count: number) => `and ${count} more, which --format json names`,
  },
  zh: {
    error: "错误",
    warning: "警告",
    waived: (finding: Finding) => `已豁免至 ${finding.waived?.expires}：${finding.waived?.reason}`,
    count: (count: number, word: string) => `${count} 个${word}`,
    waivedWord: "已豁免",
    comma: "，",
    colon: "：",
    place: (place: Place) =>
      "cell" in place
        ? placeText(place)
        : `${place.file ? `${place.file} ` : ""}第 ${place.line} 行第 ${place.column} 列`,
    more: (count: number) => `另有 ${count} 处，见 --format json 的输出`,
  },
};

/** Of one code so many are told one by one: what comes after thousands of lines would not be read. */
const longest = 100;

/**
 * The findings for people, those of one code together: errors first, then warnings, then what is waived, and of each
 * what is most likely to hurt (finding-order.ts); in a few lines without colour, and a last line that counts them
 * one by one. An empty list gives an empty text.
 */
export function describeFindings(findings: Finding[], language: Language = "en"): string {
  if (findings.length === 0) return "";
  const say = words[language];
  const waived = findings.filter((finding) => finding.waived);
  const errors = findings.filter(blocks);
  const counts: [number, string][] = [
    [errors.length, say.error],
    [findings.length - errors.length - waived.length, say.warning],
    [waived.length, say.waivedWord],
  ];
  const count = counts.filter(([some]) => some > 0).map(([some, word]) => say.count(some, word));
  const described = groupFindings(findings).map((group) => describe(group, language));
  return `${described.join("\n")}\n${count.join(say.comma)}\n`;
}

/** One finding says its place in its first line; several list theirs, with their causes where those differ. */
function describe(group: Finding[], language: Language): string {
  const say = words[language];
  const all = group.slice(0, longest).map((finding) => told(finding, language));
  const [first] = all;
  if (!first) return "";
  const fixOf = (finding: Finding) => (finding.waived ? say.waived(finding) : finding.fix);
  const severity = first.waived ? say.waivedWord : say[first.severity];
  const head =
    group.length === 1
      ? `${severity} ${say.place(placeOf(first))}${shownValue(first)} [${first.code}]`
      : `${severity} [${first.code}] × ${group.length}`;
  const more = group.length > all.length ? [say.more(group.length - all.length)] : [];
  const alike = grouped(all, (each) => `${each.cause}\n${fixOf(each)}`);
  const fix = grouped(all, fixOf).length === 1 ? [fixOf(first)] : [];
  const listed = alike.map((same) => {
    const text = fix.length > 0 ? same[0].cause : `${same[0].cause} ${fixOf(same[0])}`;
    return `${placesText(same, language)}${say.colon}${text}`;
  });
  const places = group.length === 1 ? [] : [[placesText(all, language), ...more].join(say.comma)];
  const lines = alike.length === 1 ? [...places, first.cause] : [...listed, ...more];
  return [head, ...lines, ...fix].join("\n  ");
}

/** `虚拟网络!F8 (5000), F9 (vlan-7); 主机规划!I3`: a sheet or file is named where it begins. */
function placesText(findings: Finding[], language: Language): string {
  let text = "";
  let before: string | undefined;
  for (const finding of grouped(findings, around).flatMap((same) => same.sort(byColumn))) {
    const place = placeOf(finding);
    const again = around(finding) === before;
    const parting = before === undefined ? "" : again ? ", " : "; ";
    const value = finding.value === maskedSecret ? "" : shownValue(finding);
    text += `${parting}${again && "cell" in place ? place.cell : words[language].place(place)}${value}`;
    before = around(finding);
  }
  return text;
}

/** The sheet or the file that a finding is of. */
function around({ sheet, file }: Finding): string {
  return sheet ?? file ?? "";
}

/** Down one column and then down the next: people fill in and blank columns. Lines stay as they are. */
function byColumn(one: Finding, other: Finding): number {
  const [a, b] = [parseCell(one.cell ?? ""), parseCell(other.cell ?? "")];
  return a && b ? a.column - b.column || a.row - b.row : 0;
}

function shownValue({ value }: Finding): string {
  return value === undefined ? "" : ` (${value})`;
}

function grouped(findings: Finding[], keyOf: (finding: Finding) => string): [Finding, ...Finding[]][] {
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const finding of findings) {
    const group = groups.get(keyOf(finding));
    if (group) group.push(finding);
    else groups.set(keyOf(finding), [finding]);
  }
  return [...groups.values()];
}

import { type Finding, placeOf, placeText, told } from "./finding";
import type { Language } from "./text/text";
import { blocks } from "./waivers";

const words = {
  en: {
    error: "error",
    warning: "warning",
    waived: (finding: Finding) => `  Waived until ${finding.waived?.expires}: ${finding.waived?.reason}`,
    count: (count: number, word: string) => `${count} ${word}${count === 1 || word === "waived" ? "" : "s"}`,
    waivedWord: "waived",
    comma: ", ",
  },
  zh: {
    error: "错误",
    warning: "警告",
    waived: (finding: Finding) => `  已豁免至 ${finding.waived?.expires}：${finding.waived?.reason}`,
    count: (count: number, word: string) => `${count} 个${word}`,
    waivedWord: "已豁免",
    comma: "，",
  },
};

/**
 * The findings for people: errors first, then warnings, then what is waived, each in the order of the plan, in two or
 * three lines without colour, and a last line that counts them. An empty list gives an empty text.
 */
export function describeFindings(findings: Finding[], language: Language = "en"): string {
  if (findings.length === 0) return "";
  const say = words[language];
  const errors = findings.filter(blocks);
  const warnings = findings.filter((finding) => finding.severity === "warning" && !finding.waived);
  const waived = findings.filter((finding) => finding.waived);
  const counts: [Finding[], string][] = [
    [errors, say.error],
    [warnings, say.warning],
    [waived, say.waivedWord],
  ];
  const count = counts.filter(([some]) => some.length > 0).map(([some, word]) => say.count(some.length, word));
  const described = [...errors, ...warnings, ...waived].map((finding) => describe(told(finding, language), language));
  return `${described.join("\n")}\n${count.join(say.comma)}\n`;
}

function describe(finding: Finding, language: Language): string {
  const say = words[language];
  const value = finding.value === undefined ? "" : ` (${finding.value})`;
  const head = `${finding.waived ? say.waivedWord : say[finding.severity]} ${placeText(placeOf(finding))}${value} [${finding.code}]`;
  return [head, `  ${finding.cause}`, finding.waived ? say.waived(finding) : `  ${finding.fix}`].join("\n");
}

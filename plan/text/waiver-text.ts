import { error, type FindingText, warning } from "./text";

/** What is to be said of waivers.yaml. */
export const waiverTexts = {
  "waiver-expired": warning(
    (p) => ({
      cause: `The waiver of ${p.code} at ${p.at} held until ${p.expires}; the finding counts again.`,
      fix: "Mend the finding, or look at it again and write a later day.",
    }),
    (p) => ({
      cause: `对 ${p.at} 处 ${p.code} 的豁免已于 ${p.expires} 到期，该问题重新生效。`,
      fix: "请修正该问题；若仍需保留，请重新评估后填写新的到期日。",
    }),
  ),
  "waiver-unused": warning(
    (p) => ({
      cause: `There is no finding ${p.code} at ${p.at}: it was mended or has moved, or the waiver is misspelt.`,
      fix: "Remove the waiver, or write code and place as sitewright check prints them.",
    }),
    (p) => ({
      cause: `${p.at} 处没有 ${p.code} 这一问题：可能已修正、位置已变动，或豁免书写有误。`,
      fix: "请删除该豁免，或按 sitewright check 输出的代码和位置填写。",
    }),
  ),
  "waiver-impossible": error(
    () => ({
      cause: "A finding of this place is waived, but without a value that holds here there is no plan.",
      fix: "Mend the value; this finding cannot be waived.",
    }),
    () => ({
      cause: "此处的问题已被豁免，但缺少有效值便无法形成规划。",
      fix: "请填写正确的值；该问题不能豁免。",
    }),
  ),
} satisfies Record<string, FindingText>;

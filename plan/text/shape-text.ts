import { field } from "./field-names";
import { error, type FindingParams, type FindingText, warning } from "./text";

/** What may be wrong with the form of a plan: another template, keys of a site.yaml. */
export const shapeTexts = {
  "layout-unknown": error(
    (p) => ({
      cause: `The label "${p.label}" is expected here; rows or columns were moved, or this is another version of the template.`,
      fix: "Copy the values into an unchanged template; nothing of this sheet was read.",
    }),
    (p) => ({
      cause: `此处应为标签“${p.label}”；行列被移动，或模板版本不同。`,
      fix: "请将内容复制到未改动的模板中；本表未读取。",
    }),
  ),
  "template-other": error(
    (p) => ({
      cause: `${englishAge(p)} Labels that differ: ${p.labels}.`,
      fix: "Copy the values into the template that `sitewright plan template` writes, or move rows and columns back.",
    }),
    (p) => ({
      cause: `${chineseAge(p)}不一致的标签：${p.labels}。`,
      fix: "请将内容复制到 `sitewright plan template` 生成的模板中，或恢复行列位置。",
    }),
  ),
  "label-missing": warning(
    (p) => ({
      cause: `The label "${p.label}" is missing here, as in older templates. What stands in its cells is read all the same; where they are blank, the default holds.`,
      fix: "See that it is meant, or copy the values into the template that `sitewright plan template` writes.",
    }),
    (p) => ({
      cause: `此处缺少标签“${p.label}”（较旧的模板没有该标签）。对应单元格已填写的仍会读取，未填写的按默认值处理。`,
      fix: "请确认无误，或将内容复制到 `sitewright plan template` 生成的模板中。",
    }),
  ),
  "label-unknown": warning(
    (p) => ({
      cause: `The template (version ${p.supported}) has no such label; what stands under it is not read. The workbook may be a newer one.`,
      fix: "See that nothing that counts stands there.",
    }),
    (p) => ({
      cause: `模板（版本 ${p.supported}）中没有此标签，其下内容不会读取；该规划表可能是更新的版本。`,
      fix: "请确认此处没有需要读取的内容。",
    }),
  ),
  "rack-layout-unknown": warning(
    (p) => ({
      cause: `The label "${p.label}" is expected here; the rack sheet is not read.`,
      fix: "Copy its values into an unchanged template, if they matter.",
    }),
    (p) => ({
      cause: `此处应为标签“${p.label}”；机架位置表未读取。`,
      fix: "如需读取，请将内容复制到未改动的模板中。",
    }),
  ),
  "key-unknown": error(
    (p) => ({
      cause: `The key ${p.name} is not known here.`,
      fix: `${p.near ? `Write ${p.near}, if that is meant, or remove it` : "Remove it or mend its spelling"}; the keys are in ${p.page}.`,
    }),
    (p) => ({
      cause: `此处没有名为 ${p.name} 的键。`,
      fix: `${p.near ? `如应为 ${p.near}，请更正，否则请删除` : "请删除或更正拼写"}；可用的键见 ${p.page}。`,
    }),
  ),
  "key-missing": error(
    (p) => ({
      cause: `The ${field(p)} (${p.path}) is missing.`,
      fix: "Add it.",
    }),
    (p) => ({
      cause: `缺少${field(p, "zh")}（${p.path}）。`,
      fix: "请补充。",
    }),
  ),
  "value-invalid": error(
    (p) => ({
      cause: `${p.path}: ${p.problem}.`,
      fix: `Write the value as ${p.page} says; text that looks like a number goes in quotes.`,
    }),
    (p) => ({
      cause: `${field(p, "zh")}（${p.path}）不符合要求：${p.problemZh}。`,
      fix: `请按 ${p.page} 填写；形如数字的文本要加引号。`,
    }),
  ),
} satisfies Record<string, FindingText>;

/** How the workbook's version stands to the one that is read, by the last date of its change log. */
function englishAge({ age, supported, dated }: FindingParams): string {
  const log = dated ? `; its change log ends with ${dated}` : "";
  switch (age) {
    case "older":
    case "newer":
      return `This is ${age === "older" ? "an older" : "a newer"} template than the one that is read (version ${supported})${log}.`;
    case "same":
      return `By its change log this is the version that is read (${supported}), but labels were moved or rewritten.`;
    default:
      return `The labels are not those of the template that is read (version ${supported}), and the change log tells no version.`;
  }
}

function chineseAge({ age, supported, dated }: FindingParams): string {
  const log = dated ? `，本文件更新说明的最后日期为 ${dated}` : "";
  switch (age) {
    case "older":
    case "newer":
      return `该规划表的模板版本较${age === "older" ? "旧" : "新"}（支持的模板版本为 ${supported}${log}）。`;
    case "same":
      return `从更新说明看，模板版本与支持的版本（${supported}）相同，但标签被移动或改写。`;
    default:
      return `该规划表的标签与支持的模板（版本 ${supported}）不一致，更新说明中也没有版本日期。`;
  }
}

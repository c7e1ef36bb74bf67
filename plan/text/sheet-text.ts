import { error, type FindingParams, type FindingText, warning } from "./text";

/** What stands in the workbook beside the lists that are read, or is read and not seen by people. */
export const sheetTexts = {
  "cell-unread": error(
    (p) => ({
      cause: `What is filled in here stands outside the lists that are read, so that nothing would come of it${more(p, " (as of", "more cells of this sheet)")}.`,
      fix: `${places[String(p.sheet)]?.en ?? "Move it into the list, or blank it."} What may stand is waived in waivers.yaml.`,
    }),
    (p) => ({
      cause: `此处填写的内容在读取范围之外，不会生效${more(p, "（本表另有", "个单元格同样如此）")}。`,
      fix: `${places[String(p.sheet)]?.zh ?? "请移入列表，或清空。"}如确需保留，可在 waivers.yaml 中豁免。`,
    }),
  ),
  "text-unread": warning(
    (p) => ({
      cause: `Nothing is read from this cell${more(p, " (as of", "more cells of this sheet)")}.`,
      fix: "See that nothing that counts stands there.",
    }),
    (p) => ({
      cause: `该单元格不会读取${more(p, "（本表另有", "个单元格同样如此）")}。`,
      fix: "请确认此处没有需要读取的内容。",
    }),
  ),
  "sheet-unread": warning(
    (p) => ({
      cause: `By its name the sheet ${p.copy} is another one of these, and nothing is read from it.`,
      fix: "See that nothing planned stands there alone, and delete or rename it; another cluster is a plan of its own.",
    }),
    (p) => ({
      cause: `工作表“${p.copy}”从名称看是本表的另一份，其内容不会读取。`,
      fix: "请确认其中没有需要部署的内容，并删除或改名；其他集群请单独填写规划表。",
    }),
  ),
  "row-hidden": warning(
    (p) => ({
      cause: `Row ${p.row}${named(p)} is hidden, by a filter, an outline or by hand, and is read all the same.`,
      fix: "Show the row, or blank it if it is not meant.",
    }),
    (p) => ({
      cause: `第 ${p.row} 行${namedZh(p)}被隐藏（筛选、分级显示或手动隐藏），但仍会读取。`,
      fix: "请取消隐藏；如不需要该行，请清空。",
    }),
  ),
  "row-struck-out": warning(
    (p) => ({
      cause: `Row ${p.row}${named(p)} is struck out in ${p.cells}, and is read all the same.`,
      fix: "Blank what is not meant, or take the line out of the text.",
    }),
    (p) => ({
      cause: `第 ${p.row} 行${namedZh(p)}的 ${p.cells} 带有删除线，但仍会读取。`,
      fix: "如不需要，请清空；否则请去掉删除线。",
    }),
  ),
  "column-hidden": warning(
    (p) => ({
      cause: `Column ${p.column} is hidden, and is read all the same.`,
      fix: "Show the column and look at what stands there.",
    }),
    (p) => ({
      cause: `${p.column} 列被隐藏，但仍会读取。`,
      fix: "请取消隐藏并核对其中内容。",
    }),
  ),
  "sheet-hidden": warning(
    () => ({
      cause: "The sheet is hidden, and is read all the same.",
      fix: "Show the sheet and look at what stands there.",
    }),
    () => ({
      cause: "该工作表被隐藏，但仍会读取。",
      fix: "请取消隐藏并核对其中内容。",
    }),
  ),
} satisfies Record<string, FindingText>;

/** How each list takes more. */
const places: Record<string, { en: string; zh: string }> = {
  虚拟网络: {
    en: "Insert a row within the list, so that the merged cells of its switch (columns C, J, K) reach it, or write the plan as site.yaml; blank what is not meant.",
    zh: "请在列表内插入行，使虚拟交换机的合并单元格（C、J、K 列）覆盖该行，或改用 site.yaml；不需要的请清空。",
  },
  主机规划: {
    en: "Write hosts into rows 3 to 18 and their columns; a plan of more than 16 hosts is a site.yaml. Blank what is not meant.",
    zh: "主机请填写在第 3–18 行的对应列中，超过 16 台请改用 site.yaml；不需要的请清空。",
  },
  集群管理信息: {
    en: "Components are those of rows 3 to 11, NTP and DNS servers stand from row 22 on without a gap; others are not deployed. Move it there, or blank it.",
    zh: "管理组件仅限第 3–11 行，NTP 与 DNS 服务器从第 22 行起连续填写，其他内容不会部署。请移至对应位置，或清空。",
  },
};

function more({ more: count }: FindingParams, before: string, after: string): string {
  return count ? `${before} ${count} ${after}` : "";
}

function named({ name }: FindingParams): string {
  return name ? ` (${name})` : "";
}

function namedZh({ name }: FindingParams): string {
  return name ? `（${name}）` : "";
}

import { cleanText, contentText } from "./cell-value";
import { unknownLabels } from "./check-labels";
import { makeFinding } from "./finding";
import { documentSheet, hostSheet, managementSheet, networkSheet, planSheets, rackSheet } from "./layout";
import { networkOf } from "./names";
import type { SheetReader } from "./sheet-reader";
import { type Cell, isIn, parseCell, rangesOf } from "./xlsx/address";

interface Area {
  sheet: string;
  /** What is read, and what the template itself fills in for people: titles, labels, descriptions, notes. */
  known: string;
  /** Cells of which each, where it says the same as the first, is a merged cell that was taken apart. */
  repeats: string[];
  /** Columns of the lists, and those of them that hold passwords. */
  columns: string;
  secret: string;
  /** The rows of the lists: what stands beside them is more than a remark. */
  list: [first: number, last: number];
}

/** Columns that the vendor asks for, and that nobody makes anything of. */
const unused: Record<string, string> = { [managementSheet]: "D6:D11 F6:K11" };

/** Findings of a kind that are worth reading on one sheet. */
const most = 60;

/** `last`: the last rows of the lists that may grow, by sheet. */
function areas(last: Record<string, number>): Area[] {
  const networks = last[networkSheet] ?? 0;
  return [
    {
      sheet: documentSheet,
      known: "A1:XFD14 B15:C17 A18:XFD1048576",
      repeats: [],
      columns: "C",
      secret: "",
      list: [15, 17],
    },
    {
      sheet: networkSheet,
      known: `A1:XFD2 B3:N3 C4:N4 C6:N8 D5:I${networks} L5:N${networks} B23`,
      repeats: [
        `B3:B${networks}`,
        "C4:C5",
        "J4:J5",
        "K4:K5",
        ...["C", "J", "K"].map((each) => `${each}8:${each}${networks}`),
      ],
      columns: "CDFGHIJK",
      secret: "",
      list: [3, networks],
    },
    {
      sheet: hostSheet,
      known: "A1:XFD2 B3:B18 D3:R18 C19:E19 H19:J19 L19:Q19 B20 P20:Q20 B21 B23 B29",
      repeats: ["C3:C18"],
      columns: "CDEFGHIJKMNPQ",
      secret: "GKM",
      list: [3, 20],
    },
    {
      sheet: managementSheet,
      known: `A1:XFD2 B3:M5 C6:C11 E6:E11 L6:L11 B18:E18 E19 B20 A21:XFD21 B22:N${last[managementSheet]}`,
      repeats: ["N3:N19", "B6:B11", "M6:M11", "B18:B19", "C18:C19", "D18:D19"],
      columns: "BDEFGHIJKM",
      secret: "GIK",
      list: [3, last[managementSheet] ?? 0],
    },
    {
      sheet: rackSheet,
      known: "A1:XFD4 A5:B5 J5 R5 A6:XFD6 C7:D48 F7:F48 K7:L48 N7:N48 S7:T48 V7:V48 B49:W49",
      repeats: [],
      columns: "DLT",
      secret: "",
      list: [5, 48],
    },
  ];
}

/**
 * Says which cells are filled and not read, so that nothing planned is lost: data below or beside the lists are errors,
 * remarks a warning where they stand beside a list or have an address in them. A password is never shown. Cells under labels that the template
 * does not have are left out: the label is warned of.
 *
 * @param moved sheets that were not read at all
 */
export function reportUnread(reader: SheetReader, moved: Set<string>, last: Record<string, number>): void {
  const strange = unknownLabels(reader.book).map(({ sheet, cell }) => ({ sheet, ...columnOf(cell) }));
  reportCopies(reader);
  for (const area of areas(last)) {
    if (moved.has(area.sheet)) continue;
    const labelled = strange.filter(({ sheet }) => sheet === area.sheet);
    const cells = unreadCells(reader, area).filter(
      ({ at }) => !labelled.some(({ column, row }) => column === at.column && row <= at.row),
    );
    report(
      reader,
      area,
      "cell-unread",
      cells.filter(({ what }) => what === "data"),
    );
    // A remark in a row of data is part of it.
    const rows = new Set(cells.filter(({ what }) => what === "data").map(({ at }) => at.row));
    report(
      reader,
      area,
      "text-unread",
      cells.filter(({ what, at }) => what === "remark" && !rows.has(at.row)),
    );
  }
}

/** A copy of a sheet, such as `主机规划 (2)`: people go on in it, or keep what was. */
function reportCopies({ book, draft }: SheetReader): void {
  for (const sheet of [...planSheets, rackSheet]) {
    const copies = book.names().filter((name) => name !== sheet && name.normalize("NFKC").includes(sheet));
    for (const copy of copies.slice(0, most)) {
      draft.findings.push(makeFinding("sheet-unread", { sheet, cell: "A1" }, { params: { copy } }));
    }
  }
}

interface Unread {
  cell: string;
  at: Cell;
  what: "data" | "remark";
  /** Left out where it may be a password. */
  value: string | undefined;
}

function report(reader: SheetReader, { sheet }: Area, code: "cell-unread" | "text-unread", cells: Unread[]): void {
  for (const [i, { cell, value }] of cells.slice(0, most).entries()) {
    const rest = i === most - 1 ? cells.length - most : 0;
    const params = { sheet, ...(rest > 0 && { more: rest }) };
    reader.draft.findings.push(makeFinding(code, { sheet, cell }, { value, params }));
  }
}

function unreadCells({ book }: SheetReader, area: Area): Unread[] {
  const { sheet, columns, secret, list } = area;
  const known = rangesOf(area.known);
  const unasked = rangesOf(unused[sheet] ?? "");
  const text = (cell: string) => contentText(book.content(sheet, cell))?.slice(0, 200);
  return book.filled(sheet).flatMap((cell) => {
    const at = parseCell(cell);
    const shown = text(cell);
    if (!at || shown === undefined || isIn(known, at)) return [];
    const block = area.repeats.find((range) => isIn(rangesOf(range), at));
    const first = block?.split(":")[0] ?? cell;
    if (block && (first === cell || text(first) === shown)) return [];
    const letter = cell.replace(/\d+$/, "");
    const inColumn = letter.length === 1 && columns.includes(letter);
    const beside = at.row >= list[0] && at.row <= list[1];
    const content = book.content(sheet, cell);
    const isText = content.kind === "text";
    const password = letter.length === 1 && secret.includes(letter);
    const said = (content.kind === "other" && content.what === "date") || isAside(shown, at, sheet);
    const what =
      said || isIn(unasked, at) ? "remark" : whatIs(shown, { isText: isText && !password, inColumn, beside });
    const mayBeSecret = password || (!inColumn && isText);
    return what ? [{ cell, at, what, value: mayBeSecret && !hasAddress(shown) ? undefined : shown }] : [];
  });
}

/** Whether it is data, a remark that is worth a look, or nothing. */
function whatIs(
  shown: string,
  { isText, inColumn, beside }: { isText: boolean; inColumn: boolean; beside: boolean },
): Unread["what"] | undefined {
  const text = cleanText(shown.normalize("NFKC"));
  if (text === "" || /^(?:[-—–_/\\.·*√✓×]+|n\/a|无|none)$/i.test(text)) return undefined;
  if (!isText) return "data";
  const dotted = text.replaceAll("。", ".");
  if (networkOf(dotted.includes("/") ? dotted : `${dotted}/32`) !== undefined) return "data";
  if (isRemark(cleanText(shown))) return beside || hasAddress(text) ? "remark" : undefined;
  if (inColumn || beside || hasAddress(text)) return "data";
  return "remark";
}

/** A sentence, a numbered point or what calls itself a remark. */
function isRemark(text: string): boolean {
  return (
    /^(?:备注|说明|注意|请注意|提示|注|附|※|note|remark)/i.test(text) ||
    // Who wrote and who read a plan, and when.
    /^(?:编制|编写|制表|填表|审核|复核|校对|批准|日期|填写日期|联系人|负责人|电话|签字|签名|确认)[^:：]{0,4}[:：]/.test(
      text,
    ) ||
    /^\d{1,2}\s*[.、)]\s*[^\d\s]/.test(text) ||
    (/[。；！？]/.test(text) && /\p{Script=Han}/u.test(text)) ||
    text.length > 60
  );
}

/** The last columns of the lists. Right of them people write how things stand. */
const lastColumns: Record<string, number> = { [networkSheet]: 14, [hostSheet]: 18, [managementSheet]: 14 };

/** `已上架`, `张工负责`: words right of a list that are no value of any of its columns. */
function isAside(shown: string, { column }: Cell, sheet: string): boolean {
  return column > (lastColumns[sheet] ?? column) && /^[\p{Script=Han}\s，、（）]+$/u.test(shown);
}

function hasAddress(text: string): boolean {
  return /\b\d{1,3}(?:\.\d{1,3}){3}\b/.test(text.normalize("NFKC").replaceAll("。", "."));
}

function columnOf(cell: string): Cell {
  return parseCell(cell) ?? { column: 0, row: 0 };
}

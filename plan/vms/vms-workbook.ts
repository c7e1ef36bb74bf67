import { basename } from "node:path";
import { cleanText } from "../cell-value";
import { Draft } from "../draft";
import { makeFinding } from "../finding";
import { vmsKind } from "../kinds";
import { planSheets } from "../layout";
import { dropRefused, reportIssues } from "../shape";
import { SheetReader } from "../sheet-reader";
import { type MadeSheet, styles, workbookBytes } from "../sheet-xml";
import type { Language } from "../text/text";
import { reportUnseen } from "../unseen-cells";
import type { Workbook } from "../workbook";
import { WorkbookProblem } from "../workbook-problem";
import { columnName, parseCell } from "../xlsx/address";
import { blankHeadings, type Column, columnNamed, machineSheets, topLabelled, topLabels } from "./sheet-columns";

/**
 * Whether a workbook is given as a plan of virtual machines: one that is named vms.xlsx, or one that has their sheet and
 * is no planning workbook of a site.
 */
export function isVmsWorkbook(file: string, book: Workbook): boolean {
  const names = book.names();
  return (
    /^vms\.xlsx$/i.test(basename(file)) ||
    (sheetOf(book) !== undefined && !planSheets.every((sheet) => names.includes(sheet)))
  );
}

/**
 * Reads the machines of a workbook into a draft: CloudTower and cluster beside their labels, below them a row of headings,
 * and a row each machine, or several by braces. Throws ZipProblem and WorkbookProblem where there are none.
 */
export function readVmsWorkbook(book: Workbook): Draft {
  const sheet = sheetOf(book);
  if (!sheet)
    throw new WorkbookProblem(
      `it has no sheet ${machineSheets.join(" or ")} (it has: ${book.names().slice(0, 20).join(", ")})`,
      "name the sheet of the machines so",
    );
  const reader = new SheetReader(book, new Draft());
  const { draft } = reader;
  draft.note("", { sheet, cell: "A1" });
  draft.set("kind", "virtual-machines", { sheet, cell: "A1" });
  const cells = book.filled(sheet).map((cell) => ({ cell, text: reader.text(sheet, cell) ?? "", ...placeIn(cell) }));
  const head = cells.find(({ text }) => columnNamed(text)?.field === "name")?.row;
  if (head === undefined)
    throw new WorkbookProblem(
      `its sheet ${sheet} has no column "名称" (name)`,
      "write a row of headings above the machines; sitewright plan template --vms makes a blank one",
    );
  for (const { text, row, column } of cells) {
    const key = row < head ? topLabelled(text) : undefined;
    if (key) take(reader, { sheet, cell: `${columnName(column + 1)}${row}` }, key);
  }
  readRows(reader, sheet, head, cells);
  const parsed = vmsKind.schema.safeParse(draft.tree);
  if (!parsed.success) {
    reportIssues(draft, parsed.error.issues, vmsKind);
    dropRefused(draft, parsed.error.issues);
  }
  reportUnseen(book, draft);
  return draft;
}

interface Filled {
  cell: string;
  text: string;
  row: number;
  column: number;
}

function readRows(reader: SheetReader, sheet: string, head: number, cells: Filled[]): void {
  const { draft } = reader;
  const columns = new Map<number, Column>();
  const strange = new Map<number, Filled>();
  for (const heading of cells.filter(({ row }) => row === head)) {
    const column = columnNamed(heading.text);
    const isTwice = [...columns.values()].some(({ field }) => field === column?.field);
    if (column && !isTwice) columns.set(heading.column, column);
    else strange.set(heading.column, heading);
  }
  const below = cells.filter(({ row }) => row > head);
  for (const [at, { cell, text }] of strange) {
    // A column of nothing loses nothing.
    if (!below.some(({ column }) => column === at)) continue;
    draft.findings.push(
      makeFinding("vm-column-unknown", { sheet, cell }, { value: text, params: { column: cleanText(text) } }),
    );
  }
  const name = [...columns].find(([, { field }]) => field === "name")?.[0] ?? 1;
  const rows = [...new Set(below.filter(({ column }) => columns.has(column)).map(({ row }) => row))];
  draft.set("vms", [], { sheet, cell: `${columnName(name)}${head}` });
  for (const [i, row] of rows.entries()) {
    draft.set(`vms.${i}`, {}, { sheet, cell: `${columnName(name)}${row}` });
    for (const [column, { field, read }] of columns)
      take(reader, { sheet, cell: `${columnName(column)}${row}` }, `vms.${i}.${field}`, read);
  }
}

/** Takes a cell into the draft; what is wrong with it is left out, and said. */
function take(
  reader: SheetReader,
  place: { sheet: string; cell: string },
  path: string,
  read: (text: string) => unknown = (text) => text,
): void {
  const { value, blank, problems } = reader.cell(place.sheet, place.cell, "text");
  for (const { code, params } of problems) reader.report(code, { ...place, kind: "text", path }, params);
  // What is there and cannot be read is there, and undefined.
  if (!blank) reader.draft.set(path, typeof value === "string" ? read(value) : undefined, place);
}

function sheetOf(book: Workbook): string | undefined {
  const wanted = machineSheets.map((name) => name.toLowerCase());
  return book.names().find((name) => wanted.includes(cleanText(name).toLowerCase()));
}

function placeIn(cell: string): { row: number; column: number } {
  return parseCell(cell) ?? { row: 0, column: 0 };
}

/** A blank workbook for virtual machines, to be filled in. */
export function blankVmsWorkbook(language: Language): Uint8Array {
  const [zh, en] = machineSheets;
  const at = language === "zh" ? 1 : 0;
  const cells: MadeSheet["cells"] = new Map();
  for (const [i, words] of Object.values(topLabels).entries()) {
    cells.set(`A${i + 1}`, { value: words[at], style: styles.header });
    cells.set(`B${i + 1}`, { style: styles.textInput });
  }
  const widths: Record<string, number> = {};
  for (const [i, heading] of blankHeadings(language).entries()) {
    const column = columnName(i + 1);
    widths[column] = 18;
    cells.set(`${column}4`, { value: heading, style: styles.header });
    for (let row = 5; row <= 44; row++) cells.set(`${column}${row}`, { style: styles.textInput });
  }
  return workbookBytes([{ name: language === "zh" ? zh : en, widths, cells }]);
}

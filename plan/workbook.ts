import type { Content } from "./content";
import { evaluateFormula, shiftedFormula } from "./formula";
import { tooLarge, WorkbookProblem } from "./workbook-problem";
import { type Cell, columnName, isIn, parseCell, type Range, rangesOf } from "./xlsx/address";
import { type CellFormat, cellFormats } from "./xlsx/cell-formats";
import { decodeText, isOn } from "./xlsx/cell-text";
import { SharedTexts } from "./xlsx/shared-texts";
import { type CellSpan, type SheetSpans, scanSheet } from "./xlsx/sheet-spans";
import { openParts, type SheetPart } from "./xlsx/workbook-parts";
import { readSpans, type Span } from "./xlsx/xml-spans";

/** An opened workbook. Cells are addressed as in Excel ("B3"); a merged cell holds its value in its first cell. */
export interface Workbook {
  content(sheet: string, cell: string): Content;
  has(sheet: string): boolean;
  /** The names of all sheets, as they are written. */
  names(): string[];
  /** The cells that hold something, row by row; without those that a merge hides, which nobody sees. */
  filled(sheet: string): string[];
  /** The last row of the merged cells that begin in a cell; the cell's own where there are none. */
  mergedTo(sheet: string, cell: string): number;
  /** How people see a cell, or that they do not. */
  look(sheet: string, cell: string): CellLook;
}

interface CellLook {
  hidden: "sheet" | "row" | "column" | undefined;
  /** Whether it is struck out, in whole or in part. */
  struck: boolean;
}

/**
 * Characters of XML, cells that hold something, characters of a formula that is worked out, of all formulas with what they
 * make, and of a text, and how deep formulas ask for each other: many times what the vendor's workbook has.
 */
const limits = {
  sheet: 16 * 1024 * 1024,
  styles: 3 * 1024 * 1024,
  filled: 20_000,
  formula: 1000,
  formulas: 4 * 1024 * 1024,
  text: 32_767,
  depth: 8,
};

/** Excel specifications and limits: the size of a sheet. */
const lastRow = 1_048_576;

interface Sheet {
  part: SheetPart;
  spans: SheetSpans;
  /** The formulas that cells share, by their number. */
  shared: Map<string, { formula: string; at: Cell }>;
  /** Cells that are merged into one. */
  merges: Range[];
  rows: Map<number, Span>;
  /** The cells that hold something, once they were asked for. */
  filled?: string[];
}

/**
 * Opens a workbook. Sheets are read when they are asked for. Throws ZipProblem and
 * WorkbookProblem, then and later. Source: ECMA-376 part 1, 18.2 (workbook), 18.3 (worksheet).
 */
export function openWorkbook(bytes: Buffer): Workbook {
  const parts = openParts(bytes);
  const texts = new SharedTexts(parts);
  const opened = new Map<string, Sheet | undefined>();
  let formats: CellFormat[] | undefined;
  let since1904: boolean | undefined;

  function sheetOf(name: string): Sheet | undefined {
    if (!opened.has(name)) {
      const part = parts.sheets.find((each) => each.name === name);
      opened.set(name, part && readSheet(part, parts.text(part.part)));
    }
    return opened.get(name);
  }

  function formatOf({ span }: CellSpan): CellFormat | undefined {
    if (!formats) {
      const part = parts.related("styles");
      const xml = part === undefined ? undefined : parts.text(part);
      if (xml && xml.length > limits.styles) throw tooLarge("list of cell formats");
      formats = cellFormats(part ?? "", xml);
    }
    return formats[Number(span.attributes.s ?? 0)];
  }

  function counts1904(): boolean {
    since1904 ??= usesDatesOf1904(parts.book, parts.text(parts.book) ?? "");
    return since1904;
  }

  /** What stands in the file: a typed value, or the result of a formula that was stored. */
  function stored(cell: CellSpan): Content {
    const { type, value = "" } = cell;
    if (type === "inlineStr") return textContent(cell.inline ?? "");
    if (value.trim() === "") return { kind: "blank" };
    switch (type) {
      case "s": {
        const found = texts.at(value);
        return found ? textContent(found.text) : { kind: "other", what: "error", text: `text ${value} is missing` };
      }
      case "str":
        return textContent(decodeText(value));
      case "b":
        return { kind: "other", what: "boolean", text: isOn(value) ? "TRUE" : "FALSE" };
      case "e":
        return { kind: "other", what: "error", text: value };
      case "d":
        return { kind: "other", what: "date", text: value.slice(0, 10) };
    }
    const number = Number(value);
    if (!/^\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*$/i.test(value) || !Number.isFinite(number)) return textContent(value);
    if (formatOf(cell)?.date) return { kind: "other", what: "date", text: dateText(number, counts1904()) };
    return { kind: "number", number };
  }

  const results = new Map<string, Content>();
  let left = limits.formulas;

  /** A formula is worked out once; one that asks for itself, or for too much, has no result but the one in the file. */
  function content(name: string, address: string, depth = 0): Content {
    const sheet = sheetOf(name);
    const cell = sheet?.spans.cells.get(address);
    if (!sheet || !cell) return { kind: "blank" };
    const inFile = stored(cell);
    if (!cell.formula) return inFile;
    const key = `${name}!${address}`;
    const known = results.get(key);
    if (known) return known;
    const formula = left > 0 ? formulaOf(sheet, address, cell.formula) : cell.formula.text;
    left -= formula.length;
    let result: Content =
      inFile.kind === "blank" ? { kind: "formula", formula: formula.slice(0, limits.formula) } : inFile;
    if (depth >= limits.depth) return result;
    results.set(key, result);
    if (left > 0 && formula.length <= limits.formula)
      result = evaluateFormula(formula, (other = name, at) => lookUp(other, at, depth + 1)) ?? result;
    if (result.kind === "text") left -= result.text.length;
    results.set(key, result);
    return result;
  }

  function lookUp(name: string, address: string, depth: number): Content {
    const known = parts.sheets.some((each) => each.name === name);
    return known ? content(name, address, depth) : { kind: "formula", formula: address };
  }

  /** Whether a merge hides a cell: what it holds nobody sees, and no program shows. */
  function covered(name: string, address: string): boolean {
    const at = parseCell(address);
    const merges = sheetOf(name)?.merges ?? [];
    // A merge that goes to the end of the sheet is a slip.
    return (
      at !== undefined && merges.some((range) => range[1].row < lastRow && isIn([range], at) && !isFirst(range, at))
    );
  }

  return {
    content: (sheet, cell) => (covered(sheet, cell) ? { kind: "blank" } : content(sheet, cell)),
    has: (sheet) => sheetOf(sheet) !== undefined,
    names: () => parts.sheets.map(({ name }) => name),
    filled(name) {
      const sheet = sheetOf(name);
      if (!sheet) return [];
      sheet.filled ??= visible(sheet).filter((address) => content(name, address).kind !== "blank");
      return sheet.filled;
    },
    mergedTo(sheet, cell) {
      const merge = sheetOf(sheet)?.spans.merges.find((range) => range.split(":")[0] === cell);
      return parseCell(merge?.split(":")[1] ?? cell)?.row ?? 0;
    },
    look(name, address) {
      const sheet = sheetOf(name);
      const at = parseCell(address);
      const cell = sheet?.spans.cells.get(address);
      if (!sheet || !at || !cell) return { hidden: undefined, struck: false };
      const rich = cell.type === "s" ? (texts.at(cell.value)?.struck ?? false) : cell.struck;
      return { hidden: hiddenBy(sheet, at), struck: rich || (formatOf(cell)?.struck ?? false) };
    },
  };
}

/** Throws WorkbookProblem, and names what there is, where a workbook lacks one of these sheets. */
export function assertSheets(book: Workbook, wanted: readonly string[]): void {
  const has = book.names();
  const missing = wanted.filter((name) => !has.includes(name));
  if (missing.length === 0) return;
  throw new WorkbookProblem(
    `it lacks the sheet${missing.length > 1 ? "s" : ""} ${missing.join(", ")} (it has: ${has.slice(0, 20).join(", ") || "none"})`,
    "give the vendor's planning workbook and leave the names of its sheets as they are",
  );
}

function readSheet(part: SheetPart, xml: string | undefined): Sheet {
  if (xml === undefined) {
    throw new WorkbookProblem(`the part of its sheet ${part.name} is missing`, "save it again in Excel");
  }
  if (xml.length > limits.sheet) throw tooLarge(`sheet ${part.name}`);
  const spans = scanSheet(part.part, xml, "filled");
  if (spans.cells.size > limits.filled) throw tooLarge(`sheet ${part.name}`);
  const shared: Sheet["shared"] = new Map();
  for (const [address, { formula }] of spans.cells) {
    const { t, si = "" } = formula?.attributes ?? {};
    const at = parseCell(address);
    if (t === "shared" && formula?.text && at) shared.set(si, { formula: formula.text, at });
  }
  const rows = new Map(spans.rows.map(({ number, span }) => [number, span]));
  return { part, spans, shared, merges: spans.merges.flatMap(rangesOf), rows };
}

function formulaOf({ shared }: Sheet, address: string, formula: Span): string {
  const { t, si = "" } = formula.attributes;
  const master = t === "shared" ? shared.get(si) : undefined;
  const at = parseCell(address);
  if (formula.text !== "" || !master || !at) return formula.text;
  if (master.formula.length > limits.formula) return master.formula;
  return shiftedFormula(master.formula, at.column - master.at.column, at.row - master.at.row);
}

function isFirst([first]: Range, { column, row }: Cell): boolean {
  return first.column === column && first.row === row;
}

/** Row by row; in each, from left to right. */
function visible({ spans, merges }: Sheet): string[] {
  const places = [...spans.cells.keys()].flatMap((address) => {
    const at = parseCell(address);
    return at ? [{ address, ...at }] : [];
  });
  const begins = new Set(merges.map(([first]) => `${columnName(first.column)}${first.row}`));
  return places
    .filter((place) => begins.has(place.address) || !isIn(merges, place))
    .sort((a, b) => a.row - b.row || a.column - b.column)
    .map(({ address }) => address);
}

/** Points of height and signs of width under which nothing can be read. */
const visibleFrom = { height: 2, width: 0.3 };

/** A filter and a closed outline hide rows by the same attribute as people do. */
function hiddenBy({ part, spans, rows }: Sheet, { row, column }: Cell): CellLook["hidden"] {
  if (part.state === "hidden" || part.state === "veryHidden") return "sheet";
  const { hidden, ht } = rows.get(row)?.attributes ?? {};
  if (isOn(hidden) || Number(ht ?? visibleFrom.height) < visibleFrom.height) return "row";
  const columns = spans.columns.filter(
    ({ attributes: { min, max } }) => column >= Number(min) && column <= Number(max),
  );
  const narrow = ({ width = "1" }: Record<string, string>) => Number(width) < visibleFrom.width;
  return columns.some(({ attributes }) => isOn(attributes.hidden) || narrow(attributes)) ? "column" : undefined;
}

function textContent(text: string): Content {
  if (text.length > limits.text) throw tooLarge("text of a cell");
  return text.trim() === "" ? { kind: "blank" } : { kind: "text", text };
}

/** Days are counted from 1900, or on old Macs from 1904: ECMA-376 part 1, 18.17.4.1. */
function dateText(days: number, since1904: boolean): string {
  const date = new Date((days - (since1904 ? 24_107 : 25_569)) * 86_400_000);
  return Number.isNaN(date.getTime()) ? "date" : date.toISOString().slice(0, 10);
}

function usesDatesOf1904(book: string, xml: string): boolean {
  let found = false;
  readSpans(book, xml, ({ local, attributes }) => {
    if (local === "workbookPr") found = isOn(attributes.date1904);
  });
  return found;
}

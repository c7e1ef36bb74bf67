import { columnName, parseCell } from "./address";
import { createTextCollector } from "./cell-text";
import { readSpans, type Span } from "./xml-spans";

/** A cell as it stands in a sheet. */
export interface CellSpan {
  span: Span;
  column: number;
  /** `t`: "s" for shared strings, "inlineStr", "str", "b", "e", or "" for a number. */
  type: string;
  /** What `<v>` holds. */
  value: string | undefined;
  /** Text of an inline string. */
  inline: string | undefined;
  formula: Span | undefined;
}

interface RowSpan {
  span: Span;
  number: number;
  /** Columns of all its cells, in order, with where each begins. */
  cells: { column: number; from: number }[];
}

/** Where things stand in a sheet's XML. */
export interface SheetSpans {
  root: Span | undefined;
  data: Span | undefined;
  rows: RowSpan[];
  /** The cells that were asked for and are there, by address. */
  cells: Map<string, CellSpan>;
  /** Elements right under the root, in order. */
  children: Span[];
  merges: string[];
  hyperlinks: Span[];
}

/** Scans a sheet. Rows and cells may leave out their numbers, and are then counted. ECMA-376 part 1, 18.3.1.73 and 18.3.1.4. */
export function scanSheet(part: string, xml: string, wanted: (address: string) => boolean): SheetSpans {
  const sheet: SheetSpans = {
    root: undefined,
    data: undefined,
    rows: [],
    cells: new Map(),
    children: [],
    merges: [],
    hyperlinks: [],
  };
  const collector = createTextCollector("is");
  let current: CellSpan | undefined;

  function start(span: Span): void {
    const parent = span.parent?.local;
    if (!span.parent) sheet.root = span;
    else if (span.parent === sheet.root) sheet.children.push(span);
    if (span.local === "sheetData" && span.parent === sheet.root) sheet.data = span;
    if (span.local === "row" && parent === "sheetData") {
      const number = Number(span.attributes.r ?? (sheet.rows.at(-1)?.number ?? 0) + 1);
      sheet.rows.push({ span, number, cells: [] });
    }
    const row = sheet.rows.at(-1);
    if (span.local === "c" && parent === "row" && row) {
      const column = parseCell(span.attributes.r ?? "")?.column ?? (row.cells.at(-1)?.column ?? 0) + 1;
      row.cells.push({ column, from: span.from });
      const address = `${columnName(column)}${row.number}`;
      current = undefined;
      if (!wanted(address)) return;
      current = {
        span,
        column,
        type: span.attributes.t === "n" ? "" : (span.attributes.t ?? ""),
        value: undefined,
        inline: undefined,
        formula: undefined,
      };
      sheet.cells.set(address, current);
    }
  }

  function end(span: Span): void {
    if (span.local === "mergeCell" && span.attributes.ref) sheet.merges.push(span.attributes.ref);
    if (span.local === "hyperlink") sheet.hyperlinks.push(span);
    if (!current) return;
    const text = collector.end(span);
    if (text !== undefined) current.inline = text;
    if (span.parent !== current.span) return;
    if (span.local === "v") current.value = span.text;
    if (span.local === "f") current.formula = span;
  }

  readSpans(part, xml, end, start);
  return sheet;
}

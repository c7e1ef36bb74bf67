import { tooLarge, WorkbookProblem } from "../workbook-problem";
import { columnName, parseCell } from "./address";
import { createTextCollector } from "./cell-text";
import { readSpans, type Span } from "./xml-spans";

/** A cell as it stands in a sheet. */
export interface CellSpan {
  span: Span;
  column: number;
  /** `t`: "s" for shared strings, "inlineStr", "str", "b", "e", "d", or "" for a number. */
  type: string;
  /** What `<v>` holds. */
  value: string | undefined;
  /** Text of an inline string. */
  inline: string | undefined;
  /** Whether some of an inline string is struck out. */
  struck: boolean;
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
  /** What says how columns look: `<col min max>`. */
  columns: Span[];
  merges: string[];
  hyperlinks: Span[];
}

/** Which cells to hand out: those of an address, or all that hold something. */
export type Wanted = ((address: string) => boolean) | "filled";

/** Several times what the vendor's workbook has; the rows of one sheet are a thousand, its cells 33,000. */
const limits = { rows: 200_000, cells: 1_000_000, merges: 2_000, columns: 16_384, hyperlinks: 65_530, children: 1_000 };

/**
 * Scans a sheet. Rows and cells may leave out their numbers, and are then counted; ECMA-376 part 1, 18.3.1.73 and
 * 18.3.1.4. Throws WorkbookProblem where a cell stands twice or in another row than it says: programs differ in which
 * one they take.
 */
export function scanSheet(part: string, xml: string, wanted: Wanted): SheetSpans {
  const sheet: SheetSpans = {
    root: undefined,
    data: undefined,
    rows: [],
    cells: new Map(),
    children: [],
    columns: [],
    merges: [],
    hyperlinks: [],
  };
  const collector = createTextCollector("is");
  const places = new Set<number>();
  let last = 0;
  /** Whether the row has no number of its own: its cells' may tell it. */
  let counted = false;
  let current: CellSpan | undefined;
  let address = "";

  function startRow(span: Span): void {
    const number = Number(span.attributes.r ?? last + 1);
    counted = span.attributes.r === undefined;
    if (!Number.isInteger(number) || number < 1 || number > 1_048_576) {
      throw damaged(part, `a row of the number ${span.attributes.r ?? number}`);
    }
    last = number;
    sheet.rows.push({ span, number, cells: [] });
    if (sheet.rows.length > limits.rows) throw tooLarge(`part ${part}`);
  }

  function startCell(span: Span, row: RowSpan): void {
    const stated = span.attributes.r?.toUpperCase();
    const own = stated === undefined ? undefined : parseCell(stated);
    if (stated !== undefined && !own) throw damaged(part, `a cell of the address ${stated.slice(0, 20)}`);
    if (own && counted && row.cells.length === 0) row.number = last = own.row;
    const column = own?.column ?? (row.cells.at(-1)?.column ?? 0) + 1;
    if ((own && own.row !== row.number) || column > 16_384) {
      throw damaged(part, `the cell ${stated ?? "without address"} in row ${row.number}`);
    }
    address = `${columnName(column)}${row.number}`;
    const place = row.number * 16_384 + column;
    if (places.has(place)) throw damaged(part, `the cell ${address} twice`);
    places.add(place);
    if (places.size > limits.cells) throw tooLarge(`part ${part}`);
    row.cells.push({ column, from: span.from });
    current = undefined;
    if (wanted !== "filled" && !wanted(address)) return;
    const type = span.attributes.t === "n" ? "" : (span.attributes.t ?? "");
    current = { span, column, type, value: undefined, inline: undefined, struck: false, formula: undefined };
    if (wanted !== "filled") sheet.cells.set(address, current);
  }

  function start(span: Span): void {
    if (!span.parent) sheet.root = span;
    if (span.uri !== sheet.root?.uri) return;
    const parent = span.parent?.local;
    if (span.parent && span.parent === sheet.root) sheet.children.push(span);
    if (span.local === "sheetData" && span.parent === sheet.root) sheet.data = span;
    if (span.local === "row" && parent === "sheetData") startRow(span);
    if (span.local === "c" && parent === "sheetData") throw damaged(part, "a cell in no row");
    const row = sheet.rows.at(-1);
    if (span.local === "c" && parent === "row" && row) startCell(span, row);
  }

  function end(span: Span): void {
    if (span.uri !== sheet.root?.uri) return;
    if (span.local === "mergeCell" && span.attributes.ref) sheet.merges.push(span.attributes.ref);
    if (span.local === "col" && span.parent?.local === "cols") sheet.columns.push(span);
    if (span.local === "hyperlink") sheet.hyperlinks.push(span);
    for (const list of ["merges", "columns", "hyperlinks", "children"] as const) {
      if (sheet[list].length > limits[list]) throw tooLarge(`part ${part}`);
    }
    if (!current) return;
    const text = collector.end(span);
    if (text) {
      current.inline = text.text;
      current.struck = text.struck;
    }
    if (span === current.span && wanted === "filled") {
      if (current.value || current.inline || current.formula) sheet.cells.set(address, current);
      current = undefined;
      return;
    }
    if (span.parent !== current.span) return;
    if (span.local === "v") current.value = span.text;
    if (span.local === "f") current.formula = span;
  }

  readSpans(part, xml, end, start);
  return sheet;
}

function damaged(part: string, what: string): WorkbookProblem {
  return new WorkbookProblem(`its part ${part} is damaged: it has ${what}`, "save it again in Excel or WPS");
}

import { type Cell, columnName, parseCell } from "./address";
import { type CellSpan, scanSheet } from "./sheet-spans";
import type { WorkbookParts } from "./workbook-parts";
import { readSpans } from "./xml-spans";

/** Cells by the names of their sheets. */
export type CellsBySheet = Map<string, Set<string>>;

/** What a formula takes; a name's own formula is looked into. "anything" where that is told only by working it out. */
type Reference = { sheet: string | undefined; first: Cell; last: Cell };

interface Formula {
  sheet: string;
  /** The cells whose results it gives: its own, or all of an array. */
  cells: string[];
  references: Reference[] | "anything";
}

/** Excel specifications and limits: the length of a formula, and the size of a sheet. */
const longest = 8192;
const size: Cell = { column: 16_384, row: 1_048_576 };

/** Comparisons of a formula's references with cells: a thousand times what the vendor's workbook takes. */
const most = 5_000_000;

/**
 * The formulas whose results come of some cells, directly, through other formulas or by a name: their cells. What
 * cannot be told without working a formula out (INDIRECT, OFFSET, tables), or without end, counts as such.
 */
export function reachedBy(parts: WorkbookParts, cells: CellsBySheet): CellsBySheet {
  const tainted = new Map<string, Map<string, Cell>>();
  const taint = (sheet: string, address: string) => {
    const at = parseCell(address);
    const known = tainted.get(sheet.toLowerCase()) ?? new Map<string, Cell>();
    tainted.set(sheet.toLowerCase(), known);
    if (at) known.set(address, at);
  };
  for (const [sheet, addresses] of cells) for (const address of addresses) taint(sheet, address);

  const reached: CellsBySheet = new Map();
  let waiting = formulasOf(parts);
  const budget = { left: most };
  for (let found = true; found; ) {
    const [met, others] = parted(waiting, ({ sheet, references }) => touches(references, sheet, tainted, budget));
    for (const { sheet, cells: own } of met) {
      const known = reached.get(sheet) ?? new Set<string>();
      reached.set(sheet, known);
      for (const address of own) {
        known.add(address);
        taint(sheet, address);
      }
    }
    waiting = others;
    found = met.length > 0;
  }
  return reached;
}

/** The single cells that a formula of a sheet names, as `sheet` and `address`: what its result is made of. */
export function cellsNamedIn(parts: WorkbookParts, own: string, formula: string): [sheet: string, address: string][] {
  const references = referencesOf(formula, definedNames(parts), false);
  if (references === "anything") return [];
  return references.flatMap(({ sheet = own, first, last }) => {
    const known = parts.sheets.find(({ name }) => name.toLowerCase() === sheet.toLowerCase());
    const single = first.column === last.column && first.row === last.row;
    return known && single ? [[known.name, `${columnName(first.column)}${first.row}`]] : [];
  });
}

function parted<T>(all: T[], test: (one: T) => boolean): [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const one of all) (test(one) ? yes : no).push(one);
  return [yes, no];
}

function touches(
  references: Formula["references"],
  own: string,
  tainted: Map<string, Map<string, Cell>>,
  budget: { left: number },
): boolean {
  if (references === "anything") return true;
  return references.some(({ sheet = own, first, last }) => {
    const cells = tainted.get(sheet.toLowerCase());
    budget.left -= 1;
    if (budget.left < 0) return true;
    if (!cells) return false;
    if (first.column === last.column && first.row === last.row) {
      return cells.has(`${columnName(first.column)}${first.row}`);
    }
    budget.left -= cells.size;
    for (const { column, row } of cells.values()) {
      if (column >= first.column && column <= last.column && row >= first.row && row <= last.row) return true;
    }
    return false;
  });
}

function formulasOf(parts: WorkbookParts): Formula[] {
  const names = definedNames(parts);
  const tables = parts.names().some((name) => /(^|\/)tables\//i.test(name));
  return parts.sheets.flatMap(({ name, part }) => {
    const xml = parts.text(part) ?? "";
    if (!/<(?:[\w.-]{1,80}:)?f[\s>/]/.test(xml)) return [];
    const { cells } = scanSheet(part, xml, "filled");
    const shared = new Map<string, Formula["references"]>();
    const formulas = [...cells].flatMap(([address, { formula }]) => (formula ? [{ address, formula }] : []));
    for (const { formula } of formulas) {
      const { t, si = "" } = formula.attributes;
      if (t === "shared" && formula.text !== "") shared.set(si, wholeSheets(referencesOf(formula.text, names, tables)));
    }
    return formulas.map(({ address, formula }): Formula => {
      const { t, si = "", ref } = formula.attributes;
      const references =
        t === "shared" && formula.text === ""
          ? (shared.get(si) ?? "anything")
          : t === "dataTable"
            ? "anything"
            : referencesOf(formula.text, names, tables);
      const own = ref !== undefined && t !== "shared" ? within(ref, cells) : [];
      return { sheet: name, cells: [...new Set([address, ...own])], references };
    });
  });
}

/** A shared formula is written once, and means other cells in each of its own. */
function wholeSheets(references: Formula["references"]): Formula["references"] {
  if (references === "anything") return references;
  return references.map(({ sheet }) => ({ sheet, first: { column: 1, row: 1 }, last: size }));
}

function within(ref: string, cells: Map<string, CellSpan>): string[] {
  const [first, last = first] = ref.split(":").map(parseCell);
  if (!first || !last) return [];
  return [...cells.keys()].filter((address) => {
    const at = parseCell(address);
    if (!at) return false;
    return at.column >= first.column && at.column <= last.column && at.row >= first.row && at.row <= last.row;
  });
}

function definedNames(parts: WorkbookParts): Map<string, string[]> {
  const names = new Map<string, string[]>();
  readSpans(parts.book, parts.text(parts.book) ?? "", ({ local, attributes, text }) => {
    if (local !== "definedName") return;
    const name = (attributes.name ?? "").toLowerCase();
    names.set(name, [...(names.get(name) ?? []), text]);
  });
  return names;
}

/** A sheet and `!`, then a cell or a range of cells, of columns or of rows; or a name that is no function's. */
const token =
  /(?:('(?:[^']|'')*'|[^\s'"!+\-*/^&=<>(),;:{}%#@$]+)!)?(?:\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?(?![\p{L}\p{N}_.(])|\$?([A-Z]{1,3}):\$?([A-Z]{1,3})(?![\p{L}\p{N}_.(])|\$?(\d{1,7}):\$?(\d{1,7})|([\p{L}_\\][\p{L}\p{N}_.\\?]*)(?![\p{L}\p{N}_.\\?]|\s*\())/giu;

function referencesOf(
  formula: string,
  names: Map<string, string[]>,
  tables: boolean,
  depth = 0,
): Reference[] | "anything" {
  const text = formula.replace(/"(?:[^"]|"")*"/g, '""');
  // Brackets are tables and other workbooks; a colon before a sheet's name is a row of sheets.
  if (text.length > longest || depth > 10 || /\b(?:INDIRECT|OFFSET|CELL|GETPIVOTDATA)\s*\(|\[|:[^!:]*!/i.test(text)) {
    return "anything";
  }
  const found: Reference[] = [];
  for (const [, quoted, c1 = "", r1 = "", c2 = c1, r2 = r1, from, to, top, bottom, name] of text.matchAll(token)) {
    const sheet = quoted?.replace(/^'|'$/g, "").replaceAll("''", "'");
    if (name !== undefined) {
      const meant = names.get(name.toLowerCase());
      if (!meant && tables && !/^(true|false)$/i.test(name)) return "anything";
      for (const each of meant ?? []) {
        const inner = referencesOf(each, names, tables, depth + 1);
        if (inner === "anything") return inner;
        found.push(...inner);
      }
      continue;
    }
    const [a, b] =
      from !== undefined
        ? [parseCell(`${from}1`.toUpperCase()), parseCell(`${to}${size.row}`.toUpperCase())]
        : top !== undefined
          ? [parseCell(`A${top}`), parseCell(`XFD${bottom}`)]
          : [parseCell(`${c1}${r1}`.toUpperCase()), parseCell(`${c2}${r2}`.toUpperCase())];
    if (a && b) found.push({ sheet, ...ordered(a, b) });
  }
  return found;
}

function ordered(a: Cell, b: Cell): { first: Cell; last: Cell } {
  return {
    first: { column: Math.min(a.column, b.column), row: Math.min(a.row, b.row) },
    last: { column: Math.max(a.column, b.column), row: Math.max(a.row, b.row) },
  };
}

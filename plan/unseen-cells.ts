import { contentText } from "./cell-value";
import type { Draft } from "./draft";
import { makeFinding, maskedSecret } from "./finding";
import type { FindingCode } from "./finding-text";
import type { FindingParams } from "./text/text";
import type { Workbook } from "./workbook";

interface ReadCell {
  path: string;
  sheet: string;
  cell: string;
  column: string;
  row: string;
}

/** What the reader sets by itself, from no cell of its own. */
const apart = new Set(["kind", "language"]);

/**
 * Says which of the cells that the plan was read from are hidden or struck out: people may have meant to take them
 * out, and what nobody sees, nobody looks at. One finding a row, column or sheet.
 */
export function reportUnseen(book: Workbook, draft: Draft): void {
  const said = new Set<string>();
  const struck = new Map<string, string[]>();
  const cells = readCells(draft);

  function report(code: FindingCode, by: keyof ReadCell, { sheet, ...at }: ReadCell, params: FindingParams = {}): void {
    const key = `${code} ${sheet} ${at[by as "row"]}`;
    if (said.has(key)) return;
    said.add(key);
    const row = cells.filter((each) => each.sheet === sheet && each.row === at.row);
    const named = row.find(({ path }) => path.endsWith(".name"));
    const name = named && contentText(book.content(sheet, named.cell));
    const cell = named && by === "row" ? named.cell : at.cell;
    const path = named && by === "row" ? named.path : at.path;
    const text = contentText(book.content(sheet, cell));
    const value = text !== undefined && path.endsWith("password") ? maskedSecret : text;
    const all = { row: at.row, column: at.column, ...(name && { name: name.slice(0, 60) }), ...params };
    draft.findings.push(makeFinding(code, { sheet, cell }, { value, params: all }));
  }

  for (const at of cells) {
    const look = book.look(at.sheet, at.cell);
    if (look.hidden) report(`${look.hidden}-hidden`, look.hidden, at);
    if (look.struck) {
      const key = `${at.sheet} ${at.row}`;
      struck.set(key, [...(struck.get(key) ?? []), at.cell]);
    }
  }
  for (const at of cells) {
    const list = struck.get(`${at.sheet} ${at.row}`);
    if (list) report("row-struck-out", "row", at, { cells: [...new Set(list)].join(", ") });
  }
}

function readCells(draft: Draft): ReadCell[] {
  return draft.placed().flatMap(([path, place]) => {
    if (!("cell" in place) || apart.has(path)) return [];
    const [, column = "", row = ""] = /^([A-Z]+)(\d+)$/.exec(place.cell) ?? [];
    return [{ path, sheet: place.sheet, cell: place.cell, column, row }];
  });
}

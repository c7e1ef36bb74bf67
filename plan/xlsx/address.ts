/** A cell by numbers from 1. */
export interface Cell {
  column: number;
  row: number;
}

/** "AB12" → column 28, row 12; undefined where it is no address. `$` signs are let pass. */
export function parseCell(address: string): Cell | undefined {
  const [, letters, digits] = /^\$?([A-Z]{1,3})\$?([1-9]\d{0,6})$/.exec(address) ?? [];
  if (letters === undefined) return undefined;
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  const row = Number(digits);
  // The size of a sheet: Excel specifications and limits.
  return column <= 16_384 && row <= 1_048_576 ? { column, row } : undefined;
}

/** The column's letters: 28 → "AB". */
export function columnName(column: number): string {
  const letter = String.fromCharCode(65 + ((column - 1) % 26));
  return column <= 26 ? letter : columnName(Math.floor((column - 1) / 26)) + letter;
}

/** First and last cell. */
export type Range = [first: Cell, last: Cell];

/** The ranges of a list such as "B3 C4:D9"; what is no range is left out. */
export function rangesOf(list: string): Range[] {
  return list.split(/\s+/).flatMap((range) => {
    const [first, last = first] = range.split(":").map(parseCell);
    return first && last ? [[first, last] as Range] : [];
  });
}

export function isIn(ranges: Range[], { column, row }: Cell): boolean {
  return ranges.some(
    ([first, last]) => column >= first.column && column <= last.column && row >= first.row && row <= last.row,
  );
}

/** Whether a cell lies within one of the ranges of a list such as "B3 C4:D9". */
export function isWithin(list: string, cell: Cell): boolean {
  return isIn(rangesOf(list), cell);
}

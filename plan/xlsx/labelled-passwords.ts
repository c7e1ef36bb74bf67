import { parseCell } from "./address";
import { decodeText } from "./cell-text";
import type { CellTexts } from "./set-cells";
import { SharedTexts } from "./shared-texts";
import { type CellSpan, scanSheet } from "./sheet-spans";
import type { WorkbookParts } from "./workbook-parts";

/** `密码`, `SSH 密码`, `root password` */
const label = /^[^\n]{0,16}(?:密码|口令|password)\s*[:：]?$/i;

/**
 * The cells to be blanked, and with them all that stands below a label that says password, on their sheets and on
 * copies of these (`主机规划 (2)`): in rows below the lists, in columns that were put in or moved.
 */
export function withLabelled(parts: WorkbookParts, cells: Map<string, CellTexts>): Map<string, CellTexts> {
  const all = new Map([...cells].map(([sheet, texts]) => [sheet, new Map(texts)]));
  if (cells.size === 0) return all;
  const strings = new SharedTexts(parts);
  for (const { name, part } of parts.sheets) {
    if (![...cells.keys()].some((sheet) => name.includes(sheet))) continue;
    const found = below(scanSheet(part, parts.text(part) ?? "", "filled").cells, strings);
    if (found.length === 0) continue;
    const texts = all.get(name) ?? new Map<string, string | undefined>();
    all.set(name, texts);
    for (const address of found) texts.set(address, undefined);
  }
  return all;
}

function below(cells: Map<string, CellSpan>, strings: SharedTexts): string[] {
  const labels = new Set<string>();
  /** The uppermost label of each column. */
  const from = new Map<number, number>();
  for (const [address, { type, value, inline, formula }] of cells) {
    const text = type === "s" ? strings.at(value)?.text : (inline ?? decodeText(value ?? ""));
    const at = parseCell(address);
    if (!at || formula || !text || !label.test(text.trim())) continue;
    labels.add(address);
    from.set(at.column, Math.min(at.row, from.get(at.column) ?? at.row));
  }
  return [...cells.keys()].filter((address) => {
    const at = parseCell(address);
    const first = at && from.get(at.column);
    return first !== undefined && at !== undefined && at.row > first && !labels.has(address);
  });
}

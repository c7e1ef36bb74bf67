import type { Content } from "./content";
import { columnName, parseCell } from "./xlsx/address";

/** Looks up another cell; `sheet` is undefined for the formula's own sheet. */
type CellLookup = (sheet: string | undefined, cell: string) => Content;

const reference = /^(?:'?([^'!"&()]+)'?!)?\$?([A-Z]{1,3})\$?(\d{1,7})$/;

/** Excel specifications and limits: characters in a cell. */
const longest = 32_767;

/**
 * Evaluates what the planning workbook computes: a reference to a cell, texts and cells joined by &, and
 * `IF(ISNUMBER(Q3),Q3+1,"")`. The vendor's file holds no cached results, so a reader must. Gives undefined for any
 * other formula, or where a cell it takes cannot be told: a guess would be worse.
 */
export function evaluateFormula(formula: string, lookup: CellLookup): Content | undefined {
  const text = formula.replace(/^=/, "").trim();
  const single = refer(text, lookup);
  if (single) return single.kind === "formula" ? undefined : single;
  const next = /^IF\(ISNUMBER\((\$?[A-Z]{1,3}\$?\d{1,7})\),\s*\1\s*\+\s*1,\s*""\)$/.exec(text);
  if (next) {
    const cell = refer(next[1] ?? "", lookup);
    if (!cell || cell.kind === "formula") return undefined;
    return cell.kind === "number" ? { kind: "number", number: cell.number + 1 } : { kind: "blank" };
  }
  return joined(text, lookup);
}

function refer(text: string, lookup: CellLookup): Content | undefined {
  const match = reference.exec(text);
  return match ? lookup(match[1], `${match[2]}${match[3]}`) : undefined;
}

/** `文档描述!C15&"-"&文档描述!C16&"…"`: the titles of the sheets. */
function joined(formula: string, lookup: CellLookup): Content | undefined {
  const parts = formula.match(/"(?:[^"]|"")*"|[^"&]+|&/g) ?? [];
  if (parts.join("") !== formula || parts.length % 2 === 0) return undefined;
  let text = "";
  for (const [i, part] of parts.entries()) {
    if (i % 2 === 1) {
      if (part !== "&") return undefined;
      continue;
    }
    if (part.startsWith('"')) {
      text += part.slice(1, -1).replaceAll('""', '"');
      continue;
    }
    const cell = refer(part.trim(), lookup);
    if (!cell || cell.kind === "formula" || cell.kind === "other") return undefined;
    if (cell.kind === "text") text += cell.text;
    if (cell.kind === "number") text += String(cell.number);
    // Cells that join each other grow tenfold with each step.
    if (text.length > longest) return undefined;
  }
  return text.trim() === "" ? { kind: "blank" } : { kind: "text", text };
}

/**
 * A shared formula as it means in another cell of its range: references move along, but for the parts of them that `$`
 * holds. ECMA-376 part 1, 18.3.1.40.
 */
export function shiftedFormula(formula: string, columns: number, rows: number): string {
  const parts = /("(?:[^"]|"")*"|'(?:[^']|'')*')|(?<![\w.$])(\$?)([A-Z]{1,3})(\$?)(\d{1,7})(?![\w(!.])/g;
  return formula.replace(parts, (all, quoted, heldColumn, letters, heldRow, digits) => {
    if (quoted !== undefined) return all;
    const at = parseCell(`${letters}${digits}`);
    if (!at) return all;
    const column = columnName(Math.max(1, at.column + (heldColumn ? 0 : columns)));
    return `${heldColumn}${column}${heldRow}${Math.max(1, at.row + (heldRow ? 0 : rows))}`;
  });
}

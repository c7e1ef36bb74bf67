import { WorkbookProblem } from "../workbook-problem";
import { type Redaction, redactCells } from "./redact";
import { refuseSecrets } from "./search-copy";
import { setCells } from "./set-cells";
import { SharedTexts } from "./shared-texts";
import { type CellSpan, scanSheet } from "./sheet-spans";
import { isSamePart, openParts, relationsOf, type WorkbookParts } from "./workbook-parts";
import { readSpans, type Span, without } from "./xml-spans";

/** What becomes of a workbook's cells; all are named as Excel does: `主机规划!E19`. */
export interface CellPatch {
  /** Texts to be written. */
  cells: Record<string, string>;
  /** Cells to be blanked, so that nothing of what they hold is left in the file; see redact.ts. */
  redact?: readonly string[];
}

/**
 * A workbook with some cells written. Each sheet is the same but for these cells' elements, and every other part is
 * the very same: protection, editable ranges, lists, hidden sheets, formulas, pictures. Other parts change in two
 * cases only: a formula that gives way to a text takes the calculation chain along (Excel makes it anew), and a
 * redacted cell takes along whatever repeats what it held (redact.ts). The same input gives the same bytes.
 *
 * Throws ZipProblem and WorkbookProblem where the workbook, a sheet or a cell does not allow it, and where a redacted
 * text is left in the copy.
 */
export function patchWorkbook(bytes: Buffer, { cells, redact = [] }: CellPatch): Buffer {
  const parts = openParts(bytes);
  const redaction = redactInParts(parts, redact);
  let formulas = 0;
  for (const [name, texts] of bySheet(Object.entries(cells))) {
    const { part } = parts.sheet(name);
    const result = setCells(part, parts.text(part) ?? "", texts);
    parts.set(part, result.xml);
    formulas += result.formulas.length;
  }
  if (formulas > 0) dropCalculationChain(parts);
  const copy = parts.bytes();
  refuseSecrets(copy, redaction.finder);
  return copy;
}

/** Blanks cells in an opened workbook; what is then written must be searched (search-copy.ts). See `redact` above. */
export function redactInParts(parts: WorkbookParts, redact: readonly string[]): Redaction {
  const redaction = redactCells(parts, bySheet(redact.map((place) => [place, undefined])));
  if (redaction.formulas > 0) dropCalculationChain(parts);
  return redaction;
}

/** What cells show, by the names that were asked for: text or number as text; undefined where a cell is blank. */
export function readCells(bytes: Buffer, places: readonly string[]): Map<string, string | undefined> {
  const parts = openParts(bytes);
  const strings = new SharedTexts(parts);
  const found = new Map<string, string | undefined>();
  for (const [name, texts] of bySheet(places.map((place) => [place, undefined]))) {
    const { part } = parts.sheet(name);
    const { cells } = scanSheet(part, parts.text(part) ?? "", (address) => texts.has(address));
    for (const address of texts.keys()) found.set(`${name}!${address}`, shown(cells.get(address), strings));
  }
  return found;
}

function shown(cell: CellSpan | undefined, texts: SharedTexts): string | undefined {
  if (!cell) return undefined;
  if (cell.type === "inlineStr") return cell.inline || undefined;
  if (cell.type === "s") return texts.at(cell.value)?.text || undefined;
  return cell.value || undefined;
}

/** `主机规划!E19` → sheet and address. */
function bySheet(places: [place: string, text: string | undefined][]): Map<string, Map<string, string | undefined>> {
  const sheets = new Map<string, Map<string, string | undefined>>();
  for (const [place, text] of places) {
    const border = place.lastIndexOf("!");
    if (border < 1) throw new WorkbookProblem(`${place} names no cell`, "name sheet and cell, such as 主机规划!E19");
    const name = place.slice(0, border);
    const texts = sheets.get(name) ?? new Map<string, string | undefined>();
    sheets.set(name, texts.set(place.slice(border + 1), text));
  }
  return sheets;
}

/** One that names a cell without a formula makes Excel ask for a repair; none at all is made anew. */
function dropCalculationChain(parts: WorkbookParts): void {
  const chain = parts.relations(parts.book).find(({ type }) => type === "calcChain");
  if (!chain) return;
  parts.set(chain.target, undefined);
  const links = relationsOf(parts.book);
  parts.set(links, without(parts.text(links) ?? "", [chain.span]));
  const types: Span[] = [];
  const xml = parts.text("[Content_Types].xml") ?? "";
  readSpans("[Content_Types].xml", xml, (span) => {
    if (isSamePart(span.attributes.PartName ?? "", chain.target)) types.push(span);
  });
  parts.set("[Content_Types].xml", without(xml, types));
}

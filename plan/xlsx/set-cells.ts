import { WorkbookProblem } from "../workbook-problem";
import { columnName, isWithin, parseCell } from "./address";
import { encodeText } from "./cell-text";
import { type CellSpan, type SheetSpans, scanSheet } from "./sheet-spans";
import { prefixOf, type Span, type Splice, spliced, startTag } from "./xml-spans";

/** Texts by address; undefined blanks the cell where there is one. */
export type CellTexts = ReadonlyMap<string, string | undefined>;

/**
 * Writes cells into a sheet's XML by their own elements: what stands around them stays as it is, byte for byte. Style
 * and address stay, a formula goes; texts are put inline, so that the shared strings stay as they are. `dimension` is
 * left alone: it is a hint that no reader relies on, and the cells lie within the sheet's. Throws WorkbookProblem for
 * a cell that a merge hides, or one of a formula that other cells share.
 *
 * @returns the XML, and the addresses whose formula went
 */
export function setCells(part: string, xml: string, texts: CellTexts): { xml: string; formulas: string[] } {
  const sheet = scanSheet(part, xml, (address) => texts.has(address));
  const data = sheet.data;
  if (!data) throw new WorkbookProblem(`its part ${part} is no sheet of cells`, "save it again in Excel");
  const changes: Splice[] = [];
  const formulas: string[] = [];
  /** What goes into rows that are there or are not, by row and column. */
  const added = new Map<number, Map<number, string>>();

  for (const [address, text] of texts) {
    const at = parseCell(address);
    if (!at) throw new WorkbookProblem(`${address} is no cell`, "name a cell such as E19");
    const cell = sheet.cells.get(address);
    if (text === undefined) {
      if (cell) changes.push(replaced(address, cell, undefined, formulas));
      continue;
    }
    const merge = sheet.merges.find((range) => isWithin(range, at) && range.split(":")[0] !== address);
    if (merge) {
      const first = merge.split(":")[0];
      throw new WorkbookProblem(`cell ${address} is hidden by the merged cells ${merge}`, `name ${first}`);
    }
    if (cell) changes.push(replaced(address, cell, text, formulas));
    else {
      const columns = added.get(at.row) ?? new Map<number, string>();
      added.set(at.row, columns.set(at.column, cellXml(prefixOf(data), { r: address }, text)));
    }
  }
  for (const [row, columns] of [...added].sort(([a], [b]) => a - b))
    changes.push(...insertion(sheet, data, row, columns));
  return { xml: spliced(xml, merged(changes)), formulas };
}

function replaced(address: string, { span, formula }: CellSpan, text: string | undefined, formulas: string[]): Splice {
  const { t: _type, cm: _cellMetadata, vm: _valueMetadata, ...attributes } = span.attributes;
  if (formula) {
    const { t, ref } = formula.attributes;
    if (ref !== undefined || t === "array" || t === "dataTable") {
      throw new WorkbookProblem(
        `the formula of cell ${address} is shared with other cells`,
        "type a formula of its own into each of them, or a value",
      );
    }
    formulas.push(address);
  }
  return { from: span.from, to: span.to, text: cellXml(prefixOf(span), attributes, text) };
}

function cellXml(prefix: string, attributes: Record<string, string>, text: string | undefined): string {
  const name = `${prefix}c`;
  if (text === undefined || text === "") return startTag(name, attributes, true);
  const inline = `<${prefix}is><${prefix}t xml:space="preserve">${encodeText(text)}</${prefix}t></${prefix}is>`;
  return `${startTag(name, { ...attributes, t: "inlineStr" })}${inline}</${name}>`;
}

/** Puts cells into a row, or a row of them into the sheet, each in its order. */
function insertion({ rows }: SheetSpans, data: Span, number: number, columns: Map<number, string>): Splice[] {
  const sorted = [...columns].sort(([a], [b]) => a - b);
  const row = rows.find((each) => each.number === number);
  if (!row) {
    const name = `${prefixOf(data)}row`;
    const xml = `${startTag(name, { r: String(number) })}${sorted.map(([, cell]) => cell).join("")}</${name}>`;
    const next = rows.find((each) => each.number > number);
    return [next ? { from: next.span.from, to: next.span.from, text: xml } : appended(data, xml)];
  }
  const widened = spans(
    row.span,
    sorted.map(([column]) => column),
  );
  if (row.span.empty) return [appended(row.span, sorted.map(([, cell]) => cell).join(""), widened)];
  const before = sorted.map(([column, text]) => {
    const from = row.cells.find((cell) => cell.column > column)?.from ?? row.span.innerEnd;
    return { from, to: from, text };
  });
  if (!widened) return before;
  return [{ from: row.span.from, to: row.span.inner, text: startTag(row.span.name, widened) }, ...before];
}

/** What comes last within an element, which may be empty (`<row/>`). */
function appended(span: Span, xml: string, attributes?: Record<string, string>): Splice {
  if (!span.empty) return { from: span.innerEnd, to: span.innerEnd, text: xml };
  const text = `${startTag(span.name, attributes ?? span.attributes)}${xml}</${span.name}>`;
  return { from: span.from, to: span.to, text };
}

/** Attributes of a row whose `spans`, where it has them, leave out one of its new cells. */
function spans(row: Span, columns: number[]): Record<string, string> | undefined {
  const stated = row.attributes.spans;
  if (!stated) return undefined;
  const bounds = stated.split(/[\s:]+/).map(Number);
  const [first, last] = [Math.min(...bounds, ...columns), Math.max(...bounds, ...columns)];
  const fits = columns.every((column) => isWithin(ranged(stated), { column, row: 1 }));
  return fits ? undefined : { ...row.attributes, spans: `${first}:${last}` };
}

/** "1:5 8:9" → "A1:E1 H1:I1" */
function ranged(stated: string): string {
  return stated.replace(
    /(\d+):(\d+)/g,
    (_, first, last) => `${columnName(Number(first))}1:${columnName(Number(last))}1`,
  );
}

/** Several insertions at the end of an empty element are one: each of them would write its tags. */
function merged(changes: Splice[]): Splice[] {
  const result: Splice[] = [];
  for (const change of changes) {
    const same = result.find(({ from, to }) => from === change.from && to === change.to && from !== to);
    if (!same) result.push({ ...change });
    else {
      // `<a>x</a>` and `<a>y</a>` in place of the same `<a/>`.
      const end = same.text.lastIndexOf("</");
      const inner = change.text.slice(change.text.indexOf(">") + 1, change.text.lastIndexOf("</"));
      same.text = same.text.slice(0, end) + inner + same.text.slice(end);
    }
  }
  return result;
}

import { WorkbookProblem } from "../workbook-problem";
import { isWithin, parseCell } from "./address";
import { decodeText, encodeText } from "./cell-text";
import { addContentType, addRelation, appendTo, contentTypes, freePart, namespaces, newPart } from "./package-edit";
import { scanSheet } from "./sheet-spans";
import type { SheetPart, WorkbookParts } from "./workbook-parts";
import { escapeXml, prefixOf, readSpans, type Span, type Splice, spliced } from "./xml-spans";

const author = "Sitewright";

/**
 * Puts notes on cells of a sheet. A note is a comment (ECMA-376 part 1, 18.7) and a shape that shows it (part 4, 19.4:
 * Excel drops a comment without one). Notes that stand there stay; on their cells ours are put below theirs. One on a
 * cell that a merge hides goes to the merge's first cell. Excel makes the notes of threaded comments anew from
 * elsewhere, so that nothing can be added to them.
 *
 * @returns the cells that got no note
 */
export function addNotes(parts: WorkbookParts, sheet: SheetPart, notes: ReadonlyMap<string, string>): string[] {
  const { merges } = scanSheet(sheet.part, parts.text(sheet.part) ?? "", () => false);
  const wanted = new Map<string, string>();
  for (const [address, text] of notes) {
    const at = parseCell(address);
    if (!at) throw new WorkbookProblem(`${address} is no cell`, "name a cell such as E19");
    const merge = merges.find((range) => isWithin(range, at));
    const place = merge?.split(":")[0] ?? address;
    wanted.set(place, wanted.has(place) ? `${wanted.get(place)}\n\n${text}` : text);
  }
  const relations = parts.relations(sheet.part);
  const comments = relations.find(({ type }) => type === "comments")?.target ?? createComments(parts, sheet);
  const threaded = relations.some(({ type }) => type === "threadedComment");
  const { added, refused } = addComments(parts, comments, wanted, threaded);
  if (added.length > 0) addShapes(parts, sheet, added);
  return refused;
}

function createComments(parts: WorkbookParts, sheet: SheetPart): string {
  const part = freePart(parts, "xl/comments", "xml");
  parts.set(
    part,
    newPart(`<comments xmlns="${namespaces.main}"><authors></authors><commentList></commentList></comments>`),
  );
  addContentType(parts, { part }, contentTypes.comments);
  addRelation(parts, sheet.part, "comments", part);
  return part;
}

/** Writes the comments; gives the cells that had none before, and those whose comment takes no more. */
function addComments(parts: WorkbookParts, part: string, notes: Map<string, string>, threaded: boolean) {
  const xml = parts.text(part) ?? "";
  let authors = 0;
  let ours: number | undefined;
  const stands = new Map<string, Span>();
  readSpans(part, xml, (span) => {
    if (span.local === "author") {
      if (span.text === author) ours ??= authors;
      authors += 1;
    }
    if (span.local === "text" && span.parent?.local === "comment") stands.set(span.parent.attributes.ref ?? "", span);
  });
  const added: string[] = [];
  const refused: string[] = [];
  const changes: Splice[] = [];
  for (const [address, note] of notes) {
    const text = stands.get(address);
    if (!text) added.push(address);
    else if (threaded) refused.push(address);
    else changes.push(...extended(part, xml, text, note));
  }
  parts.set(part, spliced(xml, changes));
  if (added.length === 0) return { added, refused };
  if (ours === undefined) {
    appendTo(parts, part, "authors", (prefix) => `<${prefix}author>${author}</${prefix}author>`);
  }
  appendTo(parts, part, "commentList", (prefix) =>
    added
      .map((address) => {
        const run = runOf(prefix, notes.get(address) ?? "");
        return `<${prefix}comment ref="${address}" authorId="${ours ?? authors}"><${prefix}text>${run}</${prefix}text></${prefix}comment>`;
      })
      .join(""),
  );
  return { added, refused };
}

/**
 * Takes the notes of addNotes out of a sheet again: comments of our own with their shapes, and what was put below
 * somebody else's.
 * @param begins matches a note's text from its beginning to its end
 */
export function removeNotes(parts: WorkbookParts, sheet: SheetPart, begins: RegExp): void {
  const part = parts.relations(sheet.part).find(({ type }) => type === "comments")?.target;
  const xml = part && parts.text(part);
  if (!part || !xml) return;
  const authors: string[] = [];
  const whole: Span[] = [];
  const runs: Span[] = [];
  const changes: Splice[] = [];
  const below = new RegExp(`\\n\\n${begins.source}[^]*$`);
  readSpans(part, xml, (span) => {
    if (span.local === "author") authors.push(span.text);
    if (span.local === "comment" && authors[Number(span.attributes.authorId)] === author) whole.push(span);
    const text = decodeText(span.text);
    if (span.local !== "t" || !below.test(text)) return;
    const rest = text.replace(below, "");
    if (span.parent?.local === "r" && rest === "") runs.push(span.parent);
    else changes.push({ from: span.inner, to: span.innerEnd, text: encodeText(rest) });
  });
  const cut = [...whole, ...runs.filter((run) => !whole.some(({ from, to }) => run.from >= from && run.to <= to))];
  const outside = changes.filter(({ from }) => !whole.some((each) => from >= each.from && from < each.to));
  parts.set(part, spliced(xml, [...outside, ...cut.map(({ from, to }) => ({ from, to, text: "" }))]));
  const drawing = drawingOf(parts, sheet);
  if (drawing) parts.set(drawing, withoutShapes(parts.text(drawing) ?? "", whole));
}

/** A drawing without the shapes of some comments. Its text is not parsed; see addShapes. */
function withoutShapes(xml: string, comments: Span[]): string {
  const cells = new Set(
    comments.map(({ attributes }) => {
      const { row, column } = parseCell(attributes.ref ?? "") ?? { row: 0, column: 0 };
      return `${row - 1} ${column - 1}`;
    }),
  );
  let result = "";
  let at = 0;
  for (let from = xml.indexOf("<v:shape "); from >= 0; from = xml.indexOf("<v:shape ", at)) {
    const end = xml.indexOf("</v:shape>", from);
    if (end < 0) break;
    const to = end + "</v:shape>".length;
    const shape = xml.slice(from, to);
    const cell = `${/<x:Row>\s*(\d+)/.exec(shape)?.[1]} ${/<x:Column>\s*(\d+)/.exec(shape)?.[1]}`;
    result += xml.slice(at, cells.has(cell) ? from : to);
    at = to;
  }
  return result + xml.slice(at);
}

/** A comment's text is either plain or runs: plain text becomes a run, and ours is another. */
function extended(part: string, xml: string, text: Span, note: string): Splice[] {
  const prefix = prefixOf(text);
  let plain: Span | undefined;
  let end = text.inner;
  readSpans(part, xml, (span) => {
    if (span.parent?.from !== text.from) return;
    if (span.local === "t") plain = span;
    if (span.local === "t" || span.local === "r") end = span.to;
  });
  const ours = runOf(prefix, `\n\n${note}`);
  if (text.empty) return [{ from: text.from, to: text.to, text: `<${text.name}>${ours}</${text.name}>` }];
  const changes: Splice[] = plain
    ? [
        { from: plain.from, to: plain.from, text: `<${prefix}r>` },
        { from: plain.to, to: plain.to, text: `</${prefix}r>` },
      ]
    : [];
  return [...changes, { from: end, to: end, text: ours }];
}

function runOf(prefix: string, text: string): string {
  return `<${prefix}r><${prefix}t xml:space="preserve">${encodeText(text)}</${prefix}t></${prefix}r>`;
}

const vml =
  'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel"';
const shapeType = `<v:shapetype ${vml} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>`;

/** Adds shapes to the sheet's drawing of old. Its text is not parsed: Excel itself writes `<br>` into it. */
function addShapes(parts: WorkbookParts, sheet: SheetPart, cells: string[]): void {
  const part = drawingOf(parts, sheet) ?? createDrawing(parts, sheet);
  const xml = parts.text(part) ?? "";
  const end = xml.lastIndexOf("</xml>");
  if (end < 0) throw new WorkbookProblem(`its part ${part} is no drawing of notes`, "save it again in Excel");
  const ids = [...xml.matchAll(/_x0000_s(\d+)/g)].map((match) => Number(match[1]));
  // Ids come in blocks of 1024, which `idmap` reserves for a sheet.
  const block = Number(/idmap\b[^>]*?data="(\d+)/.exec(xml)?.[1] ?? 1);
  const first = Math.max(block * 1024, ...ids) + 1;
  const shapes = cells.map((address, index) => shapeOf(first + index, address)).join("");
  const type = xml.includes('"_x0000_t202"') ? "" : shapeType;
  parts.set(part, xml.slice(0, end) + type + shapes + xml.slice(end));
}

function drawingOf(parts: WorkbookParts, sheet: SheetPart): string | undefined {
  const { children } = scanSheet(sheet.part, parts.text(sheet.part) ?? "", () => false);
  const link = children.find(({ local }) => local === "legacyDrawing");
  const id = Object.entries(link?.attributes ?? {}).find(([name]) => name.endsWith(":id"))?.[1];
  return parts.relations(sheet.part).find((relation) => id !== undefined && relation.id === id)?.target;
}

/** What may stand behind `legacyDrawing` in a sheet (CT_Worksheet, 18.3.1.99). */
const behind = new Set(
  "legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst AlternateContent".split(" "),
);

function createDrawing(parts: WorkbookParts, sheet: SheetPart): string {
  const part = freePart(parts, "xl/drawings/vmlDrawing", "vml");
  const block = parts.sheets.indexOf(sheet) + 1;
  parts.set(
    part,
    `<xml ${vml}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="${block}"/></o:shapelayout></xml>`,
  );
  addContentType(parts, { extension: "vml" }, contentTypes.vml);
  const id = addRelation(parts, sheet.part, "vmlDrawing", part);
  const xml = parts.text(sheet.part) ?? "";
  const { root, children } = scanSheet(sheet.part, xml, () => false);
  if (!root) return part;
  const after = children.filter((child) => child.local === "sheetData").at(-1);
  const at =
    children.find((child) => behind.has(child.local) && child.from > (after?.from ?? 0))?.from ?? root.innerEnd;
  const link = `<${prefixOf(root)}legacyDrawing xmlns:r="${namespaces.relations}" r:id="${escapeXml(id)}"/>`;
  parts.set(sheet.part, spliced(xml, [{ from: at, to: at, text: link }]));
  return part;
}

/** A hidden box right of the cell, five columns wide and eight rows high. */
function shapeOf(id: number, address: string): string {
  const { column, row } = parseCell(address) ?? { column: 1, row: 1 };
  const anchor = [column, 15, Math.max(0, row - 2), 10, column + 4, 15, row + 7, 4].join(", ");
  return `<v:shape ${vml} id="_x0000_s${id}" type="#_x0000_t202" style="position:absolute;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>${anchor}</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>${row - 1}</x:Row><x:Column>${column - 1}</x:Column></x:ClientData></v:shape>`;
}

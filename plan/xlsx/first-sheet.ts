import { addContentType, addRelation, contentTypes, freePart, namespaces, newPart } from "./package-edit";
import { isSamePart, relationsOf, type SheetPart, type WorkbookParts } from "./workbook-parts";
import { escapeXml, prefixOf, readSpans, type Span, type Splice, spliced, startTag, without } from "./xml-spans";

/** Adds a worksheet before the others, which a program then opens the workbook at. */
export function addFirstSheet(parts: WorkbookParts, name: string, xml: string): void {
  const part = freePart(parts, "xl/worksheets/sheet", "xml");
  parts.set(part, newPart(xml));
  addContentType(parts, { part }, contentTypes.worksheet);
  const id = addRelation(parts, parts.book, "worksheet", part);
  const sheetId = Math.max(0, ...parts.sheets.map(({ span }) => Number(span.attributes.sheetId) || 0)) + 1;
  const [first] = parts.sheets;
  const at = first?.span.from ?? 0;
  const prefix = first ? prefixOf(first.span) : "";
  const sheet = `<${prefix}sheet xmlns:r="${namespaces.relations}" name="${escapeXml(name)}" sheetId="${sheetId}" r:id="${id}"/>`;
  const book = parts.text(parts.book) ?? "";
  parts.set(parts.book, spliced(book, [...countedFrom(parts, 0, 1), { from: at, to: at, text: sheet }]));
  // Sheets that are chosen together take each what is typed into one of them.
  for (const other of parts.sheets) unchoose(parts, other.part);
}

/** Takes a worksheet out, and what says that it is there. */
export function removeSheet(parts: WorkbookParts, sheet: SheetPart): void {
  const book = parts.text(parts.book) ?? "";
  const { from, to } = sheet.span;
  parts.set(
    parts.book,
    spliced(book, [...countedFrom(parts, parts.sheets.indexOf(sheet) + 1, -1), { from, to, text: "" }]),
  );
  const links = relationsOf(parts.book);
  const relations = parts.relations(parts.book).filter(({ target }) => isSamePart(target, sheet.part));
  parts.set(
    links,
    without(
      parts.text(links) ?? "",
      relations.map(({ span }) => span),
    ),
  );
  const types: Span[] = [];
  readSpans("[Content_Types].xml", parts.text("[Content_Types].xml") ?? "", (span) => {
    if (isSamePart(span.attributes.PartName ?? "", sheet.part)) types.push(span);
  });
  parts.set("[Content_Types].xml", without(parts.text("[Content_Types].xml") ?? "", types));
  if (parts.has(relationsOf(sheet.part))) parts.set(relationsOf(sheet.part), undefined);
  parts.set(sheet.part, undefined);
}

/** What names a sheet by its place among the others: the view, and names that hold on one sheet (18.2.5, 18.2.30). */
function countedFrom(parts: WorkbookParts, first: number, by: number): Splice[] {
  const changes: Splice[] = [];
  readSpans(parts.book, parts.text(parts.book) ?? "", ({ local, name, attributes, from, inner, empty }) => {
    const { localSheetId } = attributes;
    let next: Record<string, string> | undefined;
    if (local === "workbookView") next = { ...attributes, activeTab: "0", firstSheet: "0" };
    if (local === "definedName" && localSheetId !== undefined && Number(localSheetId) >= first) {
      next = { ...attributes, localSheetId: String(Number(localSheetId) + by) };
    }
    if (next) changes.push({ from, to: inner, text: startTag(name, next, empty) });
  });
  return changes;
}

function unchoose(parts: WorkbookParts, part: string): void {
  const xml = parts.text(part) ?? "";
  if (!xml.includes("tabSelected")) return;
  const changes: Splice[] = [];
  readSpans(part, xml, ({ local, name, attributes, from, inner, empty }) => {
    if (local !== "sheetView" || attributes.tabSelected === undefined) return;
    const { tabSelected: _chosen, ...others } = attributes;
    changes.push({ from, to: inner, text: startTag(name, others, empty) });
  });
  parts.set(part, spliced(xml, changes));
}

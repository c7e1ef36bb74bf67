import { posix } from "node:path";
import { namespaces } from "./namespaces";
import { relationsOf, type WorkbookParts } from "./workbook-parts";
import { escapeXml, prefixOf, readSpans, type Span, spliced } from "./xml-spans";

export { namespaces };

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** A new part as it is written. */
export function newPart(xml: string): string {
  return head + xml;
}

/** A name that no part has, of the form that Excel gives: `xl/comments1.xml`. Some readers know parts by it. */
export function freePart(parts: WorkbookParts, stem: string, extension: string): string {
  for (let number = 1; ; number++) {
    const name = `${stem}${number}.${extension}`;
    if (!parts.has(name)) return name;
  }
}

/** Puts XML last into an element of a part. */
export function appendTo(parts: WorkbookParts, part: string, local: string, inner: (prefix: string) => string): void {
  const xml = parts.text(part) ?? "";
  let found: Span | undefined;
  readSpans(part, xml, (span) => {
    if (span.local === local) found ??= span;
  });
  if (!found) return;
  const prefix = prefixOf(found);
  const { from, to, innerEnd, empty, name, inner: begin } = found;
  const change = empty
    ? { from, to, text: `${xml.slice(from, begin).replace(/\s*\/>$/, ">")}${inner(prefix)}</${name}>` }
    : { from: innerEnd, to: innerEnd, text: inner(prefix) };
  parts.set(part, spliced(xml, [change]));
}

/** Relates a part to another; gives the id. `type` is the last word of an office relationship's type. */
export function addRelation(parts: WorkbookParts, part: string, type: string, target: string): string {
  const file = relationsOf(part);
  const ids = new Set(parts.relations(part).map(({ id }) => id));
  let number = 1;
  while (ids.has(`sitewright${number}`)) number++;
  const id = `sitewright${number}`;
  if (parts.text(file) === undefined) {
    parts.set(file, newPart('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'));
  }
  const path = posix.relative(posix.dirname(part), target);
  appendTo(
    parts,
    file,
    "Relationships",
    (prefix) =>
      `<${prefix}Relationship Id="${id}" Type="${namespaces.relations}/${type}" Target="${escapeXml(path)}"/>`,
  );
  return id;
}

/** Says what a part is; or, with an extension in its place, what all parts of it are, unless that is said already. */
export function addContentType(parts: WorkbookParts, of: { part: string } | { extension: string }, type: string): void {
  const file = "[Content_Types].xml";
  if ("extension" in of) {
    let said = false;
    readSpans(file, parts.text(file) ?? "", ({ local, attributes }) => {
      said ||= local === "Default" && attributes.Extension?.toLowerCase() === of.extension;
    });
    if (said) return;
  }
  const xml = (prefix: string) =>
    "part" in of
      ? `<${prefix}Override PartName="/${escapeXml(of.part)}" ContentType="${type}"/>`
      : `<${prefix}Default Extension="${of.extension}" ContentType="${type}"/>`;
  appendTo(parts, file, "Types", xml);
}

const spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml";

export const contentTypes = {
  worksheet: `${spreadsheet}.worksheet+xml`,
  comments: `${spreadsheet}.comments+xml`,
  styles: `${spreadsheet}.styles+xml`,
  vml: "application/vnd.openxmlformats-officedocument.vmlDrawing",
};

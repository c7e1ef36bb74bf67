import { addContentType, addRelation, contentTypes, namespaces, newPart } from "./package-edit";
import type { WorkbookParts } from "./workbook-parts";
import { prefixOf, readSpans, type Span, spliced, startTag } from "./xml-spans";

/** What stands behind each list of formats in a stylesheet (CT_Stylesheet, ECMA-376 part 1, 18.8.39). */
const order = "numFmts fonts fills borders cellStyleXfs cellXfs cellStyles dxfs tableStyles colors extLst".split(" ");

/**
 * Adds a format to a list of the workbook's formats, unless it is there already; the others keep their numbers.
 * @param xml the element, its names without a prefix
 * @returns its number
 */
export function addFormat(parts: WorkbookParts, list: "dxfs" | "cellXfs", xml: string): number {
  const part = parts.related("styles") ?? createStyles(parts);
  const styles = parts.text(part) ?? "";
  let root: Span | undefined;
  let found: Span | undefined;
  const entries: Span[] = [];
  const children: Span[] = [];
  readSpans(part, styles, (span) => {
    if (!span.parent) root = span;
    else if (!span.parent.parent) children.push(span);
    if (span.local === list && span.parent && !span.parent.parent) found = span;
    if (span.parent?.local === list && !span.parent.parent?.parent) entries.push(span);
  });
  if (!root) return 0;
  const written = prefixed(xml, prefixOf(root));
  const standing = entries.findIndex(({ from, to }) => styles.slice(from, to) === written);
  if (standing >= 0) return standing;
  const name = `${prefixOf(root)}${list}`;
  if (!found || found.empty) {
    const behind = children.find(({ local }) => order.indexOf(local) > order.indexOf(list));
    const at = behind?.from ?? root.innerEnd;
    const place = found ?? { from: at, to: at };
    const text = `${startTag(name, { count: "1" })}${written}</${name}>`;
    parts.set(part, spliced(styles, [{ from: place.from, to: place.to, text }]));
    return 0;
  }
  const attributes = { ...found.attributes, count: String(entries.length + 1) };
  parts.set(
    part,
    spliced(styles, [
      { from: found.from, to: found.inner, text: startTag(found.name, attributes) },
      { from: found.innerEnd, to: found.innerEnd, text: written },
    ]),
  );
  return entries.length;
}

function prefixed(xml: string, prefix: string): string {
  return xml.replace(/<(\/?)(?=\w)/g, `<$1${prefix}`);
}

function createStyles(parts: WorkbookParts): string {
  const part = "xl/styles.xml";
  const plain = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>';
  parts.set(
    part,
    newPart(
      `<styleSheet xmlns="${namespaces.main}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1">${plain}</cellStyleXfs><cellXfs count="1">${plain}</cellXfs></styleSheet>`,
    ),
  );
  addContentType(parts, { part }, contentTypes.styles);
  addRelation(parts, parts.book, "styles", part);
  return part;
}

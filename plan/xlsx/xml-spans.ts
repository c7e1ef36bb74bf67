import { SaxesParser } from "saxes";
import { WorkbookProblem } from "../workbook-problem";
import { isRelations } from "./namespaces";

/** An element and where it stands in the text of its part, so that it can be cut out or replaced and nothing else. */
export interface Span {
  /** As written, with its prefix. */
  name: string;
  local: string;
  /** Namespace. */
  uri: string;
  /** Attributes by their names as written, decoded. */
  attributes: Record<string, string>;
  /** The id of the relationship that it names (`r:id`), whatever prefix that has. */
  relation: string | undefined;
  parent: Span | undefined;
  /** From `<` of the start tag … */
  from: number;
  /** … to behind its `>` … */
  inner: number;
  /** … the `<` of the end tag (where `inner` is, in `<a/>`) … */
  innerEnd: number;
  /** … and behind the end tag's `>`. */
  to: number;
  /** `<a/>` */
  empty: boolean;
  /** Text directly within, decoded. */
  text: string;
}

/** How deep elements may lie within each other; a workbook's own lie within a dozen. */
const deepest = 200;

/**
 * Reads the text of an XML part and hands out each element: as it ends, and before that as it starts, while what
 * lies within is not known yet. Throws WorkbookProblem where it is no well-formed XML.
 */
export function readSpans(
  part: string,
  xml: string,
  onEnd: (span: Span) => void,
  onStart: (span: Span) => void = () => {},
): void {
  // No program writes one into a workbook; it is how entities are made that unfold without end.
  if (xml.includes("<!DOCTYPE")) {
    throw new WorkbookProblem(`its part ${part} has a document type declaration`, "save it again in Excel");
  }
  const parser = new SaxesParser({ xmlns: true });
  const open: Span[] = [];
  let from = 0;
  parser.on("opentagstart", () => {
    // Told behind the name, in which no "<" can stand.
    from = xml.lastIndexOf("<", parser.position - 1);
  });
  parser.on("opentag", (tag) => {
    const inner = parser.position;
    const attributes: Record<string, string> = {};
    let relation: string | undefined;
    for (const { name, local, uri, value } of Object.values(tag.attributes)) {
      attributes[name] = value;
      if (local === "id" && isRelations(uri)) relation = value;
    }
    const span: Span = {
      name: tag.name,
      local: tag.local,
      uri: tag.uri,
      attributes,
      relation,
      parent: open.at(-1),
      from,
      inner,
      innerEnd: inner,
      to: inner,
      empty: tag.isSelfClosing,
      text: "",
    };
    if (open.length >= deepest) {
      throw new WorkbookProblem(`its part ${part} has elements within elements without end`, "save it again in Excel");
    }
    open.push(span);
    onStart(span);
  });
  const addText = (text: string) => {
    const at = open.at(-1);
    if (at) at.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const span = open.pop();
    if (!span) return;
    span.to = parser.position;
    if (!span.empty) span.innerEnd = xml.lastIndexOf("<", parser.position - 1);
    onEnd(span);
  });
  parser.on("error", (error) => {
    throw new WorkbookProblem(`its part ${part} is damaged (${error.message})`, "save it again in Excel or WPS");
  });
  parser.write(xml).close();
}

/** A change of a text: what stands from `from` to `to` gives way to `text`. */
export interface Splice {
  from: number;
  to: number;
  text: string;
}

/** Carries out changes that do not overlap; what is put in at one place keeps its order. */
export function spliced(xml: string, changes: Splice[]): string {
  let at = 0;
  let result = "";
  for (const { from, to, text } of [...changes].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < at) throw new Error("two changes of one part overlap");
    result += xml.slice(at, from) + text;
    at = to;
  }
  return result + xml.slice(at);
}

/** The text with some elements cut out. */
export function without(xml: string, spans: Span[]): string {
  return spliced(
    xml,
    spans.map(({ from, to }) => ({ from, to, text: "" })),
  );
}

/** Text or an attribute's value as XML. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** A start tag written from its name and attributes. */
export function startTag(name: string, attributes: Record<string, string>, empty = false): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  return `<${name}${written.join("")}${empty ? "/" : ""}>`;
}

/** The prefix of an element's name, colon included: what new elements of its namespace are written with. */
export function prefixOf(span: Span): string {
  return span.name.slice(0, span.name.length - span.local.length);
}

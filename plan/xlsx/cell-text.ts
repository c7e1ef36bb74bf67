import { WorkbookProblem } from "../workbook-problem";
import { escapeXml, readSpans, type Span } from "./xml-spans";

/** Excel specifications and limits: characters in a cell. */
const longest = 32_767;

/**
 * A text as a cell keeps it: what XML has no sign for is written `_xHHHH_`, and so is what would be taken for such a
 * sign. Source: ECMA-376 part 1, 22.9.2.19 (ST_Xstring). Throws WorkbookProblem where it is too long for a cell.
 */
export function encodeText(text: string): string {
  if (text.length > longest) {
    throw new WorkbookProblem(
      `a cell holds ${longest} characters, and ${text.length} were to be written`,
      "shorten it",
    );
  }
  const code = (sign: string) => `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`;
  return text
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, code)
    .replace(/[^\t\n\x20-\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, code)
    .replace(/[&<>\t\n]/g, escapeXml);
}

/** The text that a cell's `_xHHHH_` signs stand for. */
export function decodeText(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** What a string element says. */
export interface CellText {
  text: string;
  /** Whether some of its runs are struck out. */
  struck: boolean;
}

/** Puts the text of `<t>` elements together: plain, or run by run; phonetic hints (rPh) are none of it. */
export function createTextCollector(container: "si" | "is" | "text") {
  const texts = new Map<Span, CellText>();

  function of(span: Span): CellText | undefined {
    for (let at = span.parent; at && at.local !== "rPh"; at = at.parent) {
      if (at.local !== container) continue;
      const found = texts.get(at) ?? { text: "", struck: false };
      texts.set(at, found);
      return found;
    }
    return undefined;
  }

  return {
    /** To be told of each element as it ends. Gives the text when it is the container that ends. */
    end(span: Span): CellText | undefined {
      const within = span.local === "t" || span.local === "strike" ? of(span) : undefined;
      if (within && span.local === "t") within.text += span.text;
      if (within && span.local === "strike") within.struck ||= isOn(span.attributes.val ?? "1");
      if (span.local !== container) return undefined;
      const { text, struck } = texts.get(span) ?? { text: "", struck: false };
      texts.delete(span);
      return { text: decodeText(text), struck };
    },
  };
}

/** A truth value as XML Schema writes it. */
export function isOn(value: string | undefined): boolean {
  return value === "1" || value === "true" || value === "on";
}

/** The texts of the shared strings and where each stands. */
export function sharedStrings(part: string, xml: string | undefined): (CellText & { span: Span })[] {
  const found: (CellText & { span: Span })[] = [];
  const collector = createTextCollector("si");
  if (xml !== undefined) {
    readSpans(part, xml, (span) => {
      const text = collector.end(span);
      if (text !== undefined) found.push({ ...text, span });
    });
  }
  return found;
}

import { decodeText } from "./cell-text";
import { readSpans, type Span } from "./xml-spans";

/** Elements whose text is one text, however many runs it is parted into: of tables, cells, comments and drawings. */
const containers = new Set(["si", "is", "text", "p"]);

/** Runs that make one text, in order; the text is as cells write it (cell-text.ts). */
interface Runs {
  runs: Span[];
  text: string;
}

/** All elements of a part, and the texts that are parted into runs. Throws WorkbookProblem where it is no XML. */
export function wordsOf(part: string, xml: string): { spans: Span[]; parted: Runs[] } {
  const spans: Span[] = [];
  const parted = new Map<Span, Runs>();
  readSpans(part, xml, (span) => {
    spans.push(span);
    if (span.local !== "t") return;
    for (let at = span.parent; at; at = at.parent) {
      if (!containers.has(at.local)) continue;
      const found = parted.get(at) ?? { runs: [], text: "" };
      parted.set(at, found);
      found.runs.push(span);
      found.text += span.text;
      break;
    }
  });
  return { spans, parted: [...parted.values()] };
}

/** A text with what XML and cells write for signs put back, whether it is well-formed or not. */
export function plainWords(text: string): string {
  const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
  const plain = text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (_, hex, decimal, name) => {
    if (name) return named[String(name).toLowerCase()] ?? "";
    const point = hex ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : "";
  });
  return decodeText(plain);
}

/** A text without its tags. By hand, for an expression goes over the rest again at every `<` that has no `>`. */
export function withoutTags(text: string): string {
  let result = "";
  for (let at = 0; at < text.length; ) {
    const from = text.indexOf("<", at);
    const to = from < 0 ? -1 : text.indexOf(">", from);
    result += text.slice(at, from < 0 ? text.length : from);
    if (to < 0) break;
    at = to + 1;
  }
  return result;
}

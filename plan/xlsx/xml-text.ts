import { WorkbookProblem } from "../workbook-problem";

/** A part's text, and the way back to bytes in the encoding that it came in. A byte order mark stays in the text. */
export interface XmlText {
  text: string;
  encode(text: string): Buffer;
}

export const utf8 = { encode: (text: string) => Buffer.from(text, "utf8") };

/**
 * The text of an XML part. A package has UTF-8 and UTF-16 alone (ECMA-376 part 2, 8.1.4), told by the byte order mark
 * or by the first sign, which is `<`: what a part says of itself may be wrong and counts only where it is another
 * encoding altogether. Throws WorkbookProblem.
 */
export function decodeXml(part: string, data: Buffer): XmlText {
  const wide = wideOrder(data);
  const problem = new WorkbookProblem(
    `its part ${part} is not XML in UTF-8 or UTF-16`,
    "save it again in Excel as .xlsx",
  );
  if (wide && data.length % 2 === 1) throw problem;
  const bytes = wide === "be" ? Buffer.from(data).swap16() : data;
  let text: string;
  try {
    text = new TextDecoder(wide ? "utf-16le" : "utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw problem;
  }
  const declared = /^\ufeff?<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']/.exec(text)?.[1];
  if (declared && !/^(utf-?(8|16)([bl]e)?|us-ascii|ascii)$/i.test(declared)) throw problem;
  if (!wide) return { text, ...utf8 };
  return {
    text,
    encode(changed) {
      const encoded = Buffer.from(changed, "utf16le");
      return wide === "be" ? encoded.swap16() : encoded;
    },
  };
}

/** Which byte comes first in UTF-16; undefined for UTF-8. */
function wideOrder(data: Buffer): "le" | "be" | undefined {
  const [first, second] = data;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return "le";
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return "be";
  return undefined;
}

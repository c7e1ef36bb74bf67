import { isOn } from "./cell-text";
import { readSpans, type Span } from "./xml-spans";

/** What a cell's format says of its value. */
export interface CellFormat {
  /** Whether its number is shown as a date or a time. */
  date: boolean;
  struck: boolean;
}

/** The formats of a workbook's cells, by what `s` of a cell names. ECMA-376 part 1, 18.8. */
export function cellFormats(part: string, xml: string | undefined): CellFormat[] {
  const codes = new Map<string, string>();
  const struck = new Set<Span>();
  const struckFonts: boolean[] = [];
  const formats: Span[] = [];
  if (xml === undefined) return [];
  readSpans(part, xml, (span) => {
    const parent = span.parent?.local;
    if (span.local === "numFmt" && parent === "numFmts") {
      codes.set(span.attributes.numFmtId ?? "", span.attributes.formatCode ?? "");
    }
    if (span.local === "font" && parent === "fonts") struckFonts.push(struck.has(span));
    if (span.local === "strike" && parent === "font" && span.parent && isOn(span.attributes.val ?? "1")) {
      struck.add(span.parent);
    }
    if (span.local === "xf" && parent === "cellXfs") formats.push(span);
  });
  return formats.map(({ attributes: { numFmtId = "0", fontId = "0" } }) => ({
    date: isDateFormat(Number(numFmtId), codes.get(numFmtId)),
    struck: struckFonts[Number(fontId)] ?? false,
  }));
}

/** By its code, or by its number where it is one that programs know by heart (18.8.30), Chinese ones among them. */
function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined)
    return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
  // Quoted and escaped signs, colours and conditions are none of the pattern; [h] counts hours.
  const pattern = code.replace(/"[^"]*"|\\.|_.|\*./g, "").replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, "");
  return /[ymdhs]/i.test(pattern) && !/general/i.test(pattern);
}

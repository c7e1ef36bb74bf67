import { isWithin, parseCell } from "./address";
import { addFormat } from "./formats";
import { scanSheet } from "./sheet-spans";
import type { SheetPart, WorkbookParts } from "./workbook-parts";
import { prefixOf, readSpans, type Span, type Splice, spliced, startTag, without } from "./xml-spans";

/** How cells are made to be seen. They differ in more than their colours: in weight, slant and border. */
export type Highlight = "error" | "warning";

const sides = (style: string, colour: string) =>
  ["left", "right", "top", "bottom"]
    .map((side) => `<${side} style="${style}"><color rgb="${colour}"/></${side}>`)
    .join("");
const filled = (colour: string) =>
  `<fill><patternFill patternType="solid"><fgColor rgb="${colour}"/><bgColor rgb="${colour}"/></patternFill></fill>`;

/** Differential formats (ECMA-376 part 1, 18.8.14): what a cell's own format does not say stays as it is. */
export const highlightFormats: Record<Highlight, string> = {
  error: `<dxf><font><b/><color rgb="FFFFFFFF"/></font>${filled("FFD32F2F")}<border>${sides("thin", "FF000000")}</border></dxf>`,
  warning: `<dxf><font><i/><color rgb="FF000000"/></font>${filled("FFFFA726")}<border>${sides("dashed", "FF000000")}</border></dxf>`,
};

/** Holds always, and tells ours from the workbook's own rules, whatever program has saved it in between. */
const always = '"Sitewright"="Sitewright"';

/** What may stand at or behind a rule in a sheet (CT_Worksheet, 18.3.1.99). */
const behind = new Set(
  "conditionalFormatting dataValidations hyperlinks printOptions pageMargins pageSetup headerFooter rowBreaks colBreaks customProperties cellWatches ignoredErrors smartTags drawing legacyDrawing legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst AlternateContent".split(
    " ",
  ),
);

/**
 * Makes cells of a sheet seen by rules of conditional formatting (18.3.1.18): the cells' own formats stay, and taking
 * the rules away leaves the sheet as it was. A cell that a merge hides is seen as the merged cells.
 */
export function addHighlights(parts: WorkbookParts, sheet: SheetPart, cells: ReadonlyMap<string, Highlight>): void {
  if (cells.size === 0) return;
  const formats = { error: formatOf(parts, "error"), warning: formatOf(parts, "warning") };
  const xml = parts.text(sheet.part) ?? "";
  const { root, data, children, merges } = scanSheet(sheet.part, xml, () => false);
  if (!root || !data) return;
  const ranges = new Map<string, Highlight>();
  for (const [address, highlight] of cells) {
    const at = parseCell(address);
    const range = (at && merges.find((merge) => isWithin(merge, at))) ?? address;
    if (ranges.get(range) !== "error") ranges.set(range, highlight);
  }
  const prefix = prefixOf(root);
  const rules = (["error", "warning"] as const).flatMap((highlight, i) => {
    const own = [...ranges].filter(([, each]) => each === highlight).map(([range]) => range);
    if (own.length === 0) return [];
    const rule = { type: "expression", dxfId: String(formats[highlight]), priority: String(i + 1) };
    const formula = `<${prefix}formula>${always}</${prefix}formula>`;
    const inner = `${startTag(`${prefix}cfRule`, rule)}${formula}</${prefix}cfRule>`;
    return [
      `${startTag(`${prefix}conditionalFormatting`, { sqref: own.join(" ") })}${inner}</${prefix}conditionalFormatting>`,
    ];
  });
  const at = children.find((child) => behind.has(child.local) && child.from > data.from)?.from ?? root.innerEnd;
  parts.set(sheet.part, spliced(xml, [...moved(sheet.part, xml), { from: at, to: at, text: rules.join("") }]));
}

function formatOf(parts: WorkbookParts, highlight: Highlight): number {
  return addFormat(parts, "dxfs", highlightFormats[highlight]);
}

/** The sheet's own rules behind ours: of two that hold the one with the smaller number counts. */
function moved(part: string, xml: string): Splice[] {
  const rules: Span[] = [];
  readSpans(part, xml, (span) => {
    if (span.local === "cfRule" && Number(span.attributes.priority) > 0) rules.push(span);
  });
  if (rules.every(({ attributes }) => Number(attributes.priority) > 2)) return [];
  return rules.map(({ name, attributes, from, inner, empty }) => {
    const priority = String(Number(attributes.priority) + 2);
    return { from, to: inner, text: startTag(name, { ...attributes, priority }, empty) };
  });
}

/** Takes the rules of addHighlights out of a sheet. */
export function removeHighlights(parts: WorkbookParts, { part }: SheetPart): void {
  const xml = parts.text(part) ?? "";
  if (!xml.includes("Sitewright")) return;
  const all: Span[] = [];
  const ours = new Set<Span>();
  readSpans(part, xml, (span) => {
    if (span.local === "conditionalFormatting") all.push(span);
    if (span.local === "formula" && span.text.replaceAll(" ", "") === always && span.parent?.parent)
      ours.add(span.parent.parent);
  });
  parts.set(
    part,
    without(
      xml,
      all.filter((each) => ours.has(each)),
    ),
  );
}

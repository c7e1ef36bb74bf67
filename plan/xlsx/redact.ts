import { isWithin, parseCell } from "./address";
import { sharedStrings } from "./cell-text";
import { type CellTexts, setCells } from "./set-cells";
import { scanSheet } from "./sheet-spans";
import { relationsOf, type WorkbookParts } from "./workbook-parts";
import { prefixOf, type Span, type Splice, spliced, without } from "./xml-spans";

/**
 * Blanks cells so that what they held is nowhere in the file by their doing. That reaches beyond the cells: a
 * hyperlink on one goes with its target (Excel makes `mailto:P@ssw0rd!123` of a typed password), and a shared string
 * that no other cell shows is emptied. The same text typed elsewhere stays, as it is somebody's own.
 *
 * @returns how many formulas went
 */
export function redactCells(parts: WorkbookParts, cells: Map<string, CellTexts>): number {
  const shared = new Set<number>();
  let formulas = 0;
  for (const [name, addresses] of cells) {
    const { part } = parts.sheet(name);
    const xml = parts.text(part) ?? "";
    for (const { type, value } of scanSheet(part, xml, (address) => addresses.has(address)).cells.values()) {
      if (type === "s") shared.add(Number(value));
    }
    const blanked = setCells(part, xml, addresses);
    formulas += blanked.formulas.length;
    parts.set(part, blanked.xml);
    dropHyperlinks(parts, part, [...addresses.keys()]);
  }
  if (shared.size > 0) emptyStrings(parts, shared);
  return formulas;
}

function dropHyperlinks(parts: WorkbookParts, part: string, addresses: string[]): void {
  const xml = parts.text(part) ?? "";
  const { hyperlinks } = scanSheet(part, xml, () => false);
  const places = addresses.flatMap((address) => parseCell(address) ?? []);
  const dropped = hyperlinks.filter(({ attributes }) => places.some((place) => isWithin(attributes.ref ?? "", place)));
  if (dropped.length === 0) return;
  // The list may not be empty (CT_Hyperlinks).
  const all = dropped.length === hyperlinks.length ? [dropped[0]?.parent as Span] : dropped;
  parts.set(part, without(xml, all));

  const kept = new Set(hyperlinks.filter((link) => !dropped.includes(link)).map(relationId));
  const ids = new Set(dropped.map(relationId).filter((id) => !kept.has(id)));
  const relations = parts.relations(part).filter(({ id }) => ids.has(id));
  const file = relationsOf(part);
  if (relations.length > 0)
    parts.set(
      file,
      without(
        parts.text(file) ?? "",
        relations.map(({ span }) => span),
      ),
    );
}

function relationId({ attributes }: Span): string | undefined {
  return Object.entries(attributes).find(([name]) => name.endsWith(":id"))?.[1];
}

function emptyStrings(parts: WorkbookParts, redacted: Set<number>): void {
  const table = parts.related("sharedStrings");
  const xml = table && parts.text(table);
  if (!table || !xml) return;
  const shown = new Set<number>();
  for (const { part } of parts.sheets) {
    for (const { type, value } of scanSheet(part, parts.text(part) ?? "", () => true).cells.values()) {
      if (type === "s") shown.add(Number(value));
    }
  }
  const changes: Splice[] = sharedStrings(table, xml).flatMap(({ span }, index) => {
    if (!redacted.has(index) || shown.has(index)) return [];
    const prefix = prefixOf(span);
    return [{ from: span.from, to: span.to, text: `<${prefix}si><${prefix}t/></${prefix}si>` }];
  });
  parts.set(table, spliced(xml, changes));
}

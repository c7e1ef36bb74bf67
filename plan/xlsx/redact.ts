import { isWithin, parseCell } from "./address";
import { decodeText, sharedStrings } from "./cell-text";
import { type CellsBySheet, cellsNamedIn, reachedBy } from "./formula-reach";
import { withLabelled } from "./labelled-passwords";
import { maskSecrets } from "./mask-secrets";
import { isTelling, type Secret, type SecretFinder, secretFinder } from "./secrets";
import { type CellTexts, setCells } from "./set-cells";
import { SharedTexts } from "./shared-texts";
import { type CellSpan, scanSheet } from "./sheet-spans";
import { relationsOf, type WorkbookParts } from "./workbook-parts";
import { prefixOf, readSpans, type Span, type Splice, spliced, without } from "./xml-spans";

/** What became of a redaction, beside the cells themselves. */
export interface Redaction {
  /** Tells the secrets that can be told from ordinary words, for the copy to be searched once it is written. */
  finder: SecretFinder;
  /** Where else a secret was masked. */
  masked: string[];
  /** The cells whose secret is too short or too common to be looked for elsewhere. */
  common: string[];
  /** How many formulas went. */
  formulas: number;
}

/**
 * Blanks cells so that what they held is nowhere in the file. That reaches beyond the cells: a hyperlink on one goes
 * with its target (Excel makes `mailto:P@ssw0rd!123` of a typed password), a shared string that no other cell shows is
 * emptied, stored results of formulas that come of the cells go, and what repeats a secret elsewhere is masked. A
 * secret that is an ordinary word (secrets.ts) is not looked for elsewhere: `admin` stands there with every right.
 */
export function redactCells(parts: WorkbookParts, asked: Map<string, CellTexts>): Redaction {
  const cells = withLabelled(parts, asked);
  const secrets = secretsOf(parts, cells);
  dropResults(parts, reachedBy(parts, new Map([...cells].map(([name, texts]) => [name, new Set(texts.keys())]))));
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
  const telling = secrets.filter(({ text }) => isTelling(text));
  const finder = secretFinder(telling);
  const common = secrets.filter((secret) => !telling.includes(secret)).map(({ place }) => place);
  return { finder, masked: maskSecrets(parts, finder), common, formulas };
}

/** How far a formula is followed to what it is made of. */
const farthest = 8;

/** What the cells hold, each text once; of a formula, what the cells hold that it names: its result may not be stored. */
function secretsOf(parts: WorkbookParts, cells: Map<string, CellTexts>): Secret[] {
  const strings = new SharedTexts(parts);
  const secrets = new Map<string, Secret>();
  const seen = new Set<string>();
  let wanted = [...cells].flatMap(([sheet, texts]) =>
    [...texts.keys()].map((address) => ({ sheet, address, place: `${sheet}!${address}` })),
  );
  for (let depth = 0; wanted.length > 0 && depth < farthest; depth++) {
    const next: typeof wanted = [];
    for (const name of new Set(wanted.map(({ sheet }) => sheet))) {
      const places = new Map(
        wanted.filter(({ sheet }) => sheet === name).map(({ address, place }) => [address, place]),
      );
      const { part } = parts.sheet(name);
      for (const [address, cell] of scanSheet(part, parts.text(part) ?? "", (each) => places.has(each)).cells) {
        const place = places.get(address) ?? "";
        seen.add(`${name}!${address}`);
        for (const text of textsOf(cell, strings)) if (!secrets.has(text)) secrets.set(text, { text, place });
        const named = cell.formula ? cellsNamedIn(parts, name, cell.formula.text) : [];
        next.push(...named.map(([sheet, each]) => ({ sheet, address: each, place })));
      }
    }
    wanted = next.filter(({ sheet, address }) => !seen.has(`${sheet}!${address}`));
  }
  return [...secrets.values()];
}

/**
 * As a log-in takes it, and as it is seen: a number may be written as `1.2E9`. "N/A" is how the template says that
 * there is none.
 */
function textsOf({ type, value, inline }: CellSpan, strings: SharedTexts): string[] {
  const shown = (type === "s" ? strings.at(value)?.text : (inline ?? decodeText(value ?? ""))) ?? "";
  const number = type === "" && Number.isFinite(Number(shown)) ? [String(Number(shown))] : [];
  return [...new Set([shown, shown.trim(), ...(shown === "" ? [] : number)])].filter(
    (text) => text !== "" && !/^n\/a$/i.test(text),
  );
}

/** Takes the stored results of formulas; the formulas stay, and are worked out when the workbook is next opened. */
function dropResults(parts: WorkbookParts, reached: CellsBySheet): void {
  for (const [name, addresses] of reached) {
    const { part } = parts.sheet(name);
    const xml = parts.text(part) ?? "";
    const results: Span[] = [];
    const { cells } = scanSheet(part, xml, (address) => addresses.has(address));
    const owners = new Set([...cells.values()].map(({ span }) => span.from));
    readSpans(part, xml, (span) => {
      if ((span.local === "v" || span.local === "is") && owners.has(span.parent?.from ?? -1)) results.push(span);
    });
    parts.set(part, without(xml, results));
  }
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

import { WorkbookProblem } from "../workbook-problem";
import { decodeText, encodeText } from "./cell-text";
import type { Secret, SecretFinder } from "./secrets";
import type { WorkbookParts } from "./workbook-parts";
import { escapeXml, type Span, type Splice, spliced, startTag } from "./xml-spans";
import { plainWords, withoutTags, wordsOf } from "./xml-words";

/**
 * Masks secrets wherever a workbook's XML repeats them: in cells and the table of texts, comments, drawings, document
 * properties, and what pivots and links to other workbooks have kept. A cell's stored value goes as a whole. What is
 * no XML is left as it is.
 *
 * @returns where something was masked, as `说明!B7` or by the part
 */
export function maskSecrets(parts: WorkbookParts, finder: SecretFinder): string[] {
  if (finder.forms.length === 0) return [];
  const places = new Set<string>();
  for (const part of parts.names().filter((name) => /\.(xml|rels|vml)$/i.test(name))) {
    const xml = xmlOf(parts, part);
    if (xml === undefined || !perhapsIn(xml, finder)) continue;
    const { changes, cells } = changesOf(part, xml, finder);
    if (changes.length === 0) continue;
    parts.set(part, spliced(xml, changes));
    const sheet = sheetOf(parts, part);
    if (cells.length > 0 && sheet) for (const cell of cells) places.add(`${sheet}!${cell}`);
    else places.add(sheet ? `${part} (${sheet})` : part);
  }
  return [...places];
}

/** The sheet that a part is, or belongs to. */
export function sheetOf(parts: WorkbookParts, part: string): string | undefined {
  return parts.sheets.find(
    (sheet) => sheet.part === part || parts.relations(sheet.part).some(({ target }) => target === part),
  )?.name;
}

function xmlOf(parts: WorkbookParts, part: string): string | undefined {
  try {
    return parts.text(part);
  } catch (error) {
    // In another encoding, or no text at all: the written copy is searched for what it holds.
    if (error instanceof WorkbookProblem) return undefined;
    throw error;
  }
}

/** A secret that parsing may find: a text may be parted by tags, and signs be written in other ways. */
export function perhapsIn(xml: string, finder: SecretFinder): Secret | undefined {
  return finder.in(plainWords(xml)) ?? finder.in(plainWords(withoutTags(xml)));
}

/** What names parts and ties them together: masked, there would be no workbook. */
const structural = /^(xmlns(:.*)?|(.*:)?id|Id|Type|PartName|ContentType|Extension|r|ref|sqref)$/;

function changesOf(part: string, xml: string, finder: SecretFinder): { changes: Splice[]; cells: string[] } {
  const changes: Splice[] = [];
  const cells = new Set<string>();
  const done = new Set<Span>();
  const note = (span: Span) => {
    for (let at: Span | undefined = span; at; at = at.parent)
      if (at.local === "c" && at.attributes.r) cells.add(at.attributes.r);
  };
  let words: ReturnType<typeof wordsOf>;
  try {
    words = wordsOf(part, xml);
  } catch (error) {
    if (error instanceof WorkbookProblem) return { changes: [], cells: [] };
    throw error;
  }
  const children = new Map<Span | undefined, Span[]>();
  for (const span of words.spans) {
    const siblings = children.get(span.parent);
    if (siblings) siblings.push(span);
    else children.set(span.parent, [span]);
  }

  for (const { runs, text } of words.parted) {
    if (!finder.in(decodeText(text))) continue;
    runs
      .filter((run) => !run.empty)
      .forEach((run, i) => {
        done.add(run);
        changes.push({ from: run.inner, to: run.innerEnd, text: i === 0 ? maskedXml(text, finder) : "" });
        note(run);
      });
  }
  for (const span of words.spans) {
    if (!done.has(span) && finder.in(decodeText(span.text))) {
      note(span);
      if (span.local === "v" && span.parent?.local === "c") {
        changes.push({ from: span.from, to: span.to, text: "" });
        continue;
      }
      gapsOf(span, children.get(span) ?? []).forEach(([from, to], i) => {
        changes.push({ from, to, text: i === 0 ? maskedXml(span.text, finder) : "" });
      });
    }
    const attributes = Object.entries(span.attributes);
    if (!attributes.some(([name, value]) => !structural.test(name) && finder.in(decodeText(value)))) continue;
    note(span);
    const masked = attributes.map(([name, value]) => {
      if (structural.test(name) || !finder.in(decodeText(value))) return [name, value];
      return [name, finder.masked(finder.in(value) ? value : decodeText(value))];
    });
    changes.push({
      from: span.from,
      to: span.inner,
      text: startTag(span.name, Object.fromEntries(masked), span.empty),
    });
  }
  return { changes, cells: [...cells] };
}

/** Signs such as `_x001B_` stay as they are written, unless a secret is written with them. */
function maskedXml(text: string, finder: SecretFinder): string {
  if (finder.in(text)) return escapeXml(finder.masked(text));
  return encodeText(finder.masked(decodeText(text)).slice(0, 30_000));
}

/** Where an element's own text stands: before, between and behind the elements within it. */
function gapsOf(span: Span, within: Span[]): [from: number, to: number][] {
  const borders = [
    span.inner,
    ...within.sort((a, b) => a.from - b.from).flatMap(({ from, to }) => [from, to]),
    span.innerEnd,
  ];
  return Array.from({ length: borders.length / 2 }, (_, i) => [borders[2 * i] ?? 0, borders[2 * i + 1] ?? 0]);
}

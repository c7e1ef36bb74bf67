import { posix } from "node:path";
import { tooLarge, WorkbookProblem } from "../workbook-problem";
import { openZip, ZipProblem } from "../zip";
import { inStrictWords, isMain, isStrict } from "./namespaces";
import { patchZip } from "./patch-zip";
import { readSpans, type Span } from "./xml-spans";
import { decodeXml, utf8, type XmlText } from "./xml-text";

/** A relationship of a part: ECMA-376 part 2, 9.3. */
export interface Relation {
  id: string;
  /** The last word of its type: `worksheet`, `comments`, `hyperlink`. */
  type: string;
  /** The part it leads to, or an address outside. */
  target: string;
  external: boolean;
  span: Span;
}

export interface SheetPart {
  name: string;
  part: string;
  /** `hidden`, `veryHidden`. */
  state: string | undefined;
  /** The rel in workbook.xml */
  span: Span;
}

/**
 * The parts of a workbook, to be read and changed. Nothing that is not set is touched. A part is named as it is in the
 * zip, or in any other way that means the same: names know no case, and a space may be written `%20` (ECMA-376 part 2,
 * 9.1.1 and 10.2.3).
 */
export interface WorkbookParts {
  names(): string[];
  has(part: string): boolean;
  /** The text of a part as it stands now, or undefined. Throws WorkbookProblem unless it is UTF-8 or UTF-16. */
  text(part: string): string | undefined;
  /** Changes a part, in the encoding that it has; undefined takes it away. */
  set(part: string, text: string | undefined): void;
  sheets: SheetPart[];
  sheet(name: string): SheetPart;
  /** Name of the workbook's own part. */
  book: string;
  relations(part: string): Relation[];
  /** The part that the workbook relates to, such as `sharedStrings`. */
  related(type: string): string | undefined;
  bytes(): Buffer;
}

const format = "save it again in Excel as .xlsx";

/** Several times what a workbook of hundreds of sheets has. */
const limits = { relations: 512 * 1024, book: 2 * 1024 * 1024, sheets: 1000 };

/** Opens a workbook by its relations. Throws ZipProblem and WorkbookProblem where it is none. */
export function openParts(bytes: Buffer): WorkbookParts {
  const zip = openZip(bytes);
  /** Names as the zip has them, by what they mean. */
  const names = new Map<string, string>();
  for (const name of zip.names) {
    const key = meaningOf(name);
    // Programs would differ in which of the two they read.
    if (names.has(key)) throw new ZipProblem(`it has two parts of one name (${name})`, format);
    names.set(key, name);
  }
  const texts = new Map<string, XmlText | undefined>();
  const changed = new Set<string>();
  let strict = false;

  const nameOf = (part: string) => names.get(meaningOf(part)) ?? part;

  function read(part: string): XmlText | undefined {
    const name = nameOf(part);
    if (!texts.has(name)) {
      const data = zip.read(name);
      texts.set(name, data && decodeXml(name, data));
    }
    return texts.get(name);
  }

  const text = (part: string) => read(part)?.text;

  function set(part: string, next: string | undefined): void {
    const before = read(part);
    if (next === before?.text) return;
    const name = nameOf(part);
    names.set(meaningOf(name), name);
    texts.set(
      name,
      next === undefined ? undefined : { ...(before ?? utf8), text: strict ? inStrictWords(next) : next },
    );
    changed.add(name);
  }

  function relations(part: string): Relation[] {
    const found: Relation[] = [];
    const file = relationsOf(part);
    const xml = text(file);
    if (xml === undefined) return found;
    if (xml.length > limits.relations) throw tooLarge(`part ${file}`);
    readSpans(file, xml, (span) => {
      if (span.local !== "Relationship") return;
      const { Id = "", Type = "", Target = "", TargetMode } = span.attributes;
      const external = TargetMode === "External";
      const target = external ? Target : nameOf(resolved(part, Target));
      found.push({ id: Id, type: Type.slice(Type.lastIndexOf("/") + 1), target, external, span });
    });
    return found;
  }

  const book = relations("").find(({ type }) => type === "officeDocument")?.target ?? nameOf("xl/workbook.xml");
  if (book.endsWith(".bin") || names.has("xl/workbook.bin")) {
    throw new WorkbookProblem("it is an .xlsb workbook", "give the planning workbook saved as .xlsx");
  }
  const { root, sheets } = sheetsOf(book, text(book), relations(book));
  strict = isStrict(root.uri);

  return {
    names: () => [...names.values()].filter((name) => !changed.has(name) || texts.get(name)),
    has: (part) => names.has(meaningOf(part)) && (!changed.has(nameOf(part)) || texts.get(nameOf(part)) !== undefined),
    text,
    set,
    sheets,
    sheet(name) {
      const found = sheets.find((sheet) => sheet.name === name);
      if (!found) throw new WorkbookProblem(`it lacks the sheet ${name}`, "leave the names of its sheets as they are");
      return found;
    },
    book,
    relations,
    related: (type) => relations(book).find((relation) => relation.type === type && !relation.external)?.target,
    bytes: () => patchZip(bytes, new Map([...changed].map((name) => [name, encoded(texts.get(name))] as const))),
  };
}

function encoded(part: XmlText | undefined): Buffer | undefined {
  return part?.encode(part.text);
}

/** `xl/worksheets/sheet1.xml` → `xl/worksheets/_rels/sheet1.xml.rels`; the package's own for "". */
export function relationsOf(part: string): string {
  return posix.join(posix.dirname(part), "_rels", `${posix.basename(part)}.rels`);
}

/** Whether two names are of one part. */
export function isSamePart(one: string, other: string): boolean {
  return meaningOf(one) === meaningOf(other);
}

/** One spelling for all that a part's name may have; a path never leads out of the package. */
function meaningOf(name: string): string {
  return posix.resolve("/", unescaped(name)).slice(1).normalize("NFC").toLowerCase();
}

/** A relationship's target as a name in the package: relative to the part, or absolute. */
function resolved(part: string, target: string): string {
  const path = target.replace(/[?#].*$/s, "").replaceAll("\\", "/");
  return posix.resolve("/", posix.dirname(part), unescaped(path)).slice(1);
}

function unescaped(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (signs) => {
    try {
      return decodeURIComponent(signs);
    } catch {
      return signs;
    }
  });
}

function sheetsOf(book: string, xml: string | undefined, relations: Relation[]): { root: Span; sheets: SheetPart[] } {
  if (xml === undefined) throw new WorkbookProblem("it is a zip, but not a workbook", format);
  if (xml.length > limits.book) throw tooLarge(`part ${book}`);
  const sheets: SheetPart[] = [];
  const roots: Span[] = [];
  readSpans(book, xml, (span) => {
    if (!span.parent) roots.push(span);
    if (span.local !== "sheet" || span.parent?.local !== "sheets" || !isMain(span.uri)) return;
    const part = relations.find(({ id, external }) => id === span.relation && !external)?.target;
    const name = span.attributes.name?.trim() ?? "";
    if (part && sheets.some((sheet) => sheet.name.toLowerCase() === name.toLowerCase())) {
      throw new WorkbookProblem(`two of its sheets are called ${name}`, "rename or delete one of them");
    }
    if (sheets.length >= limits.sheets) throw tooLarge(`part ${book}`);
    if (part) sheets.push({ name, part, state: span.attributes.state, span });
  });
  const [root] = roots;
  if (root?.local !== "workbook" || !isMain(root.uri)) {
    throw new WorkbookProblem("it is a zip, but not a workbook", format);
  }
  return { root, sheets };
}

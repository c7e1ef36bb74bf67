import { posix } from "node:path";
import { WorkbookProblem } from "../workbook-problem";
import { openZip } from "../zip";
import { patchZip } from "./patch-zip";
import { readSpans, type Span } from "./xml-spans";

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

/** The parts of a workbook, to be read and changed. Nothing that is not set is touched. */
export interface WorkbookParts {
  names(): string[];
  /** The text of a part as it stands now, or undefined. Throws WorkbookProblem unless it is UTF-8. */
  text(part: string): string | undefined;
  set(part: string, text: string | undefined): void;
  sheets: SheetPart[];
  sheet(name: string): SheetPart;
  /** Name of the workbook's own part. */
  book: string;
  relations(part: string): Relation[];
  bytes(): Buffer;
}

const format = "save it again in Excel as .xlsx";

/** Opens a workbook for changes. Throws ZipProblem and WorkbookProblem where it is none. */
export function openParts(bytes: Buffer): WorkbookParts {
  const zip = openZip(bytes);
  const known = new Set(zip.names);
  const texts = new Map<string, string | undefined>();
  const changed = new Set<string>();

  function text(part: string): string | undefined {
    if (!texts.has(part)) {
      const data = known.has(part) ? zip.read(part) : undefined;
      texts.set(part, data && decoded(part, data));
    }
    return texts.get(part);
  }

  function relations(part: string): Relation[] {
    const found: Relation[] = [];
    const file = relationsOf(part);
    const xml = text(file);
    if (xml === undefined) return found;
    readSpans(file, xml, (span) => {
      if (span.local !== "Relationship") return;
      const { Id = "", Type = "", Target = "", TargetMode } = span.attributes;
      const external = TargetMode === "External";
      const target = external ? Target : posix.resolve("/", posix.dirname(part), Target).slice(1);
      found.push({ id: Id, type: Type.slice(Type.lastIndexOf("/") + 1), target, external, span });
    });
    return found;
  }

  const book = relations("").find(({ type }) => type === "officeDocument")?.target ?? "xl/workbook.xml";
  const sheets = sheetsOf(book, text(book), relations(book));

  return {
    names: () => [...new Set([...known, ...changed])].filter((name) => !changed.has(name) || texts.get(name) != null),
    text,
    set(part, next) {
      if (next === text(part)) return;
      texts.set(part, next);
      changed.add(part);
    },
    sheets,
    sheet(name) {
      const found = sheets.find((sheet) => sheet.name === name);
      if (!found) throw new WorkbookProblem(`it lacks the sheet ${name}`, "leave the names of its sheets as they are");
      return found;
    },
    book,
    relations,
    bytes: () => patchZip(bytes, new Map([...changed].map((part) => [part, encoded(texts.get(part))] as const))),
  };
}

/** `xl/worksheets/sheet1.xml` → `xl/worksheets/_rels/sheet1.xml.rels`; the package's own for "". */
export function relationsOf(part: string): string {
  return posix.join(posix.dirname(part), "_rels", `${posix.basename(part)}.rels`);
}

function sheetsOf(book: string, xml: string | undefined, relations: Relation[]): SheetPart[] {
  if (xml === undefined) throw new WorkbookProblem("it is a zip, but not a workbook", format);
  const sheets: SheetPart[] = [];
  readSpans(book, xml, (span) => {
    if (span.local !== "sheet" || span.parent?.local !== "sheets") return;
    const id = Object.entries(span.attributes).find(([name]) => /(^|:)id$/.test(name))?.[1];
    const part = relations.find((relation) => relation.id === id)?.target;
    const name = span.attributes.name?.trim() ?? "";
    if (part) sheets.push({ name, part, state: span.attributes.state, span });
  });
  return sheets;
}

/** XML in UTF-8, with or without its mark; positions in the text are then those of the bytes. */
function decoded(part: string, data: Buffer): string {
  const declared = /^\ufeff?<\?xml[^>]*?encoding=["']([^"']+)["']/.exec(
    data.toString("latin1", 0, 200).replace("ï»¿", ""),
  );
  try {
    if (declared && !/^(utf-?8|us-ascii)$/i.test(declared[1] ?? "")) throw new Error("another encoding");
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new WorkbookProblem(`its part ${part} is not XML in UTF-8`, format);
  }
}

function encoded(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text, "utf8");
}

import { inflateRawSync } from "node:zlib";
import { WorkbookProblem } from "../workbook-problem";
import { readDirectory } from "../zip";
import { decodeText } from "./cell-text";
import { perhapsIn, sheetOf } from "./mask-secrets";
import type { Secret, SecretFinder } from "./secrets";
import { SharedTexts } from "./shared-texts";
import { scanSheet } from "./sheet-spans";
import { openParts, type WorkbookParts } from "./workbook-parts";
import { decodeXml } from "./xml-text";
import { plainWords, wordsOf } from "./xml-words";

/** What is unpacked to be searched, pictures and all; and how deep a file may lie in a file (an embedded workbook). */
const limits = { bytes: 256 * 1024 * 1024, depth: 4 };

/**
 * Searches the bytes of a written copy for secrets: every part as text and as bytes, in UTF-8 and UTF-16, parts that
 * nothing refers to, what lies between parts, and files within. Throws WorkbookProblem that names where one still
 * stands, and never the secret: such a copy is not handed out.
 */
export function refuseSecrets(bytes: Buffer, finder: SecretFinder): void {
  if (finder.forms.length === 0) return;
  const left = search(bytes, finder, { bytes: limits.bytes }, 0);
  if (!left) return;
  const { secret, part } = left;
  const where =
    part === undefined ? "between its parts, or in what its zip says of them" : placeIn(bytes, part, finder);
  throw new WorkbookProblem(
    `the password at ${secret.place} still stands ${where}; no copy was written`,
    "remove it there (what is no text, such as a picture, a macro or an embedded file, cannot be masked), and run again",
  );
}

type Left = { secret: Secret; part?: string };

function search(bytes: Buffer, finder: SecretFinder, budget: { bytes: number }, depth: number): Left | undefined {
  for (const { name, content } of contentsOf(bytes, budget)) {
    const inner = isZip(content) && depth < limits.depth ? search(content, finder, budget, depth + 1) : undefined;
    const secret = inner?.secret ?? inText(name, content, finder) ?? inBytes(content, finder);
    if (secret) return { secret, part: name };
  }
  const secret = inBytes(bytes, finder);
  return secret && { secret };
}

function isZip(bytes: Buffer): boolean {
  return bytes.length > 30 && bytes.readUInt32LE(0) === 0x04034b50;
}

/** What each part unpacks to, by its own header wherever one stands in the file: the directory may leave parts out. */
function* contentsOf(bytes: Buffer, budget: { bytes: number }): Generator<{ name: string; content: Buffer }> {
  refuseUnknown(bytes);
  const mark = Buffer.from([0x50, 0x4b, 3, 4]);
  for (let at = bytes.indexOf(mark); at >= 0 && at + 30 <= bytes.length; at = bytes.indexOf(mark, at + 4)) {
    const nameEnd = at + 30 + bytes.readUInt16LE(at + 26);
    const start = nameEnd + bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + 30, nameEnd);
    const method = bytes.readUInt16LE(at + 8);
    if (start > bytes.length) continue;
    const content =
      method === 8
        ? unpacked(bytes.subarray(start), budget)
        : bytes.subarray(start, start + bytes.readUInt32LE(at + 18));
    if (content) yield { name, content };
  }
}

/** Bytes that look like a header and are none unpack to nothing. */
function unpacked(packed: Buffer, budget: { bytes: number }): Buffer | undefined {
  try {
    const content = inflateRawSync(packed, { maxOutputLength: Math.max(1, budget.bytes) });
    budget.bytes -= content.length;
    return content;
  } catch (error) {
    if (!(error instanceof RangeError)) return undefined;
    const what = `it unpacks to more than ${limits.bytes / 1024 / 1024} MiB, too much to be searched for its passwords`;
    throw new WorkbookProblem(what, "take its large pictures or files out, and run again");
  }
}

/** Only what can be unpacked can be searched. */
function refuseUnknown(bytes: Buffer): void {
  let entries: ReturnType<typeof readDirectory>["entries"];
  try {
    entries = readDirectory(bytes).entries;
  } catch {
    return; // A file within that is damaged: nobody unpacks it.
  }
  for (const [name, { method, flags }] of entries) {
    if ((method === 0 || method === 8) && !(flags & 1)) continue;
    const what = `its part ${name} is ${flags & 1 ? "encrypted" : "packed in an unknown way"} and cannot be searched for its passwords`;
    throw new WorkbookProblem(what, "save it again in Excel, and run again");
  }
}

function inBytes(bytes: Buffer, { forms }: SecretFinder): Secret | undefined {
  return forms.find(({ form }) => {
    // The digits of a number stand in longer ones with every right; as text they are looked at with their borders.
    if (/^\d+$/.test(form)) return false;
    const wide = Buffer.from(form, "utf16le");
    return [Buffer.from(form, "utf8"), wide, Buffer.from(wide).swap16()].some((each) => bytes.includes(each));
  })?.secret;
}

/** A part as its text, with what XML writes for signs put back, and with texts put together that are parted into runs. */
function inText(name: string, content: Buffer, finder: SecretFinder): Secret | undefined {
  const text = textOf(name, content);
  const perhaps = perhapsIn(text, finder);
  if (!perhaps) return undefined;
  const plain = finder.in(plainWords(text));
  if (plain) return plain;
  try {
    return wordsOf(name, text)
      .parted.map((runs) => finder.in(decodeText(runs.text)))
      .find((secret) => secret);
  } catch {
    // No XML as it is today, such as an old drawing: its tags part no texts.
    return perhaps;
  }
}

function textOf(name: string, content: Buffer): string {
  try {
    return decodeXml(name, content).text;
  } catch {
    return content.toString("utf8");
  }
}

/** Where in the copy a part's secret is to be looked for, in the words of who opens it. */
function placeIn(bytes: Buffer, part: string, finder: SecretFinder): string {
  const parts = openParts(bytes);
  const sheet = sheetOf(parts, part);
  const cells = cellsHolding(parts, part, finder);
  if (cells.length > 0) return `at ${cells.slice(0, 5).join(", ")} (${part})`;
  return sheet ? `in its part ${part} (sheet ${sheet})` : `in its part ${part}`;
}

function cellsHolding(parts: WorkbookParts, part: string, finder: SecretFinder): string[] {
  try {
    const strings = new SharedTexts(parts);
    const table = parts.related("sharedStrings") === part;
    return parts.sheets
      .filter((sheet) => table || sheet.part === part)
      .flatMap(({ name, part: own }) =>
        [...scanSheet(own, parts.text(own) ?? "", "filled").cells]
          .filter(([, { type, value, inline, formula }]) => {
            const shown = type === "s" ? strings.at(value)?.text : `${value ?? ""} ${inline ?? ""}`;
            return [shown, formula?.text].some((text) => text !== undefined && finder.in(decodeText(text)));
          })
          .map(([address]) => `${name}!${address}`),
      );
  } catch (error) {
    if (error instanceof WorkbookProblem) return [];
    throw error;
  }
}

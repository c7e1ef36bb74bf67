import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import type { Finding } from "./finding";
import { type LoadedPlan, readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import type { SitePlan } from "./site-plan";
import { fillTemplate } from "./template";

/** Raw XML of a cell's content: the inside of `<c>`, and its type where it has one. */
interface RawCell {
  type?: string;
  xml: string;
}

/** A text, a number, nothing, or raw XML. */
export type CellEdit = string | number | null | RawCell;

/**
 * Edits by sheet and cell: `{ 主机规划: { I3: "10.0.20.300" } }`. A row ("5:5"), a column ("E:E") and the sheet ("")
 * take attributes: `{ "5:5": { xml: 'hidden="1"' } }`; a text is the sheet's new name.
 */
export type Edits = Record<string, Record<string, CellEdit>>;

/** The filled sample workbook with cells changed in its XML. */
export async function editedWorkbook(edits: Edits, plan: SitePlan = samplePlan): Promise<Uint8Array> {
  return editWorkbook(await fillTemplate(plan), edits);
}

export function editWorkbook(bytes: Uint8Array, edits: Edits): Uint8Array {
  const files = unzipSync(bytes);
  const book = strFromU8(files["xl/workbook.xml"] as Uint8Array);
  const names = [...book.matchAll(/<sheet name="([^"]+)"/g)].map((match) => match[1]);
  for (const [sheet, cells] of Object.entries(edits)) {
    const part = `xl/worksheets/sheet${names.indexOf(sheet) + 1}.xml`;
    let xml = strFromU8(files[part] as Uint8Array);
    for (const [cell, edit] of Object.entries(cells)) {
      if (cell === "" && typeof edit === "string") {
        files["xl/workbook.xml"] = strToU8(book.replace(`name="${sheet}"`, `name="${edit}"`));
        continue;
      }
      if (!/^[A-Z]+\d+$/.test(cell) && typeof edit === "object" && edit) {
        if (cell === "")
          files["xl/workbook.xml"] = strToU8(book.replace(`name="${sheet}"`, `name="${sheet}" ${edit.xml}`));
        else xml = withAttributes(xml, cell.split(":")[0] ?? "", edit.xml);
        continue;
      }
      const found = new RegExp(`<c r="${cell}"( s="\\d+")?[^>]*?(/>|>.*?</c>)`, "s").exec(xml);
      if (found) xml = xml.replace(found[0], () => cellXml(cell, found[1] ?? "", edit));
      else xml = addCell(xml, cell, edit);
    }
    files[part] = strToU8(xml);
  }
  return zipSync(files);
}

/** A row or a column with further attributes. */
function withAttributes(xml: string, name: string, attributes: string): string {
  if (/^\d/.test(name)) return xml.replace(`<row r="${name}"`, `<row r="${name}" ${attributes}`);
  const number = name.charCodeAt(0) - 64;
  return xml.replace(`<col min="${number}"`, `<col ${attributes} min="${number}"`);
}

/** A cell that the sheet does not have yet, at the end of its row, or in a row of its own at the end. */
function addCell(xml: string, cell: string, edit: CellEdit): string {
  const row = /\d+$/.exec(cell)?.[0];
  const made = cellXml(cell, "", edit);
  const start = xml.indexOf(`<row r="${row}"`);
  const at = start < 0 ? xml.indexOf("</sheetData>") : xml.indexOf("</row>", start);
  return `${xml.slice(0, at)}${start < 0 ? `<row r="${row}">${made}</row>` : made}${xml.slice(at)}`;
}

/** Changes one part of a workbook, or adds it. */
export function changePart(bytes: Uint8Array, part: string, change: (xml: string) => string): Uint8Array {
  const files = unzipSync(bytes);
  const before = files[part];
  files[part] = strToU8(change(before ? strFromU8(before) : ""));
  return zipSync(files);
}

function cellXml(cell: string, style: string, edit: CellEdit): string {
  const start = `<c r="${cell}"${style}`;
  if (edit === null) return `${start}/>`;
  if (typeof edit === "number") return `${start}><v>${edit}</v></c>`;
  if (typeof edit === "object") return `${start}${edit.type ? ` t="${edit.type}"` : ""}>${edit.xml}</c>`;
  const text = edit.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  return `${start} t="inlineStr"><is><t xml:space="preserve">${text}</t></is></c>`;
}

/** Puts a file into a new folder and gives its path. */
export function fileOf(bytes: Uint8Array | string, name = "plan.xlsx"): string {
  const path = join(mkdtempSync(join(tmpdir(), "sitewright-plan-")), name);
  writeFileSync(path, bytes);
  return path;
}

/** The edited sample workbook as read, without the warnings of passwords in cells, which it has fourteen of. */
export async function readEdited(edits: Edits, plan?: SitePlan): Promise<LoadedPlan> {
  const loaded = await readPlan(fileOf(await editedWorkbook(edits, plan)));
  return { ...loaded, findings: besidesPasswords(loaded.findings) };
}

/** The findings in short: `code sheet!cell`. */
export function places(findings: Finding[]): string[] {
  return findings.map(({ code, sheet, cell, line, column }) =>
    sheet ? `${code} ${sheet}!${cell}` : `${code} ${line}:${column}`,
  );
}

/** Without the warnings of passwords in cells, which every workbook has that was filled in whole. */
export function besidesPasswords(findings: Finding[]): Finding[] {
  return findings.filter(({ code }) => code !== "password-in-plan");
}

/** The plan of an edited workbook that must be without errors. */
export async function planOfEdited(edits: Edits, plan?: SitePlan): Promise<SitePlan> {
  const loaded = await readEdited(edits, plan);
  if (!loaded.ok) throw new Error(places(loaded.findings).join(", "));
  return loaded.plan;
}

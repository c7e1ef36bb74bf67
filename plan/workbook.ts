import type { CellValue } from "exceljs";
import { strToU8, zipSync } from "fflate";
import type { Content } from "./content";
import { evaluateFormula } from "./formula";
import { openPackage } from "./workbook-package";

/** An opened workbook. Cells are addressed as in Excel ("B3"); a merged cell holds its value in its first cell. */
export interface Workbook {
  content(sheet: string, cell: string): Content;
  has(sheet: string): boolean;
}

/**
 * Opens the named sheets of a workbook, and the extra ones where they are there. This file is the only one that knows exceljs (stale since 2023), and loads it
 * only here: it is slow to load, and a site.yaml needs none of it. Throws ZipProblem and WorkbookProblem.
 *
 * exceljs is handed a package of our own making, of cells, shared strings and styles only. It throws on the vendor's
 * own file otherwise (absolute target of a comments part), and it writes out every cell of merged, validated, named
 * and column ranges, which a few bytes can make billions.
 */
export async function openWorkbook(bytes: Buffer, sheets: string[], extra: string[] = []): Promise<Workbook> {
  const parts = openPackage(bytes, sheets, extra);
  // The default is all that Node finds in this CommonJS package; its names are not seen by a dynamic import.
  const { default: exceljs } = await import("exceljs");
  const book = new exceljs.Workbook();
  const packed = Buffer.from(zipSync(cleanPackage(parts), { level: 0 }));
  await book.xlsx.load(packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.length) as ArrayBuffer);

  function content(sheet: string, cell: string, depth = 0): Content {
    const worksheet = book.getWorksheet(sheet);
    if (!worksheet) return { kind: "blank" };
    const found = worksheet.getCell(cell);
    if (found.formula === undefined) return contentOf(found.value);
    const evaluated =
      depth < 8 ? evaluateFormula(found.formula, (s, c) => content(s ?? sheet, c, depth + 1)) : undefined;
    if (evaluated) return evaluated;
    const cached = contentOf(found.result as CellValue);
    return cached.kind === "blank" ? { kind: "formula", formula: found.formula } : cached;
  }

  return {
    content: (sheet, cell) => content(sheet, cell),
    has: (sheet) => book.getWorksheet(sheet) !== undefined,
  };
}

function contentOf(value: CellValue): Content {
  if (value === null || value === undefined) return { kind: "blank" };
  if (typeof value === "string") return value.trim() === "" ? { kind: "blank" } : { kind: "text", text: value };
  if (typeof value === "number") return { kind: "number", number: value };
  if (typeof value === "boolean") return { kind: "other", what: "boolean", text: String(value).toUpperCase() };
  if (value instanceof Date) return { kind: "other", what: "date", text: dateText(value) };
  if ("richText" in value) return contentOf(value.richText.map((run) => run.text).join(""));
  if ("text" in value) return contentOf(value.text);
  if ("error" in value) return { kind: "other", what: "error", text: String(value.error) };
  return { kind: "blank" };
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? "date" : date.toISOString().slice(0, 10);
}

function cleanPackage(parts: ReturnType<typeof openPackage>): Record<string, Uint8Array> {
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const types = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const extra = [
    { name: "sharedStrings", type: "sharedStrings", xml: parts.sharedStrings },
    { name: "styles", type: "styles", xml: parts.styles },
  ].filter((part) => part.xml !== undefined);
  const files: Record<string, string> = {};
  const overrides: string[] = [override("xl/workbook.xml", `${types}.sheet.main+xml`)];
  const links: string[] = [];
  const listed: string[] = [];
  parts.sheets.forEach(({ name, xml }, i) => {
    files[`xl/worksheets/sheet${i + 1}.xml`] = xml;
    overrides.push(override(`xl/worksheets/sheet${i + 1}.xml`, `${types}.worksheet+xml`));
    links.push(`<Relationship Id="rId${i + 1}" Type="${relations}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`);
    listed.push(`<sheet name="${escapeXml(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`);
  });
  for (const part of extra) {
    files[`xl/${part.name}.xml`] = part.xml ?? "";
    overrides.push(override(`xl/${part.name}.xml`, `${types}.${part.type}+xml`));
    links.push(`<Relationship Id="${part.name}" Type="${relations}/${part.type}" Target="${part.name}.xml"/>`);
  }
  const packageTypes = "http://schemas.openxmlformats.org/package/2006";
  files["[Content_Types].xml"] = `<Types xmlns="${packageTypes}/content-types">${overrides.join("")}</Types>`;
  files["_rels/.rels"] =
    `<Relationships xmlns="${packageTypes}/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`;
  files["xl/_rels/workbook.xml.rels"] =
    `<Relationships xmlns="${packageTypes}/relationships">${links.join("")}</Relationships>`;
  files["xl/workbook.xml"] =
    `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${listed.join("")}</sheets></workbook>`;
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]));
}

function override(part: string, type: string): string {
  return `<Override PartName="/${part}" ContentType="${type}"/>`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

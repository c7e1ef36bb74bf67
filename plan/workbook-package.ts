import { DOMParser } from "@xmldom/xmldom";
import { WorkbookProblem } from "./workbook-problem";
import { openZip, type Zip } from "./zip";

/** The parts of a workbook that are read: XML text, sheets with nothing left but their cells. */
export interface WorkbookParts {
  sheets: { name: string; xml: string }[];
  sharedStrings: string | undefined;
  styles: string | undefined;
}

/** The known rows end at 48 (rack sheet); used ranges run to row 1000 and beyond with styled empty cells. */
const lastRow = 60;

/** Characters of XML that are parsed, several times what the vendor's workbook has: a parser needs 50 times as much. */
const limits = { book: 512 * 1024, sheet: 3 * 1024 * 1024, strings: 6 * 1024 * 1024, styles: 3 * 1024 * 1024 };

/**
 * Takes the named sheets out of an .xlsx, and the extra ones where they are there. Throws ZipProblem where the zip is damaged or too large, WorkbookProblem
 * where it is no workbook or lacks a sheet. Source: ECMA-376 part 1, 12.3 and 18.2 (workbook), 18.3 (worksheet).
 */
export function openPackage(bytes: Buffer, wanted: string[], extra: string[] = []): WorkbookParts {
  const zip = openZip(bytes);
  const book = text(zip, "xl/workbook.xml");
  if (book === undefined) {
    const what = zip.names.includes("xl/workbook.bin") ? "it is an .xlsb workbook" : "it is a zip, but not a workbook";
    throw new WorkbookProblem(what, "give the planning workbook saved as .xlsx");
  }
  const links = text(zip, "xl/_rels/workbook.xml.rels") ?? "";
  refuseLong("list of sheets", Math.max(book.length, links.length), limits.book);
  const targets = new Map(
    elements(links, "Relationship").map((link) => [link.getAttribute("Id"), link.getAttribute("Target") ?? ""]),
  );
  const listed = new Map<string, string>();
  for (const sheet of elements(book, "sheet")) {
    const id = sheet.getAttributeNode("r:id")?.value ?? relationId(sheet);
    listed.set((sheet.getAttribute("name") ?? "").trim(), partName(targets.get(id ?? "") ?? ""));
  }

  const missing = wanted.filter((name) => !listed.has(name));
  if (missing.length > 0) {
    const has = [...listed.keys()].slice(0, 20).join(", ") || "none";
    throw new WorkbookProblem(
      `it lacks the sheet${missing.length > 1 ? "s" : ""} ${missing.join(", ")} (it has: ${has})`,
      "give the vendor's planning workbook and leave the names of its sheets as they are",
    );
  }
  const sheets = [...wanted, ...extra.filter((name) => listed.has(name))].map((name) => {
    const xml = text(zip, listed.get(name) ?? "");
    if (xml === undefined)
      throw new WorkbookProblem(`the part of its sheet ${name} is missing`, "save it again in Excel");
    const cells = cellsOnly(xml);
    refuseLong(`sheet ${name}`, cells.length, limits.sheet);
    return { name, xml: cells };
  });
  const sharedStrings = text(zip, "xl/sharedStrings.xml");
  const styles = text(zip, "xl/styles.xml");
  refuseLong("list of texts", sharedStrings?.length ?? 0, limits.strings);
  refuseLong("list of cell formats", styles?.length ?? 0, limits.styles);
  return { sheets, sharedStrings, styles };
}

function refuseLong(what: string, length: number, limit: number): void {
  if (length <= limit) return;
  const hint = "copy its values into an unchanged template";
  throw new WorkbookProblem(`its ${what} is far larger than a planning workbook's`, hint);
}

function text(zip: Zip, name: string): string | undefined {
  const data = zip.read(name);
  if (!data) return undefined;
  const xml = data.toString("utf8");
  // No program writes one into a workbook; it is how entities are made that unfold without end.
  if (xml.includes("<!DOCTYPE")) {
    throw new WorkbookProblem(`its part ${name} has a document type declaration`, "save it again in Excel");
  }
  return xml;
}

function elements(xml: string, name: string) {
  if (xml === "") return [];
  try {
    const parsed = new DOMParser({ onError: () => undefined }).parseFromString(xml, "text/xml");
    return Array.from(parsed.getElementsByTagNameNS("*", name));
  } catch {
    throw new WorkbookProblem("its list of sheets is damaged", "save it again in Excel, or take an undamaged copy");
  }
}

/** The relationship attribute may carry another prefix than "r". */
function relationId(sheet: ReturnType<typeof elements>[number]): string | undefined {
  return Array.from(sheet.attributes).find((attribute) => attribute.localName === "id")?.value;
}

/** Targets are relative to xl/ or, as openpyxl writes them, absolute. */
function partName(target: string): string {
  return target.startsWith("/") ? target.slice(1) : `xl/${target.replace(/^\.\//, "")}`;
}

/** Nothing but the cells of the known rows: the rest costs time and can be made to unfold without end. */
function cellsOnly(xml: string): string {
  const from = xml.search(/<sheetData[\s>]/);
  const to = xml.indexOf("</sheetData>", from);
  if (from < 0 || to < 0) return `<worksheet xmlns="${main}"><sheetData/></worksheet>`;
  let data = xml.slice(from, to);
  for (const row of data.matchAll(/<row\s[^<>]{0,500}?\br="(\d+)"/g)) {
    if (Number(row[1]) > lastRow) {
      data = data.slice(0, row.index);
      break;
    }
  }
  return `<worksheet xmlns="${main}">${data}</sheetData></worksheet>`;
}

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

import { strToU8, zipSync } from "fflate";
import { encodeText } from "./xlsx/cell-text";
import { escapeXml } from "./xlsx/xml-spans";

/** What stands in a cell of a made workbook. */
export type MadeValue = string | number | { formula: string };

export const styles = { plain: 0, title: 1, header: 2, body: 3, input: 4, textInput: 5, note: 6 } as const;

/** A sheet to be made. Ranges are written as in Excel ("B3:B18"), several with a space between. */
export interface MadeSheet {
  name: string;
  hidden?: boolean;
  widths?: Record<string, number>;
  cells: Map<string, { value?: MadeValue; style: number }>;
  merges?: string[];
  /** Range and the choices of its list. */
  validations?: [range: string, choices: string][];
  /** Protects the sheet, but for these ranges. No password: who must can lift it. */
  editable?: string[];
}

const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packages = "http://schemas.openxmlformats.org/package/2006";
const contentType = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/**
 * Writes a workbook as .xlsx bytes: inline strings, formulas without results (Excel works them out on opening).
 * The same sheets give the same bytes. By hand because exceljs has no editable ranges. Source: ECMA-376 part 1, 18.
 */
export function workbookBytes(sheets: MadeSheet[]): Uint8Array {
  const files: Record<string, string> = {
    "[Content_Types].xml": `<Types xmlns="${packages}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${contentType}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${contentType}.styles+xml"/>${sheets
      .map(
        (_, i) => `<Override PartName="/xl/worksheets/sheet${i + 1}.xml" ContentType="${contentType}.worksheet+xml"/>`,
      )
      .join("")}</Types>`,
    "_rels/.rels": `<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<workbook xmlns="${main}" xmlns:r="${relations}"><bookViews><workbookView activeTab="${Math.max(
      0,
      sheets.findIndex((sheet) => !sheet.hidden),
    )}"/></bookViews><sheets>${sheets
      .map(
        ({ name, hidden }, i) =>
          `<sheet name="${escapeXml(name)}" sheetId="${i + 1}"${hidden ? ' state="hidden"' : ""} r:id="rId${i + 1}"/>`,
      )
      .join("")}</sheets><calcPr calcId="191029" fullCalcOnLoad="1"/></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships xmlns="${packages}/relationships">${sheets
      .map(
        (_, i) =>
          `<Relationship Id="rId${i + 1}" Type="${relations}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`,
      )
      .join("")}<Relationship Id="styles" Type="${relations}/styles" Target="styles.xml"/></Relationships>`,
    "xl/styles.xml": stylesXml,
  };
  sheets.forEach((sheet, i) => {
    files[`xl/worksheets/sheet${i + 1}.xml`] = sheetXml(sheet);
  });
  const packed = Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, strToU8(head + xml)]));
  // A fixed date, in local time as zip has it, so that the bytes do not change from run to run.
  return zipSync(packed, { mtime: new Date(2025, 7, 20) });
}

/** Letters and number of an address: "AB12" → 28, 12. */
function splitAddress(cell: string): { column: number; row: number } {
  const [, letters = "", digits = ""] = /^([A-Z]+)(\d+)$/.exec(cell) ?? [];
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return { column, row: Number(digits) };
}

/** The column's letters: 28 → "AB". */
function columnName(column: number): string {
  return column <= 26
    ? String.fromCharCode(64 + column)
    : columnName(Math.floor((column - 1) / 26)) + columnName(((column - 1) % 26) + 1);
}

/** All cells of a range, row by row. */
export function cellsOf(range: string): string[] {
  const [from = "", to = from] = range.split(":");
  const first = splitAddress(from);
  const last = splitAddress(to);
  const cells: string[] = [];
  for (let row = first.row; row <= last.row; row++) {
    for (let column = first.column; column <= last.column; column++) cells.push(`${columnName(column)}${row}`);
  }
  return cells;
}

/** The order of the parts is the schema's (CT_Worksheet); Excel calls a file damaged that has another. */
function sheetXml(sheet: MadeSheet): string {
  const parts = [
    columnsXml(sheet.widths ?? {}),
    `<sheetData>${rowsXml(sheet.cells)}</sheetData>`,
    sheet.editable ? protectionXml(sheet.editable) : "",
    listXml(
      "mergeCells",
      sheet.merges?.map((range) => `<mergeCell ref="${range}"/>`),
    ),
    listXml(
      "dataValidations",
      sheet.validations?.map(
        ([range, choices]) =>
          `<dataValidation type="list" allowBlank="1" showErrorMessage="1" sqref="${range}"><formula1>"${escapeXml(choices)}"</formula1></dataValidation>`,
      ),
    ),
  ];
  return `<worksheet xmlns="${main}"><sheetFormatPr defaultRowHeight="15"/>${parts.join("")}</worksheet>`;
}

function columnsXml(widths: Record<string, number>): string {
  const columns = Object.entries(widths).map(([letters, width]) => {
    const { column } = splitAddress(`${letters}1`);
    return `<col min="${column}" max="${column}" width="${width}" customWidth="1"/>`;
  });
  return columns.length === 0 ? "" : `<cols>${columns.join("")}</cols>`;
}

function rowsXml(cells: MadeSheet["cells"]): string {
  const rows = new Map<number, [column: number, xml: string][]>();
  for (const [cell, { value, style }] of cells) {
    const { column, row } = splitAddress(cell);
    const list = rows.get(row) ?? [];
    rows.set(row, list);
    list.push([column, cellXml(cell, style, value)]);
  }
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([row, list]) => {
      const sorted = list.sort(([a], [b]) => a - b).map(([, xml]) => xml);
      return `<row r="${row}">${sorted.join("")}</row>`;
    })
    .join("");
}

function cellXml(cell: string, style: number, value: MadeValue | undefined): string {
  const start = `<c r="${cell}" s="${style}"`;
  if (value === undefined) return `${start}/>`;
  if (typeof value === "number") return `${start}><v>${value}</v></c>`;
  if (typeof value === "object") return `${start}><f>${escapeXml(value.formula)}</f></c>`;
  return `${start} t="inlineStr"><is><t xml:space="preserve">${encodeText(value)}</t></is></c>`;
}

function protectionXml(editable: string[]): string {
  const ranges = editable.map((range, i) => `<protectedRange sqref="${range}" name="input${i + 1}"/>`);
  return `<sheetProtection sheet="1" objects="1" scenarios="1" formatCells="0"/>${listXml("protectedRanges", ranges, false)}`;
}

function listXml(name: string, items: string[] | undefined, counted = true): string {
  if (!items || items.length === 0) return "";
  return `<${name}${counted ? ` count="${items.length}"` : ""}>${items.join("")}</${name}>`;
}

const border =
  '<border><left style="thin"/><right style="thin"/><top style="thin"/><bottom style="thin"/><diagonal/></border>';
const centred = '<alignment horizontal="center" vertical="center" wrapText="1"/>';

/** The order of cellXfs is that of `styles`. */
const stylesXml = `<styleSheet xmlns="${main}"><fonts count="4"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="16"/><name val="Calibri"/></font><font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/></font><font><sz val="11"/><color rgb="FFC00000"/><name val="Calibri"/></font></fonts><fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FF1D316C"/></patternFill></fill><fill><patternFill patternType="solid"><fgColor rgb="FFFFF8E1"/></patternFill></fill></fills><borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>${border}</borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">${centred}</xf><xf numFmtId="0" fontId="2" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">${centred}</xf><xf numFmtId="0" fontId="0" fillId="0" borderId="1" xfId="0" applyBorder="1" applyAlignment="1">${centred}</xf><xf numFmtId="0" fontId="0" fillId="3" borderId="1" xfId="0" applyFill="1" applyBorder="1" applyAlignment="1">${centred}</xf><xf numFmtId="49" fontId="0" fillId="3" borderId="1" xfId="0" applyNumberFormat="1" applyFill="1" applyBorder="1" applyAlignment="1">${centred}</xf><xf numFmtId="0" fontId="3" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;

import { passwordCells } from "./delivered-cells";
import { type Finding, placeOf, placeText, told } from "./finding";
import { groupFindings } from "./finding-order";
import type { Language } from "./text/text";
import { blocks } from "./waivers";
import { encodeText } from "./xlsx/cell-text";
import { addFirstSheet, removeSheet } from "./xlsx/first-sheet";
import { addFormat } from "./xlsx/formats";
import { addHighlights, highlightFormats, removeHighlights } from "./xlsx/highlights";
import { addNotes, removeNotes } from "./xlsx/notes";
import { namespaces } from "./xlsx/package-edit";
import { redactInParts } from "./xlsx/patch-workbook";
import type { Redaction } from "./xlsx/redact";
import { refuseSecrets } from "./xlsx/search-copy";
import { SharedTexts } from "./xlsx/shared-texts";
import { scanSheet } from "./xlsx/sheet-spans";
import { openParts, type SheetPart, type WorkbookParts } from "./xlsx/workbook-parts";
import { escapeXml } from "./xlsx/xml-spans";

export interface AnnotateOptions {
  /** English unless told. */
  language?: Language;
  /** Whether the copy is without the workbook's passwords. */
  redact?: boolean;
}

const words = {
  en: {
    sheet: "Findings",
    severity: { error: "error", warning: "warning", waived: "waived" },
    header: ["Severity", "Sheet", "Cell", "What", "What to do", "Value", "Conflicts with", "Code"],
    none: "No findings.",
    waived: (until: string, why: string) => `Waived until ${until}: ${why}`,
    place: (line: number, column: number) => `line ${line}, column ${column}`,
  },
  zh: {
    sheet: "检查结果",
    severity: { error: "错误", warning: "警告", waived: "已豁免" },
    header: ["级别", "工作表", "单元格", "问题", "处理办法", "当前值", "冲突位置", "代码"],
    none: "没有发现问题。",
    waived: (until: string, why: string) => `已豁免至 ${until}：${why}`,
    place: (line: number, column: number) => `第 ${line} 行第 ${column} 列`,
  },
};

const languages = [words.en, words.zh];

/** How a note of ours begins, in any language: by that an annotated copy is known again. */
const noteHead = new RegExp(
  `(?:${languages.flatMap(({ severity }) => Object.values(severity)).join("|")}) \\[[a-z][a-z-]*\\]\\n`,
);

/**
 * A copy of a workbook in which its findings are seen: each cell that one names is highlighted and has a note, and
 * the first sheet lists them all, with links to their cells. Cells, formats, protection, lists, pictures and notes
 * that stand there stay. What an earlier annotation has put in gives way to this one.
 *
 * @returns the copy; in words what it lacks or what of the original it loses, empty as a rule; and what else there is
 * to be said of a redacted one
 * Throws ZipProblem and WorkbookProblem where the bytes are no workbook.
 */
export function annotateWorkbook(
  bytes: Buffer,
  findings: readonly Finding[],
  { language = "en", redact = false }: AnnotateOptions = {},
): { bytes: Buffer; lost: string[]; said: string[] } {
  const parts = openParts(withoutAnnotation(bytes));
  const lost: string[] = [];
  if (parts.names().some((name) => name.startsWith("_xmlsignatures/"))) {
    lost.push("the workbook's digital signature: it does not hold for a changed copy");
  }
  const redaction = redact ? redactInParts(parts, passwordCells) : undefined;
  for (const [name, cells] of bySheet(findings)) {
    const notes = new Map(
      [...cells].map(([cell, own]) => [cell, own.map((one) => noteOf(one, language)).join("\n\n")]),
    );
    const sheet = parts.sheets.find((each) => each.name === name);
    const refused = sheet ? addNotes(parts, sheet, notes) : [...notes.keys()];
    const why = sheet ? "a comment with replies stands there" : "there is no such sheet";
    lost.push(...refused.map((cell) => `the note on ${name}!${cell}: ${why}; the finding is in the list`));
    const highlights = [...cells].map(([cell, own]) => [cell, own.some(blocks) ? "error" : "warning"] as const);
    if (sheet) addHighlights(parts, sheet, new Map(highlights));
  }
  const names = new Set(parts.sheets.map(({ name }) => name.toLowerCase()));
  let list = words[language].sheet;
  for (let number = 2; names.has(list.toLowerCase()); number++) list = `${words[language].sheet} ${number}`;
  addFirstSheet(parts, list, listXml(parts, findings, language));
  const copy = parts.bytes();
  if (redaction) refuseSecrets(copy, redaction.finder);
  return { bytes: copy, lost, said: redaction ? remarksOn(redaction) : [] };
}

/** The workbook as it was before its findings were put in; the same bytes where there are none. */
function withoutAnnotation(bytes: Buffer): Buffer {
  const parts = openParts(bytes);
  for (const sheet of parts.sheets) {
    removeHighlights(parts, sheet);
    removeNotes(parts, sheet, noteHead);
  }
  const [first] = parts.sheets;
  if (parts.sheets.length > 1 && first && isList(parts, first)) removeSheet(parts, first);
  return parts.bytes();
}

/** By its name and by what stands over its columns, whatever program has saved it in between. */
function isList(parts: WorkbookParts, { name, part }: SheetPart): boolean {
  const headers = languages.filter(({ sheet }) => name.startsWith(sheet)).map(({ header }) => header);
  if (headers.length === 0) return false;
  const texts = new SharedTexts(parts);
  const { cells } = scanSheet(part, parts.text(part) ?? "", (address) => /^[A-H]1$/.test(address));
  const shown = [..."ABCDEFGH"].map((column) => {
    const cell = cells.get(`${column}1`);
    return cell?.type === "s" ? texts.at(cell.value)?.text : cell?.inline;
  });
  return headers.some((header) => header.every((text, i) => text === shown[i]));
}

function remarksOn({ masked, common }: Redaction): string[] {
  const remarks: string[] = [];
  if (masked.length > 0) remarks.push(`passwords were repeated, and are masked there too: ${some(masked)}`);
  if (common.length > 0) {
    const where = some(common);
    remarks.push(
      `the passwords at ${where} are blank, but too short or too ordinary to be looked for elsewhere in the copy`,
    );
  }
  return remarks;
}

/** What is named in a line; what comes after hundreds of cells would not be read. */
function some(places: string[]): string {
  const rest = places.length - 100;
  return places.slice(0, 100).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

function bySheet(findings: readonly Finding[]): Map<string, Map<string, Finding[]>> {
  const sheets = new Map<string, Map<string, Finding[]>>();
  for (const finding of findings) {
    const { sheet, cell } = finding;
    if (sheet === undefined || cell === undefined) continue;
    const cells = sheets.get(sheet) ?? new Map<string, Finding[]>();
    sheets.set(sheet, cells);
    cells.set(cell, [...(cells.get(cell) ?? []), finding]);
  }
  return sheets;
}

function noteOf(finding: Finding, language: Language): string {
  const { cause, fix } = wordsOf(finding, language);
  return `${severityOf(finding, language)} [${finding.code}]\n${cause}\n${fix}`;
}

function severityOf(finding: Finding, language: Language): string {
  return words[language].severity[finding.waived ? "waived" : finding.severity];
}

function wordsOf(finding: Finding, language: Language): { cause: string; fix: string } {
  const { cause, fix } = told(finding, language);
  const { waived } = finding;
  return { cause, fix: waived ? words[language].waived(waived.expires, waived.reason) : fix };
}

/** The list, in the order in which people are told of findings. Its own marks are rules, as on the other sheets. */
function listXml(parts: WorkbookParts, findings: readonly Finding[], language: Language): string {
  const { header, none } = words[language];
  const wrapped = addFormat(
    parts,
    "cellXfs",
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>',
  );
  const links: string[] = [];
  const text = (cell: string, value: string | undefined, format?: string) => textCell(cell, value, wrapped, format);
  function link(cell: string, shown: string | undefined, place: string | undefined): string {
    const target = place && locationOf(place);
    if (!target) return text(cell, shown);
    links.push(`<hyperlink ref="${cell}" location="${escapeXml(target)}" display="${escapeXml(shown ?? place)}"/>`);
    return text(cell, shown, '<rPr><u/><color rgb="FF0563C1"/></rPr>');
  }

  const sorted = groupFindings(findings).flat();
  const rows = sorted.map((finding, index) => {
    const row = index + 2;
    const { cause, fix } = wordsOf(finding, language);
    const place = placeOf(finding);
    const inCell = "cell" in place;
    const cells = [
      text(`A${row}`, severityOf(finding, language), "<rPr><b/></rPr>"),
      text(`B${row}`, inCell ? place.sheet : place.file),
      inCell
        ? link(`C${row}`, place.cell, placeText(place))
        : text(`C${row}`, words[language].place(place.line, place.column)),
      text(`D${row}`, cause),
      text(`E${row}`, fix),
      text(`F${row}`, finding.value),
      link(`G${row}`, finding.other, finding.other),
      text(`H${row}`, finding.code),
    ];
    return `<row r="${row}">${cells.join("")}</row>`;
  });
  const title = header.map((each, index) => text(`${"ABCDEFGH"[index]}1`, each, "<rPr><b/></rPr>")).join("");
  const empty = findings.length > 0 ? "" : `<row r="2">${text("A2", none)}</row>`;
  const widths = [10, 16, 10, 60, 60, 22, 22, 24].map(
    (width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
  );
  const last = Math.max(2, findings.length + 1);
  const frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>';
  const colour = findings.some(blocks) ? "FFD32F2F" : findings.length > 0 ? "FFFFA726" : "FF43A047";
  return [
    `<worksheet xmlns="${namespaces.main}"><sheetPr><tabColor rgb="${colour}"/></sheetPr>`,
    `<sheetViews><sheetView tabSelected="1" workbookViewId="0">${frozen}</sheetView></sheetViews>`,
    `<cols>${widths.join("")}</cols>`,
    `<sheetData><row r="1">${title}</row>${rows.join("")}${empty}</sheetData>`,
    `<autoFilter ref="A1:H${last}"/>`,
    ...severityRules(parts, sorted),
    links.length > 0 ? `<hyperlinks>${links.join("")}</hyperlinks>` : "",
    "</worksheet>",
  ].join("");
}

/** The first column has the colours that the cells have. */
function severityRules(parts: WorkbookParts, sorted: readonly Finding[]): string[] {
  return (["error", "warning"] as const).flatMap((highlight, i) => {
    const rows = sorted.flatMap((finding, row) =>
      (blocks(finding) ? "error" : "warning") === highlight ? [row + 2] : [],
    );
    if (rows.length === 0) return [];
    const format = addFormat(parts, "dxfs", highlightFormats[highlight]);
    // Errors stand before all others.
    const range = `A${rows[0]}:A${rows.at(-1)}`;
    return [
      `<conditionalFormatting sqref="${range}"><cfRule type="expression" dxfId="${format}" priority="${i + 1}"><formula>LEN(A1)&gt;=0</formula></cfRule></conditionalFormatting>`,
    ];
  });
}

/** `设计调研(内部）!B3` → `'设计调研(内部）'!B3`; undefined for what is no cell. */
function locationOf(place: string): string | undefined {
  const [, sheet, cell] = /^(.+)!([A-Z]{1,3}\d{1,7})$/.exec(place) ?? [];
  return sheet === undefined ? undefined : `'${sheet.replaceAll("'", "''")}'!${cell}`;
}

function textCell(cell: string, text: string | undefined, style: number, format?: string): string {
  if (!text) return "";
  const written = `<t xml:space="preserve">${encodeText(text)}</t>`;
  return `<c r="${cell}" s="${style}" t="inlineStr"><is>${format ? `<r>${format}${written}</r>` : written}</is></c>`;
}

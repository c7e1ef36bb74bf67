import { passwordCells } from "./delivered-cells";
import type { Finding } from "./finding";
import { explain } from "./finding-text";
import type { Language } from "./text/text";
import { encodeText } from "./xlsx/cell-text";
import { addNotes } from "./xlsx/notes";
import { addSheet, namespaces } from "./xlsx/package-edit";
import { redactInParts } from "./xlsx/patch-workbook";
import type { Redaction } from "./xlsx/redact";
import { refuseSecrets } from "./xlsx/search-copy";
import { openParts } from "./xlsx/workbook-parts";
import { escapeXml } from "./xlsx/xml-spans";

export interface AnnotateOptions {
  /** English unless told. */
  language?: Language;
  /** Whether the copy is without the workbook's passwords. */
  redact?: boolean;
}

const words = {
  en: {
    severity: { error: "error", warning: "warning" },
    header: ["Severity", "Code", "Cell", "Value", "Conflicts with", "Cause", "What to do"],
    none: "No findings.",
  },
  zh: {
    severity: { error: "错误", warning: "警告" },
    header: ["级别", "代码", "单元格", "当前值", "冲突位置", "原因", "处理办法"],
    none: "没有发现问题。",
  },
};

/**
 * A copy of a workbook with a note on each cell that a finding names, and a sheet behind the others that lists all
 * findings with links to their cells. Cells, formats, protection, lists, pictures and notes that stand there stay.
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
  const parts = openParts(bytes);
  const lost: string[] = [];
  if (parts.names().some((name) => name.startsWith("_xmlsignatures/"))) {
    lost.push("the workbook's digital signature: it does not hold for a changed copy");
  }
  const redaction = redact ? redactInParts(parts, passwordCells) : undefined;
  for (const [name, notes] of notesBySheet(findings, language)) {
    const sheet = parts.sheets.find((each) => each.name === name);
    const refused = sheet ? addNotes(parts, sheet, notes) : [...notes.keys()];
    const why = sheet ? "a comment with replies stands there" : "there is no such sheet";
    lost.push(...refused.map((cell) => `the note on ${name}!${cell}: ${why}; the finding is in the list`));
  }
  const names = new Set(parts.sheets.map(({ name }) => name.toLowerCase()));
  let list = "Sitewright";
  for (let number = 2; names.has(list.toLowerCase()); number++) list = `Sitewright ${number}`;
  addSheet(parts, list, listXml(findings, language));
  const copy = parts.bytes();
  if (redaction) refuseSecrets(copy, redaction.finder);
  return { bytes: copy, lost, said: redaction ? remarksOn(redaction) : [] };
}

function remarksOn({ masked, common }: Redaction): string[] {
  const remarks: string[] = [];
  if (masked.length > 0) remarks.push(`passwords were repeated, and are masked there too: ${masked.join(", ")}`);
  if (common.length > 0) {
    remarks.push(
      `the passwords at ${common.join(", ")} are blank, but too short or too ordinary to be looked for elsewhere in the copy`,
    );
  }
  return remarks;
}

function notesBySheet(findings: readonly Finding[], language: Language): Map<string, Map<string, string>> {
  const sheets = new Map<string, Map<string, string>>();
  for (const finding of findings) {
    const { sheet, cell, code } = finding;
    if (sheet === undefined || cell === undefined) continue;
    const { cause, fix } = explain(code, finding.params, language);
    const text = `${words[language].severity[finding.severity]} [${code}]\n${cause}\n${fix}`;
    const notes = sheets.get(sheet) ?? new Map<string, string>();
    sheets.set(sheet, notes);
    notes.set(cell, notes.has(cell) ? `${notes.get(cell)}\n\n${text}` : text);
  }
  return sheets;
}

/** The sheet of findings, errors first. It needs no cell format, so that the workbook's own stay as they are. */
function listXml(findings: readonly Finding[], language: Language): string {
  const { header, severity, none } = words[language];
  const sorted = [...findings].sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
  const links: string[] = [];
  function link(cell: string, place: string | undefined): string {
    const target = place && locationOf(place);
    if (!target) return textCell(cell, place);
    links.push(`<hyperlink ref="${cell}" location="${escapeXml(target)}" display="${escapeXml(place)}"/>`);
    return textCell(cell, place, '<rPr><u/><color rgb="FF0563C1"/></rPr>');
  }

  const rows = sorted.map((finding, index) => {
    const row = index + 2;
    const { cause, fix } = explain(finding.code, finding.params, language);
    const cells = [
      textCell(`A${row}`, severity[finding.severity]),
      textCell(`B${row}`, finding.code),
      link(`C${row}`, placeOf(finding)),
      textCell(`D${row}`, finding.value),
      link(`E${row}`, finding.other),
      textCell(`F${row}`, cause),
      textCell(`G${row}`, fix),
    ];
    return `<row r="${row}">${cells.join("")}</row>`;
  });
  const title = header.map((text, index) => textCell(`${"ABCDEFG"[index]}1`, text, "<rPr><b/></rPr>")).join("");
  const empty = findings.length > 0 ? "" : `<row r="2">${textCell("A2", none)}</row>`;
  const widths = [10, 26, 22, 26, 22, 70, 70].map(
    (width, index) => `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"/>`,
  );
  const frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>';
  return [
    `<worksheet xmlns="${namespaces.main}">`,
    `<sheetViews><sheetView workbookViewId="0">${frozen}</sheetView></sheetViews>`,
    `<cols>${widths.join("")}</cols>`,
    `<sheetData><row r="1">${title}</row>${rows.join("")}${empty}</sheetData>`,
    links.length > 0 ? `<hyperlinks>${links.join("")}</hyperlinks>` : "",
    "</worksheet>",
  ].join("");
}

function placeOf({ sheet, cell, line, column }: Finding): string | undefined {
  if (sheet !== undefined && cell !== undefined) return `${sheet}!${cell}`;
  return line === undefined ? undefined : `line ${line}, column ${column}`;
}

/** `设计调研(内部）!B3` → `'设计调研(内部）'!B3`; undefined for what is no cell. */
function locationOf(place: string): string | undefined {
  const [, sheet, cell] = /^(.+)!([A-Z]{1,3}\d{1,7})$/.exec(place) ?? [];
  return sheet === undefined ? undefined : `'${sheet.replaceAll("'", "''")}'!${cell}`;
}

function textCell(cell: string, text: string | undefined, format?: string): string {
  if (!text) return "";
  const written = `<t xml:space="preserve">${encodeText(text)}</t>`;
  return `<c r="${cell}" t="inlineStr"><is>${format ? `<r>${format}${written}</r>` : written}</is></c>`;
}

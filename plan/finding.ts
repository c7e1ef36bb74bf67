import { printable } from "../base/printable";
import { explain, type FindingCode, severityOf } from "./finding-text";
import type { FindingParams, Language } from "./text/text";

/** Where a finding stands: a cell of the workbook, or a line and column (both from 1) of site.yaml or a file beside. */
export type Place = { sheet: string; cell: string } | { file?: string; line: number; column: number };

/** Something in a plan that is wrong, as plain data. Text is made from `code` and `params` alone (finding-text.ts). */
export interface Finding {
  code: FindingCode;
  severity: "error" | "warning";
  sheet?: string;
  cell?: string;
  /** The file beside the plan that line and column are of; absent for the plan itself. */
  file?: string;
  line?: number;
  column?: number;
  /** What stands there, shortened; a secret is masked. */
  value?: string;
  /** The other place it conflicts with, e.g. `主机规划!I4` or `line 12`. */
  other?: string;
  cause: string;
  fix: string;
  /** Somebody lets it stand (waivers.yaml); `expires` is the last day of that. */
  waived?: { reason: string; expires: string };
  /** What the text was made of, so that it can be said in another language. Never a secret. */
  params: FindingParams;
}

export const maskedSecret = "***";

/** Makes a finding; what it says of a plan is fit to be printed, whatever the plan holds. */
export function makeFinding(
  code: FindingCode,
  place: Place,
  details: { value?: string; other?: Place; params?: FindingParams } = {},
): Finding {
  const other = details.other && placeText(details.other);
  const params = shown({ ...details.params, ...(other && { other }) });
  return {
    code,
    severity: severityOf(code),
    ...place,
    ...(details.value !== undefined && { value: shorten(details.value) }),
    ...(other && { other }),
    ...explain(code, params),
    params,
  };
}

/** `虚拟网络!F8`, `line 12, column 3` */
export function placeText(place: Place): string {
  if ("cell" in place) return `${place.sheet}!${place.cell}`;
  return `${place.file ? `${place.file} ` : ""}line ${place.line}, column ${place.column}`;
}

/** Where a finding stands. */
export function placeOf({ sheet, cell, file, line, column }: Finding): Place {
  if (sheet !== undefined && cell !== undefined) return { sheet, cell };
  return { ...(file !== undefined && { file }), line: line ?? 1, column: column ?? 1 };
}

/** The finding with its words in a language. */
export function told(finding: Finding, language: Language): Finding {
  return { ...finding, ...explain(finding.code, finding.params, language) };
}

/** The longest text of a plan or a site that a sentence takes up; a cell may hold 32,767 characters. */
const longestParam = 1000;

function shown(params: FindingParams): FindingParams {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, typeof value === "string" ? cut(value, longestParam) : value]),
  );
}

function shorten(value: string): string {
  return cut(value.replace(/\s+/g, " ").trim(), 80);
}

function cut(value: string, longest: number): string {
  const line = value.length > longest ? `${value.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, "")}…` : value;
  return printable(line, "line");
}

import { explain, type FindingCode, severityOf } from "./finding-text";
import type { FindingParams } from "./text/text";

/** Where a finding stands: a cell of the workbook, or a line and column (both from 1) of site.yaml. */
export type Place = { sheet: string; cell: string } | { line: number; column: number };

/** Something in a plan that is wrong, as plain data. Text is made from `code` and `params` alone (finding-text.ts). */
export interface Finding {
  code: FindingCode;
  severity: "error" | "warning";
  sheet?: string;
  cell?: string;
  line?: number;
  column?: number;
  /** What stands there, shortened; a secret is masked. */
  value?: string;
  /** The other place it conflicts with, e.g. `主机规划!I4` or `line 12`. */
  other?: string;
  cause: string;
  fix: string;
  /** What the text was made of, so that it can be said in another language. Never a secret. */
  params: FindingParams;
}

export const maskedSecret = "***";

export function makeFinding(
  code: FindingCode,
  place: Place,
  details: { value?: string; other?: Place; params?: FindingParams } = {},
): Finding {
  const other = details.other && placeText(details.other);
  const params = { ...details.params, ...(other && { other }) };
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

function placeText(place: Place): string {
  return "cell" in place ? `${place.sheet}!${place.cell}` : `line ${place.line}, column ${place.column}`;
}

function shorten(value: string): string {
  const line = value.replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

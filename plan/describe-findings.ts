import type { Finding } from "./finding";

/**
 * The findings for people: errors first, then warnings, each in the order of the plan, in two or three lines without
 * colour, and a last line that counts them. An empty list gives an empty text.
 */
export function describeFindings(findings: Finding[]): string {
  if (findings.length === 0) return "";
  const errors = findings.filter((finding) => finding.severity === "error");
  const warnings = findings.filter((finding) => finding.severity === "warning");
  const count = [counted(errors.length, "error"), counted(warnings.length, "warning")].filter(Boolean).join(", ");
  return `${[...errors, ...warnings].map(describe).join("\n")}\n${count}\n`;
}

function describe(finding: Finding): string {
  const place =
    finding.cell === undefined ? `line ${finding.line}, column ${finding.column}` : `${finding.sheet}!${finding.cell}`;
  const value = finding.value === undefined ? "" : ` (${finding.value})`;
  return `${finding.severity} ${place}${value} [${finding.code}]\n  ${finding.cause}\n  ${finding.fix}`;
}

function counted(count: number, word: string): string {
  return count === 0 ? "" : `${count} ${word}${count === 1 ? "" : "s"}`;
}

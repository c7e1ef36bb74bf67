import { planTexts } from "./text/plan-text";
import { probeTexts } from "./text/probe-text";
import type { FindingParams, FindingText, Language } from "./text/text";
import { waiverTexts } from "./text/waiver-text";

/** The catalogue of all findings. A code, once released, keeps its meaning: waivers and other programs name it. */
const texts = { ...planTexts, ...probeTexts, ...waiverTexts };

export type FindingCode = keyof typeof texts;

/** Whether findings of this code come from reading a plan, as against from probing the site. */
export function isPlanCode(code: string): boolean {
  return code in planTexts || !(code in texts);
}

export function severityOf(code: FindingCode): "error" | "warning" {
  return texts[code].severity;
}

/** Cause and fix of a finding in a language. */
export function explain(
  code: FindingCode,
  params: FindingParams,
  language: Language = "en",
): { cause: string; fix: string } {
  const text: FindingText = texts[code];
  return text[language](params);
}

import { planTexts } from "./text/plan-text";
import { probeTexts } from "./text/probe-text";
import type { FindingParams, FindingText, Language } from "./text/text";

/** The catalogue of all findings. A code, once released, keeps its meaning: waivers and other programs name it. */
const texts = { ...planTexts, ...probeTexts };

export type FindingCode = keyof typeof texts;

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
  return (text[language] ?? text.en)(params);
}

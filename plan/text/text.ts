/** What the texts of a finding are filled with; names as used in the texts. Never a secret. */
export type FindingParams = { [name: string]: string | number };

/** The languages that findings are told in: English, and Chinese for who stands on site. */
export type Language = "en" | "zh";

/** Why it is wrong, and what to do; one sentence or two each. */
export type Words = (p: FindingParams) => { cause: string; fix: string };

export interface FindingText {
  severity: "error" | "warning";
  en: Words;
  zh: Words;
}

export function error(en: Words, zh: Words): FindingText {
  return { severity: "error", en, zh };
}

export function warning(en: Words, zh: Words): FindingText {
  return { severity: "warning", en, zh };
}

/** What stands where a secret stood. */
const mask = "***";

/** A text that a redacted cell held. */
export interface Secret {
  text: string;
  /** The cell, such as `主机规划!K3`. */
  place: string;
}

/** A typed-in choice of what is no ordinary word: those stand in a workbook with every right, as `admin` and `1` do. */
const shortest = 6;

/**
 * Whether a secret can be told from what stands in any workbook: six characters at least, no single word of up to
 * twelve letters, no number of less than eight digits.
 */
export function isTelling(text: string): boolean {
  if (text.length < shortest) return false;
  if (/^\d+$/.test(text)) return text.length >= 8;
  return !(/^\p{L}+$/u.test(text) && text.length <= 12);
}

/** Looks for secrets in texts and masks them, in the forms that a workbook has them in. */
export interface SecretFinder {
  /** The first of the secrets that a text holds. */
  in(text: string): Secret | undefined;
  masked(text: string): string;
  /** Every form of every secret. */
  forms: { form: string; secret: Secret }[];
}

export function secretFinder(secrets: Secret[]): SecretFinder {
  // A longer one may hold a shorter one, which would leave its rest.
  const forms = [...secrets]
    .sort((a, b) => b.text.length - a.text.length)
    .flatMap((secret) => [...formsOf(secret.text)].map((form) => ({ form, secret, pattern: patternOf(form) })));
  return {
    in: (text) => forms.find(({ form, pattern }) => text.includes(form) && text.search(pattern) >= 0)?.secret,
    masked: (text) => forms.reduce((rest, { pattern }) => rest.replace(pattern, mask), text),
    forms,
  };
}

/** As typed, as a text within a formula, and as a part of an address (`mailto:P%40ssw0rd`). */
function formsOf(text: string): Set<string> {
  const whole = /\p{Cs}/u.test(text) ? [] : [encodeURIComponent(text), encodeURI(text)];
  return new Set([text, text.replaceAll('"', '""'), ...whole]);
}

/** A number is looked for as a whole: its digits may stand in a longer one. */
function patternOf(form: string): RegExp {
  const literal = form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(/^\d+$/.test(form) ? `(?<![\\d.])${literal}(?![\\d.])` : literal, "g");
}

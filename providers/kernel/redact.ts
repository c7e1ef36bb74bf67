import { printable } from "../../base/printable";
import { caseless, fold, type Reading, readingsOf } from "./readings";

const MARK = "***";
const SHORTEST = 4;

/** For each registered secret, the texts to look for. */
const known = new Map<string, Needles>();

/**
 * Tells the process that this value must never be shown. Values under 4 characters are ignored: blanking
 * every "1" or "no" would make messages unreadable, and such a value is no secret.
 */
export function registerSecret(value: string | undefined): void {
  if (value !== undefined && !known.has(value)) known.set(value, needlesOf(value));
}

/** The text with every registered secret, however it is written there, replaced by `***`. */
export function redact(text: string): string {
  const spans = spansOf(text, known.values());
  if (spans.length === 0) return text;
  // Secrets may overlap. Their union is blanked, so that no part of one stays beside another.
  spans.sort((a, b) => a[0] - b[0]);
  let result = "";
  let done = 0;
  for (const [start, end] of spans) {
    if (start >= done) result += text.slice(done, start) + MARK;
    done = Math.max(done, end);
  }
  return result + text.slice(done);
}

/** Whether one of these secrets stands in a text, however it is written there. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return spansOf(text, secrets.map(needlesOf)).length > 0;
}

interface Needles {
  /** The secret itself and the hexadecimal of its bytes, looked for in upper and lower case alike. */
  caseless: string[];
  /** The base64 of its bytes, and the part of that which shows within the base64 of a longer text. */
  exact: string[];
}

function needlesOf(value: string): Needles {
  const words = new Set([value, value.trim(), printable(value)].filter((word) => word.length >= SHORTEST));
  const bytes = [...words].flatMap((word) => [
    Buffer.from(word),
    Buffer.from(word.toUpperCase()),
    Buffer.from(word.toLowerCase()),
    Buffer.from(JSON.stringify(word).slice(1, -1)),
    // UTF-16, as Windows encodes text.
    Buffer.from(word, "utf16le"),
  ]);
  return {
    caseless: [...new Set([...words, ...bytes.map((each) => each.toString("hex"))].map(fold))],
    exact: [...new Set(bytes.flatMap(base64Forms))],
  };
}

/**
 * The base64 of bytes, and the part of it that shows within the base64 of a longer text (`user:password`): there it
 * starts at one of three offsets, and its first and last characters mix with its neighbours. In both alphabets (RFC
 * 4648).
 */
function base64Forms(bytes: Buffer): string[] {
  const own = bytes.toString("base64").replace(/=+$/, "");
  const inside = [0, 1, 2]
    .map((offset) => {
      const whole = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
      return whole.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 8) / 6));
    })
    // A shorter piece would be found in texts that have nothing to do with the secret.
    .filter((piece) => piece.length >= 8);
  return [own, ...inside].flatMap((base64) => [base64, base64.replaceAll("+", "-").replaceAll("/", "_")]);
}

type Span = [start: number, end: number];

function spansOf(text: string, secrets: Iterable<Needles>): Span[] {
  const spans: Span[] = [];
  const all = [...secrets];
  if (all.length === 0) return spans;
  for (const reading of readingsOf(text)) {
    const folded = caseless(reading);
    for (const needles of all) {
      find(folded, needles.caseless);
      find(reading, needles.exact);
    }
  }
  return spans;

  function find({ text: read, from, to }: Reading, needles: string[]): void {
    for (const needle of needles)
      for (let at = read.indexOf(needle); at >= 0; at = read.indexOf(needle, at + 1))
        spans.push([from[at] as number, to[at + needle.length - 1] as number]);
  }
}

const SECRET_KEY =
  /pass(word|wd|phrase)|passwd|pwd|token|secret|authori[sz]ation|cookie|private_?key|api_?key|encoded|connect\.sid/i;

/** Whether a key's name says that its value is a secret. */
function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key.replaceAll("-", "_"));
}

/** The deepest nesting of objects that is shown. */
const DEEPEST = 32;

/**
 * A copy of a JSON-like value that may be shown: registered secrets are blanked in every text, and so is
 * every value under a key that looks like a secret (password, token, authorization, encoded …). Flags
 * under such a key (`encrypted: false`) stay.
 */
export function redactValue(value: unknown): unknown {
  return copyRedacted(value, []);
}

function copyRedacted(value: unknown, above: object[]): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value !== "object" || value === null) return value;
  if (above.includes(value)) return "(circular)";
  if (above.length === DEEPEST) return "…";
  const path = [...above, value];
  if (Array.isArray(value)) return value.map((item) => copyRedacted(item, path));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      redact(key),
      isSecretKey(key) && !isFlag(item) ? MARK : copyRedacted(item, path),
    ]),
  );
}

function isFlag(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "boolean";
}

const SECRET_FIELD = /"([^"\\]{1,60})"(\s*:\s*)"((?:[^"\\]|\\.)*)"?/g;

/** A text that came over the wire, fit to be shown: JSON, whole or cut off, loses the values under secret keys. */
export function redactWire(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return JSON.stringify(redactValue(value));
  } catch {
    // not JSON, or not all of it
  }
  const blanked = text.replace(SECRET_FIELD, (field, key: string, colon: string) =>
    isSecretKey(key) ? `"${key}"${colon}"${MARK}"` : field,
  );
  return redact(blanked);
}

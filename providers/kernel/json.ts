import { printable } from "../../base/printable";

/** The deepest nesting of lists and objects; the vendors' own answers have fewer than twenty. */
const DEEPEST = 64;
/** The most values of one text: more than any site has, and few enough for a schema to tell what is wrong with them. */
const MOST = 1_000_000;

/** JSON that nobody reads: nested, or long, beyond all that a vendor sends. */
export class TooMuch extends Error {}

/**
 * The value of JSON that came over the wire. Its texts are made fit to be printed, since the engine prints what the
 * state holds. Throws SyntaxError where the text is no JSON, and TooMuch, before any value is made, where it nests or
 * holds so much that what recurses through it (schemas, messages, comparisons) would run out of stack or memory.
 */
export function parseJson(text: string): unknown {
  const bare = text.replace(/^\uFEFF/, "");
  refuseTooMuch(bare);
  const value: unknown = JSON.parse(bare);
  return ESCAPE.test(bare) || printable(bare) !== bare ? cleaned(value) : value;
}

/** An escape, which may stand for a character that cannot be seen in the JSON itself (RFC 8259, section 7). */
const ESCAPE = /\\[ubfr]/;

function refuseTooMuch(text: string): void {
  let depth = 0;
  let count = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text[at];
    if (quoted) {
      if (unit === "\\") at++;
      else if (unit === '"') quoted = false;
    } else if (unit === '"') quoted = true;
    else if (unit === "[" || unit === "{") {
      count++;
      if (++depth > DEEPEST) throw new TooMuch(`it has more than ${DEEPEST} lists and objects within one another`);
    } else if (unit === "]" || unit === "}") depth--;
    else if (unit === ",") count++;
    if (count > MOST) throw new TooMuch(`it has more than ${MOST} values`);
  }
}

function cleaned(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [printable(key), cleaned(item)]));
}

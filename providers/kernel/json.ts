import { printable } from "../../base/printable";

/** Lists and objects within one another; the vendors' own answers have fewer than twenty. */
const DEEPEST = 64;
/** Values of one text: more than any site has, and few enough that no schema drowns in what is wrong with them. */
const MOST = 1_000_000;

/** JSON that nobody reads: nested, or long, beyond all that a vendor sends. */
export class TooMuch extends Error {}

/**
 * JSON that came over the wire, its texts fit to be printed, since the engine prints what the state holds. Throws SyntaxError where it is none, and TooMuch,
 * before a value of it is made, where to walk through it would take the stack or the memory: schemas, messages and
 * comparisons recurse.
 */
export function parseJson(text: string): unknown {
  const bare = text.replace(/^\uFEFF/, "");
  refuseTooMuch(bare);
  const value: unknown = JSON.parse(bare);
  return ESCAPE.test(bare) || printable(bare) !== bare ? cleaned(value) : value;
}

/** What may write a character that is not to be seen in the text itself (RFC 8259, section 7). */
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

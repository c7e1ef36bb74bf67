/** The machines of an entry, by their names. */
export interface Names {
  names: string[];
  /** The number in each name; undefined in one that has none. */
  numbers: (number | undefined)[];
}

/** More would be a slip of the pen. */
const mostNumbers = 1000;

/**
 * The names that a text stands for: `web-{08..18}` for eleven, and each other text for itself. A name that was not written
 * with braces has the number that it ends with. Undefined where the braces mean nothing.
 */
export function namesOf(text: string): Names | undefined {
  const parts = /^([^{}]*)\{(\d{1,9})\.\.(\d{1,9})\}([^{}]*)$/.exec(text);
  if (!parts) {
    if (/[{}]/.test(text)) return undefined;
    const [number] = /\d{1,9}$/.exec(text) ?? [];
    return { names: [text], numbers: [number === undefined ? undefined : Number(number)] };
  }
  const [, before = "", from = "", to = "", after = ""] = parts;
  const count = Number(to) - Number(from) + 1;
  if (count < 1 || count > mostNumbers) return undefined;
  // As in a shell: where one of the two is written with zeros before it, all are as wide.
  const width = [from, to].some((each) => /^0\d/.test(each)) ? Math.max(from.length, to.length) : 0;
  const numbers = Array.from({ length: count }, (_, i) => Number(from) + i);
  return { names: numbers.map((number) => `${before}${String(number).padStart(width, "0")}${after}`), numbers };
}

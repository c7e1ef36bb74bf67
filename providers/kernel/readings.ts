/**
 * A text as a reader has it that undoes an encoding. For each of its UTF-16 units, `from` and `to` say where it stands
 * in the original text.
 */
export interface Reading {
  text: string;
  from: ArrayLike<number>;
  to: ArrayLike<number>;
}

/** How often one encoding may lie within another: JSON in a JSON string, in a URL. */
const DEPTH = 3;
/** The most readings of one text: a text that is made to have more costs no more. */
const MOST = 24;

/**
 * A text as it stands, and as readers have it that know JSON, URLs, HTML and wrapped lines, also within one another.
 */
export function readingsOf(text: string): Reading[] {
  const places = Uint32Array.from({ length: text.length + 1 }, (_, index) => index);
  const found: Reading[] = [{ text, from: places, to: places.subarray(1) }];
  let begun = 0;
  for (let depth = 0; depth < DEPTH; depth++) {
    const end = found.length;
    for (; begun < end; begun++) {
      for (const [pattern, read] of WAYS) {
        const next = readAs(found[begun] as Reading, pattern, read);
        if (!next || found.some((each) => each.text === next.text)) continue;
        found.push(next);
        if (found.length === MOST) return found;
      }
    }
  }
  return found;
}

/** The reading in which upper and lower case are one. */
export function caseless(reading: Reading): Reading {
  return readAs(reading, CASED, foldCharacter) ?? reading;
}

/** A text as `caseless` has it. */
export function fold(text: string): string {
  return text.replace(CASED, foldCharacter);
}

/** A character that may have another case. */
const CASED = /[A-Z]|\P{ASCII}/gu;

/** A character in one case: ß, which is SS in capitals, becomes ss. */
function foldCharacter(character: string): string {
  return character.toUpperCase().toLowerCase();
}

type Read = (found: string) => string | undefined;

/** A reading with one encoding undone; undefined where nothing is written in it. */
function readAs(reading: Reading, pattern: RegExp, read: Read): Reading | undefined {
  let text = "";
  let done = 0;
  const from: number[] = [];
  const to: number[] = [];
  const copy = (until: number) => {
    text += reading.text.slice(done, until);
    for (; done < until; done++) {
      from.push(reading.from[done] as number);
      to.push(reading.to[done] as number);
    }
  };
  for (const { 0: found, index } of reading.text.matchAll(pattern)) {
    const means = read(found);
    if (means === undefined || means === found) continue;
    copy(index);
    text += means;
    done = index + found.length;
    for (let unit = 0; unit < means.length; unit++) {
      from.push(reading.from[index] as number);
      to.push(reading.to[done - 1] as number);
    }
  }
  if (done === 0) return undefined;
  copy(reading.text.length);
  return { text, from, to };
}

/** RFC 8259, section 7, with JavaScript's further escapes. */
const ESCAPE = /\\(?:[uU]\{[0-9a-fA-F]{1,6}\}|[uU][0-9a-fA-F]{4}|[xX][0-9a-fA-F]{2}|["'\\/bfnrt])/g;
const LETTERS: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function unescaped(found: string): string | undefined {
  const [, letter = ""] = found;
  if (!/[ux]/i.test(letter)) return LETTERS[letter] ?? letter;
  return character(found.replace(/[^0-9a-f]/gi, ""), 16);
}

/** RFC 3986, section 2.1; bytes above 7F are read together, as UTF-8. `%u0053` is what JavaScript's escape() writes. */
const PERCENT = /%u[0-9a-f]{4}|%[0-7][0-9a-f]|(?:%[89a-f][0-9a-f])+/gi;

function unpercented(found: string): string | undefined {
  if (/^%u/i.test(found)) return character(found.slice(2), 16);
  return Buffer.from(found.replaceAll("%", ""), "hex").toString("utf8");
}

/** HTML standard, "Named character references", as far as they are ASCII; a final semicolon may be missing. */
const ENTITY = /&(?:#[0-9]{1,10}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z]{2,8});?/g;
const NAMED = new Map(
  "amp& lt< gt> quot\" apos' excl! num# dollar$ percnt% lpar( rpar) ast* midast* plus+ comma, period. sol/ colon: semi; equals= quest? commat@ lsqb[ lbrack[ bsol\\ rsqb] rbrack] hat^ lowbar_ grave` lcub{ lbrace{ verbar| vert| rcub} rbrace}"
    .split(" ")
    .map((each): [string, string] => [each.slice(0, -1), each.slice(-1)]),
).set("nbsp", " ");

function unentitied(found: string): string | undefined {
  const name = found.replace(/^&|;$/g, "");
  if (/^#x/i.test(name)) return character(name.slice(2), 16);
  if (name.startsWith("#")) return character(name.slice(1), 10);
  return NAMED.get(name.toLowerCase());
}

function character(digits: string, base: 10 | 16): string | undefined {
  const point = Number.parseInt(digits, base);
  return point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}

const WAYS: [pattern: RegExp, read: Read][] = [
  [ESCAPE, unescaped],
  [PERCENT, unpercented],
  // A blank in a form (application/x-www-form-urlencoded).
  [/\+/g, () => " "],
  [ENTITY, unentitied],
  // Line ends within base64 by MIME, and where a terminal has wrapped a line.
  [/\r?\n[ \t]*/g, () => ""],
];

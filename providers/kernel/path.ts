import { BadAnswer } from "./errors";
import { words } from "./words";

/** A path of a request. Made by `pathTo` alone, so that no id gets into one as it is. */
class PathText {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}
export type Path = PathText;

/**
 * A path with values in it, each as one segment: pathTo`/api/v2/vms/${uuid}`. A path among them stands as it is, anything
 * else is encoded. Throws BadAnswer where a value would lead elsewhere (`..`, a slash) or is none: ids come from the vendor.
 */
export function pathTo(constant: TemplateStringsArray, ...values: (Path | string | number)[]): Path {
  const text = constant.reduce((before, part, index) => {
    const value = values[index - 1] as Path | string | number;
    return before + (value instanceof PathText ? value : segment(String(value), constant)) + part;
  });
  return new PathText(text);
}

/** Characters of an id. */
const LONGEST = 256;
/** What a server may take for the end of a segment, though it is encoded, and what has no place in an id. */
const LEADS_ELSEWHERE = /^\.*$|[/\\\p{Cc}\p{Cs}]/u;

function segment(value: string, constant: TemplateStringsArray): string {
  if (value.length > LONGEST || LEADS_ELSEWHERE.test(value) || LEADS_ELSEWHERE.test(decoded(value)))
    throw new BadAnswer(
      `nothing is sent to ${constant.join("…")}: "${words(value, 100)}" cannot be the id of anything there`,
      "look at the object at the site: something else than its API may have answered",
    );
  return encodeURIComponent(value);
}

/** As a server has it that decodes twice. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

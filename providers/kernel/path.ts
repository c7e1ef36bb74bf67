import { BadAnswer } from "./errors";
import { words } from "./words";

/** The path of a request. Only `pathTo` makes one, so that no id gets into it unencoded. */
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
 * A path with values in it, each as one segment: pathTo`/api/v2/vms/${uuid}`. A value that is a Path stands as it is,
 * any other is encoded. Ids come from the vendor: throws BadAnswer where a value is empty or would lead elsewhere
 * (`..`, a slash).
 */
export function pathTo(constant: TemplateStringsArray, ...values: (Path | string | number)[]): Path {
  const text = constant.reduce((before, part, index) => {
    const value = values[index - 1] as Path | string | number;
    return before + (value instanceof PathText ? value : segment(String(value), constant)) + part;
  });
  return new PathText(text);
}

/** The most characters of an id. */
const LONGEST = 256;
/** Characters that a server may take for the end of a segment even when they are encoded, or that no id has. */
const LEADS_ELSEWHERE = /^\.*$|[/\\\p{Cc}\p{Cs}]/u;

function segment(value: string, constant: TemplateStringsArray): string {
  if (value.length > LONGEST || LEADS_ELSEWHERE.test(value) || LEADS_ELSEWHERE.test(decoded(value)))
    throw new BadAnswer(
      `nothing is sent to ${constant.join("…")}: "${words(value, 100)}" cannot be the id of anything there`,
      "look at the object at the site: something else than its API may have answered",
    );
  return encodeURIComponent(value);
}

/** A value as a server has it that decodes twice. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

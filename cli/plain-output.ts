import { printable } from "../base/printable";

/**
 * Has a stream print plain text alone from here on, whoever the words are by: a plan, a host that answered a probe, a DNS
 * server. Bytes pass as they are.
 */
export function printPlainly(stream: Pick<NodeJS.WriteStream, "write">): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...more: unknown[]) => boolean;
  Object.assign(stream, {
    write: (chunk: unknown, ...more: unknown[]) => write(typeof chunk === "string" ? printable(chunk) : chunk, ...more),
  });
}

/** A value as JSON that a terminal takes for nothing else: what cannot be seen is written as JSON escapes it. */
export function plainJson(value: unknown): string {
  const json = JSON.stringify(value, undefined, 2).replaceAll("<{%", "<{\\u0025");
  return [...json].map((sign) => (sign === "\n" || printable(sign) === sign ? sign : escaped(sign))).join("");
}

/** Each of its UTF-16 units (RFC 8259, section 7). */
function escaped(sign: string): string {
  const units = sign.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
  return units.map((unit) => `\\u${unit}`).join("");
}

/** A file's name as a part of a line: names are anybody's. */
export function nameOf(file: string): string {
  return printable(file, "line");
}

import { printable } from "../../base/printable";
import { redact } from "./redact";

/** Looked at beyond what is shown, so that a secret at the cut is known whole. */
const BEYOND = 8 * 1024;

/**
 * What another system, or anybody, says, fit to stand in a message: secrets blanked, one line of printable text, cut after
 * `most` characters. However long it is, no more of it is looked at than that needs.
 */
export function words(text: string, most = 500): string {
  const line = printable(
    redact(text.slice(0, most + BEYOND))
      .replace(/[\r\n\t]\s*/g, " ")
      .trim(),
    "line",
  );
  return line.length > most ? `${line.slice(0, most)}…` : line;
}

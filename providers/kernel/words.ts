import { printable } from "../../base/printable";
import { redact } from "./redact";

/** Characters that are looked at beyond those that are shown, so that a secret at the cut is recognised. */
const BEYOND = 8 * 1024;

/**
 * A text from anywhere, fit to stand in a message: secrets blanked, one line of printable text, cut after `most`
 * characters. However long the text is, no more of it is looked at than that needs.
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

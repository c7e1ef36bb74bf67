/**
 * What a terminal, a log or a reader's eye would take for something else than the text that it is: control characters
 * (ESC, the C1 set, DEL), characters that turn the direction of a line, invisible ones (General_Category Cc, Cf, Zl, Zp;
 * Default_Ignorable_Code_Point, but for what chooses between forms of the character before it), and halves of a character.
 * `<{%` begins one of Pulumi's own colour tags.
 */
const UNPRINTABLE =
  /\r\n|<\{(?=%)|(?!\p{Variation_Selector})[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

const NAMES: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A text as it may be printed, whoever wrote it: what is not seen takes a visible form (`\x1b`, `\u202e`, `\u{e0001}`),
 * and Pulumi's colour tags are broken. New lines and tabs are kept; with `"line"` they are made visible, too. What it
 * returns stays as it is when it passes again.
 */
export function printable(text: string, shape: "lines" | "line" = "lines"): string {
  return text.replace(UNPRINTABLE, (found) => {
    if (found === "<{") return "<{ ";
    if (found === "\r\n") return shape === "lines" ? "\n" : "\\r\\n";
    if (shape === "lines" && (found === "\n" || found === "\t")) return found;
    return NAMES[found] ?? escaped(found.codePointAt(0) ?? 0);
  });
}

function escaped(point: number): string {
  const digits = point.toString(16);
  if (point < 0x100) return `\\x${digits.padStart(2, "0")}`;
  return point < 0x10000 ? `\\u${digits.padStart(4, "0")}` : `\\u{${digits}}`;
}

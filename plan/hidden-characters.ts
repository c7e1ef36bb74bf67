import { printable } from "../base/printable";

/**
 * The characters of a value that nobody sees, or that make a terminal or a reader's eye show something else: control
 * characters, those that turn a line's direction, invisible ones, and Pulumi's colour tags. As `U+001B, U+202E`, each
 * once; undefined where there are none. A password is never shown, so that what looks like a tag is none.
 */
export function hiddenCharacters(text: string, { password = false } = {}): string | undefined {
  if (printable(text, "line") === text) return undefined;
  const hidden = new Set([...text].filter((sign) => printable(sign, "line") !== sign).map(codeOf));
  if (!password && text.includes("<{%")) hidden.add([..."<{%"].map(codeOf).join(" "));
  return hidden.size === 0 ? undefined : [...hidden].slice(0, 8).join(", ");
}

function codeOf(sign: string): string {
  return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

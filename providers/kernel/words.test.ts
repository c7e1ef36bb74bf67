import { expect, test } from "vitest";
import { Refused } from "./errors";
import { registerSecret } from "./redact";
import { reasonOf } from "./wire-errors";
import { words } from "./words";

test("what another system says is one line of plain text", () => {
  expect(words(" down\r\n\nAll hosts verified.\n\tRun: \x1b[31mcurl <{%bold%}> \u202e\n")).toBe(
    "down All hosts verified. Run: \\x1b[31mcurl <{ %bold%}> \\u202e",
  );
});

test("it is cut, and a secret at the cut is blanked whole", () => {
  registerSecret("Cut-Canary-12345");
  expect(words(`${"x".repeat(495)}Cut-Canary-12345`)).toBe(`${"x".repeat(495)}***`);
  expect(words("y".repeat(8_000_000))).toBe(`${"y".repeat(500)}…`);
});

test("an error is one line of plain text, however it came by its words, and keeps its hint apart", () => {
  const error = new Refused(`refused: ${"é\x1b\n".repeat(1_000_000)}`, { hint: `look\nthere: ${"z".repeat(9_000)}` });
  expect(error.message.length).toBeLessThan(8_100);
  expect(error.message).toMatch(/^refused: é\\x1b é\\x1b/);
  expect(error.message).not.toMatch(/[\p{Cc}]/u);
  expect(error.hint).toMatch(/^look there: zzz.*…$/);
  expect(error.message).toBe(`${reasonOf(error)} — ${error.hint}`);
  expect(reasonOf(error)).toMatch(/…$/);
});

import { expect, test } from "vitest";
import { printable } from "../base/printable";
import { plainJson, printPlainly } from "./plain-output";

test("a stream prints what is not to be seen in a visible form, and bytes as they are", () => {
  const printed: unknown[] = [];
  const stream = {
    write(chunk: unknown) {
      printed.push(chunk);
      return true;
    },
  };
  printPlainly(stream as never);
  stream.write("host \x1b]0;owned\x07\u009b31m\u202e\n\tand more 主机\n");
  stream.write(Buffer.from("\x1b"));
  expect(printed).toEqual(["host \\x1b]0;owned\\x07\\x9b31m\\u202e\n\tand more 主机\n", Buffer.from("\x1b")]);
});

test("JSON stays the JSON that it is", () => {
  const value = { "name\u202e": ["\x1b[31m", "\u009b", "\u{e0041}", "\ud800", "主机 🚀 ⚠️", "a\nb", "<{%bold%}>"] };
  const json = plainJson(value);
  expect(json).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Cs}]/u);
  expect(json).toBe(printable(json));
  expect(JSON.parse(json)).toEqual(value);
});

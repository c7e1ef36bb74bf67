import { expect, test } from "vitest";
import { parseJson, TooMuch } from "./json";

test("JSON is read as it stands, with or without a byte order mark", () => {
  const value = { a: [1, "b", null, { "c ü": true }], "tab\tand\nline": "名字 ⚠️ stays" };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
  expect(parseJson(`\uFEFF${JSON.stringify(value)}`)).toEqual(value);
  expect(() => parseJson("<html>")).toThrow(SyntaxError);
});

test("all of its texts can be printed, its keys too", () => {
  const text = String.raw`{"a\u001b":["\u009b31m","\u0000\u0007\b","one\r\ntwo\rthree","\ud800","<{%bold%}>"]}`;
  expect(parseJson(text)).toEqual({
    "a\\x1b": ["\\x9b31m", "\\x00\\x07\\x08", "one\ntwo\\rthree", "\\ud800", "<{ %bold%}>"],
  });
  expect(parseJson('"raw \u009b and \u007f, \u202e and \u200b"')).toBe("raw \\x9b and \\x7f, \\u202e and \\u200b");
});

test("what is nested without end is refused before anything walks through it", () => {
  const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  expect(parseJson(deep(64))).toHaveLength(1);
  expect(() => parseJson(deep(65))).toThrow(TooMuch);
  expect(() => parseJson(`{"error":${'{"a":'.repeat(1_000_000)}1${"}".repeat(1_000_000)}}`)).toThrow(
    /within one another/,
  );
});

test("a list of more values than any site has is refused, brackets and commas in texts do not count", () => {
  expect(() => parseJson(`[${"1,".repeat(1_000_001)}1]`)).toThrow(/more than 1000000 values/);
  expect(parseJson(JSON.stringify(['[{,"\\'.repeat(400_000)]))).toHaveLength(1);
});

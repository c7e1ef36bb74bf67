import fc from "fast-check";
import { expect, test } from "vitest";
import { printable } from "./printable";

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

test("control characters take a visible form", () => {
  expect(printable("\x1b[31mred\x1b]0;owned\x07 \x00\x7f\u009b31m")).toBe(
    "\\x1b[31mred\\x1b]0;owned\\x07 \\x00\\x7f\\x9b31m",
  );
});

test("so do characters that turn a line, invisible ones and halves of one", () => {
  expect(printable("a\u202eb\u2066c\u200bd\ufeffe\u2028f\u00adg\u{e0041}h\u3164i\ud800j")).toBe(
    "a\\u202eb\\u2066c\\u200bd\\ufeffe\\u2028f\\xadg\\u{e0041}h\\u3164i\\ud800j",
  );
});

test("Pulumi finds no tag of its own", () => {
  expect(printable("<{%bold%}>All hosts verified<{%reset%}>")).toBe("<{ %bold%}>All hosts verified<{ %reset%}>");
});

test("new lines and tabs stay, or are made visible in what is one line", () => {
  expect(printable("one\r\ntwo\n\tthree\rfour")).toBe("one\ntwo\n\tthree\\rfour");
  expect(printable("one\r\ntwo\n\tthree", "line")).toBe("one\\r\\ntwo\\n\\tthree");
});

test("what a plan says in any language stays as it is", () => {
  const words = "主机规划 K3：节点-01 “管理网” café é 🚀 𠮷 ⚠️";
  expect(printable(words)).toBe(words);
});

test("whatever the text, nothing unseen is left and a second pass changes nothing", () => {
  const text = fc
    .string({ unit: "binary" })
    .chain((head) => fc.constantFrom("<{%", "<{<{%%", "\x1b", "<\u202e{%").map((tail) => head + tail + head));
  fc.assert(
    fc.property(text, (raw) => {
      const once = printable(raw, "line");
      expect(once).not.toMatch(UNSEEN);
      expect(once).not.toContain("<{%");
      expect(printable(once, "line")).toBe(once);
      expect(printable(raw).replace(/[\n\t]/g, "")).not.toMatch(UNSEEN);
    }),
  );
});

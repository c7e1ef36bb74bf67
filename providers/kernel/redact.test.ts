import { expect, test } from "vitest";
import { redact, redactValue, redactWire, registerSecret } from "./redact";

test("a secret within the base64 of a longer text is blanked at each offset", () => {
  const secret = "Correct-Horse-9";
  registerSecret(secret);
  for (const user of ["r", "ro", "roo", "root"]) {
    const header = Buffer.from(`${user}:${secret}!`).toString("base64");
    const shown = redact(`Basic ${header}`);
    expect(shown).toContain("***");
    expect(Buffer.from(shown.replaceAll("*", "")).toString()).not.toContain(header.slice(8, 20));
  }
});

test.each([
  ["upper case", "CORRECT-HORSE/9 &É"],
  ["hex", Buffer.from("Correct-Horse/9 &é").toString("hex")],
  ["hex in capitals", Buffer.from("Correct-Horse/9 &é").toString("hex").toUpperCase()],
  ["JSON escapes of some letters", String.raw`Correct\u002dHor\u0073e\/9 \u0026\u00e9`],
  ["escapes of all bytes", String.raw`\x43orrect-Horse/9 &\xe9`],
  ["JSON in JSON", String.raw`\\u0043orrect-Horse/9 &é`],
  ["percent", "%43orrect%2dHorse%2F9%20%26%C3%A9"],
  ["percent of percent", "Correct-Horse%252F9%2520%2526%25C3%25A9"],
  ["a form", "Correct-Horse%2F9+%26%C3%A9"],
  ["the old escape()", "Correct-Horse/9%20%26%u00E9"],
  ["XML entities", "&#67;orrect&#x2D;Horse&sol;9&nbsp;&amp;&#233;"],
  ["entities in JSON", String.raw`Correct-Horse\/9 \u0026amp;\u00e9`],
  ["base64 of UTF-16", Buffer.from("Correct-Horse/9 &é", "utf16le").toString("base64")],
  ["base64url in a URL", encodeURIComponent(Buffer.from("Correct-Horse/9 &é").toString("base64"))],
  ["base64 over two lines", Buffer.from("Correct-Horse/9 &é").toString("base64").replace(/.{8}/, "$&\r\n")],
])("a secret is known in any text: %s", (_way, written) => {
  registerSecret("Correct-Horse/9 &é");
  for (const around of ["", "x", '{"a":"', "<p>", "100% "]) {
    const shown = redact(`${around}${written} and more`);
    expect(shown.startsWith(`${around}***`)).toBe(true);
    expect(shown.endsWith(" and more")).toBe(true);
  }
});

test("what only looks like an escape stays as it is", () => {
  const text = String.raw`100% C:\users\xylo &c; &unknown; %zz a+b \u00`;
  expect(redact(text)).toBe(text);
});

test("overlapping secrets are blanked as one", () => {
  registerSecret("overlap-abc-def");
  registerSecret("def-overlap-xyz");
  expect(redact("<overlap-abc-def-overlap-xyz>")).toBe("<***>");
});

test("a form with spaces and slashes is blanked as forms and PHP write it", () => {
  registerSecret("pass word/with ümlaut");
  expect(redact("q=pass+word%2Fwith+%C3%BCmlaut&x=1")).toBe("q=***&x=1");
  expect(redact("q=pass%20word%2fwith%20%c3%bcmlaut")).toBe("q=***");
  expect(redact(String.raw`"pass word\/with ümlaut"`)).toBe('"***"');
  expect(redact(String.raw`"pass word/with \u00fcmlaut"`)).toBe('"***"');
});

test("values under four characters are not blanked", () => {
  registerSecret("abc");
  registerSecret("");
  registerSecret(undefined);
  expect(redact("abc")).toBe("abc");
});

test("values under secret keys are blanked, flags and the rest stay", () => {
  expect(
    redactValue({
      username: "root",
      password: "zz",
      encrypted: false,
      hosts: [{ host_passwords: [{ user: "root" }], "X-SmartX-Token": 7, effect: { encoded: true } }],
      Authorization: "Bearer zz",
    }),
  ).toEqual({
    username: "root",
    password: "***",
    encrypted: false,
    hosts: [{ host_passwords: "***", "X-SmartX-Token": "***", effect: { encoded: true } }],
    Authorization: "***",
  });
});

test("a value that holds itself comes to an end", () => {
  const value: Record<string, unknown> = { name: "a" };
  value.self = value;
  expect(redactValue(value)).toEqual({ name: "a", self: "(circular)" });
});

test("what is nested without end is shown as far as anybody looks", () => {
  expect(redactWire("[".repeat(30_000) + "]".repeat(30_000))).toBe(`${"[".repeat(32)}"…"${"]".repeat(32)}`);
});

test("secret fields of JSON are blanked even where it is cut off", () => {
  expect(redactWire('{"user":"root","password":"zz"}')).toBe('{"user":"root","password":"***"}');
  expect(redactWire('{"user":"root","token" : "half of a to')).toBe('{"user":"root","token" : "***"');
  expect(redactWire("<html>502</html>")).toBe("<html>502</html>");
});

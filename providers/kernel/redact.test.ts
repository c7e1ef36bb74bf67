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

test("secret fields of JSON are blanked even where it is cut off", () => {
  expect(redactWire('{"user":"root","password":"zz"}')).toBe('{"user":"root","password":"***"}');
  expect(redactWire('{"user":"root","token" : "half of a to')).toBe('{"user":"root","token" : "***"');
  expect(redactWire("<html>502</html>")).toBe("<html>502</html>");
});

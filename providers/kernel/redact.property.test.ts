import fc from "fast-check";
import { expect, test } from "vitest";
import { redact, registerSecret } from "./redact";

// These tests have a file of their own, since a registered secret stays so for the whole process.
const visible = /[A-Za-z0-9]{4}/;
const text = (minLength: number, maxLength?: number) => fc.string({ minLength, maxLength, unit: "grapheme" });

/** Each unit of a text written by `write`. */
const each = (secret: string, write: (unit: string, point: number) => string) =>
  [...secret].map((unit) => write(unit, unit.codePointAt(0) ?? 0)).join("");
const units = (secret: string, write: (code: string) => string) =>
  secret
    .split("")
    .map((unit) => write(unit.charCodeAt(0).toString(16).padStart(4, "0")))
    .join("");

const WAYS: Record<string, (secret: string) => string> = {
  "as it is": (secret) => secret,
  "upper case": (secret) => secret.toUpperCase(),
  "lower case": (secret) => secret.toLowerCase(),
  JSON: (secret) => JSON.stringify(secret),
  "JSON in JSON": (secret) => JSON.stringify({ message: JSON.stringify({ secret }) }),
  "JSON escapes": (secret) => units(secret, (code) => `\\u${code}`),
  "JSON escapes in capitals": (secret) => units(secret, (code) => `\\u${code.toUpperCase()}`),
  "escapes by code point": (secret) => each(secret, (_, point) => `\\u{${point.toString(16)}}`),
  URL: (secret) => encodeURIComponent(secret),
  "URL in a URL": (secret) => encodeURIComponent(encodeURIComponent(secret)),
  "every byte of a URL": (secret) => Buffer.from(secret).toString("hex").replace(/../g, "%$&"),
  form: (secret) => new URLSearchParams({ secret }).toString(),
  "JSON in a URL": (secret) => encodeURIComponent(JSON.stringify({ secret })),
  XML: (secret) => secret.replace(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`),
  HTML: (secret) => secret.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;"),
  "decimal entities": (secret) => each(secret, (_, point) => `&#${point};`),
  "hexadecimal entities": (secret) => each(secret, (_, point) => `&#x${point.toString(16)};`),
  hex: (secret) => Buffer.from(secret).toString("hex"),
  "hex in capitals": (secret) => Buffer.from(secret).toString("hex").toUpperCase(),
  base64: (secret) => Buffer.from(secret).toString("base64").replace(/=+$/, ""),
  base64url: (secret) => Buffer.from(secret).toString("base64url"),
};

test.each(Object.entries(WAYS))("a registered secret does not survive in any text: %s", (_way, write) => {
  fc.assert(
    fc.property(
      text(4, 24).filter((secret) => visible.test(secret)),
      text(0),
      text(0),
      (secret, before, after) => {
        registerSecret(secret);
        expect(redact(`${before}${write(secret)}${after}`)).not.toContain(write(secret));
      },
    ),
    { numRuns: 50 },
  );
});

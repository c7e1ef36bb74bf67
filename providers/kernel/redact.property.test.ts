import fc from "fast-check";
import { expect, test } from "vitest";
import { redact, registerSecret, secretForms } from "./redact";

// In a file of its own: what is registered stays so for the whole process.
const visible = /[A-Za-z0-9]{4}/;

test("no form of a registered secret survives, whatever stands around it", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 4, maxLength: 24, unit: "grapheme" }).filter((text) => visible.test(text)),
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "grapheme" }),
      (secret, before, after) => {
        registerSecret(secret);
        for (const form of [
          secret,
          JSON.stringify(secret),
          JSON.stringify({ message: JSON.stringify({ secret }) }),
          encodeURIComponent(secret),
          new URLSearchParams({ secret }).toString(),
          Buffer.from(secret).toString("base64"),
          Buffer.from(secret).toString("base64url"),
        ]) {
          const shown = redact(`${before}${form}${after}`);
          for (const form of secretForms(secret)) expect(shown).not.toContain(form);
        }
      },
    ),
  );
});

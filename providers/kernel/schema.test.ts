import { expect, test } from "vitest";
import { z } from "zod";
import { asSet, byMeaning, holdsSecret, markSecrets, sameField, secret, UNKNOWN, validate } from "./schema";

const schema = z.strictObject({
  name: z.string().min(1),
  size: z.int().positive().default(1),
  tags: asSet(z.array(z.string())).optional(),
  servers: byMeaning(z.string(), (value) => String(value).split(/[,;]/)).optional(),
  password: secret(z.string().min(8)).optional(),
  accounts: z.array(z.strictObject({ user: z.string(), password: secret(z.string().min(8)) })).optional(),
});

test("good inputs come back with their defaults", () => {
  expect(validate(schema, { name: "a" })).toEqual({ inputs: { name: "a", size: 1 }, failures: [] });
});

test("while one value is unknown, the known fields have their defaults all the same", () => {
  const { inputs, failures } = validate(schema, { name: UNKNOWN, tags: ["x"] });
  expect({ inputs, failures }).toEqual({ inputs: { name: UNKNOWN, size: 1, tags: ["x"] }, failures: [] });
});

test("a failure names the property path as engines write it, and the value", () => {
  const { failures } = validate(schema, { name: "", accounts: [{ user: 3, password: "long enough" }] });
  expect(failures.map((failure) => failure.property)).toEqual(["name", "accounts[0].user"]);
  expect(failures[0]?.reason).toContain('(got "")');
  expect(failures[1]?.reason).toContain("(got 3)");
});

test("a failure never shows a secret, nor an object that holds one", () => {
  const { failures } = validate(schema, { name: "a", password: "canary", accounts: "canary" });
  expect(failures).toHaveLength(2);
  expect(JSON.stringify(failures)).not.toContain("canary");
});

test("a text that cannot be printed is refused, in words that name it and hold none; a secret is its owner's affair", () => {
  const inputs = {
    name: "CLS\x1b[31m\x1b]0;owned\x07",
    password: "\x1b-long enough",
    accounts: [],
    tags: ["a\u009bb"],
  };
  expect(validate(schema, inputs).failures).toEqual([
    {
      property: "",
      reason: 'name holds characters that cannot be seen: "CLS\\x1b[31m\\x1b]0;owned\\x07"; write it without',
    },
    { property: "", reason: 'tags[0] holds characters that cannot be seen: "a\\x9bb"; write it without' },
  ]);
  expect(validate(schema, { name: "two\n\tlines ⚠️" }).failures).toEqual([]);
});

test("unknown values pass in preview, in number fields too, and only there", () => {
  expect(validate(schema, { name: UNKNOWN, size: UNKNOWN, accounts: UNKNOWN }).failures).toEqual([]);
  expect(validate(schema, { name: UNKNOWN, size: -1 }).failures).toMatchObject([{ property: "size" }]);
  expect(validate(schema, { name: "a", accounts: [{ user: UNKNOWN, password: "short" }] }).failures).toMatchObject([
    { property: "accounts[0].password" },
  ]);
  expect(validate(schema, { name: "a", other: UNKNOWN }).failures).toHaveLength(1);
});

test("sets compare as sets, rewritten text by meaning, nothing as nothing", () => {
  expect(sameField(schema, "tags", ["a", "b"], ["b", "a"])).toBe(true);
  expect(sameField(schema, "tags", ["a", "b"], ["a"])).toBe(false);
  expect(sameField(schema, "servers", "a,b", "a;b")).toBe(true);
  expect(sameField(schema, "servers", "a,b", "b,a")).toBe(false);
  expect(sameField(schema, "tags", undefined, null)).toBe(true);
  expect(sameField(schema, "name", "a", UNKNOWN)).toBe(false);
});

test("secrets are marked where they stand, and what cannot be looked into is marked whole", () => {
  const mark = (value: unknown) => ({ secret: value });
  const isOpaque = (value: unknown) => value instanceof Promise;
  const later = Promise.resolve([]);
  expect(
    markSecrets(schema, { name: "a", password: "p", accounts: [{ user: "u", password: "q" }] }, mark, isOpaque),
  ).toEqual({
    name: "a",
    password: { secret: "p" },
    accounts: [{ user: "u", password: { secret: "q" } }],
  });
  expect(markSecrets(schema, { accounts: later, name: later }, mark, isOpaque)).toEqual({
    accounts: { secret: later },
    name: later,
  });
  expect(holdsSecret(schema)).toBe(true);
});

test("in a set of objects neither their order counts nor that of their fields", () => {
  const set = z.strictObject({ thresholds: asSet(z.array(z.looseObject({}))) });
  const [a, b] = [
    { severity: "NOTICE", value: 61 },
    { severity: "CRITICAL", value: 90 },
  ];
  const turned = [
    { value: 90, severity: "CRITICAL" },
    { value: 61, severity: "NOTICE" },
  ];
  expect(sameField(set, "thresholds", [a, b], turned)).toBe(true);
  expect(sameField(set, "thresholds", [a, b], [a, a])).toBe(false);
});

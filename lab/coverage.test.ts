import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { coverage } from "./coverage";
import { operations } from "./router";
import type { Switch } from "./switch";
import { defaultSwitches } from "./switches";
import { systems } from "./systems";

test("COVERAGE.md is what npm run docs writes", () => {
  expect(readFileSync(join(__dirname, "COVERAGE.md"), "utf8")).toBe(coverage());
});

test("COVERAGE.md names every operation and every switch once in its table", () => {
  const lines = coverage().split("\n");
  for (const name of [...operations.map(({ id }) => id), ...Object.keys(defaultSwitches).map((id) => `\`${id}\``)])
    expect(lines.filter((line) => line.startsWith(`| ${name} |`))).toHaveLength(1);
});

test("each switch is one system's, and either operations hang on it and say so, or it says itself what it changes", () => {
  const declared = systems.flatMap(({ switches }): readonly Switch[] => switches);
  expect(new Set(declared.map(({ name }) => name)).size).toBe(declared.length);
  const used = new Set(operations.flatMap((operation) => operation.switches ?? []));
  for (const one of declared) expect([one.name, used.has(one)]).toEqual([one.name, one.changes === undefined]);
  expect([...used].filter((one) => !declared.includes(one))).toEqual([]);
});

test("no two operations share an id, or a method and path", () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  expect(new Set(operations.map(({ method, path, graphql }) => `${method} ${path} ${graphql}`)).size).toBe(
    operations.length,
  );
});

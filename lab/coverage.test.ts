import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { coverage, NOT_OF_ONE_OPERATION } from "./coverage";
import { operations } from "./router";
import { defaultSwitches } from "./switches";

test("COVERAGE.md is what npm run docs writes", () => {
  expect(readFileSync(join(__dirname, "COVERAGE.md"), "utf8")).toBe(coverage());
});

test("COVERAGE.md names every operation and every switch once in its table", () => {
  const lines = coverage().split("\n");
  for (const name of [...operations.map(({ id }) => id), ...Object.keys(defaultSwitches).map((id) => `\`${id}\``)])
    expect(lines.filter((line) => line.startsWith(`| ${name} |`))).toHaveLength(1);
});

test("an operation that hangs on a switch says so, and every switch hangs on one", () => {
  const used = new Set<string>(operations.flatMap((operation) => operation.switches ?? []));
  for (const name of Object.keys(NOT_OF_ONE_OPERATION)) used.add(name);
  expect([...used].sort()).toEqual(Object.keys(defaultSwitches).sort());
});

test("no two operations share an id, or a method and path", () => {
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  expect(new Set(operations.map(({ method, path, graphql }) => `${method} ${path} ${graphql}`)).size).toBe(
    operations.length,
  );
});

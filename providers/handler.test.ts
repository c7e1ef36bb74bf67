import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { handler, kinds, systems } from "./handler";

/** The types that the files of a folder define. */
function definedIn(folder: string): string[] {
  const files = readdirSync(join(__dirname, folder)).filter((file) => /^(?!.*\.(test|fixture)\.).*\.ts$/.test(file));
  return files.flatMap((file) => {
    const text = readFileSync(join(__dirname, folder, file), "utf8");
    // Of a family's function it may be the argument's argument, or what the definition begins with.
    return [...text.matchAll(/= (?:defineResource\(\s*(?:\w+\()?|towerObject\()\{\s*type: "([^"]+)"/g)].map(
      ([, type]) => type as string,
    );
  });
}

const folders = readdirSync(__dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const vendors = folders.map(({ name }) => name).filter((name) => definedIn(name).length > 0);

test("every folder that defines kinds is a system that the handler knows", () => {
  expect(systems.map(({ name }) => name).sort()).toEqual(vendors.sort());
});

test.each(systems.map((system) => [system.name, system] as const))(
  "%s registers every kind that its files define",
  (name, { resources }) => {
    expect(resources.map(({ kind }) => kind.type).sort()).toEqual(definedIn(name).sort());
  },
);

test("a type is one kind's, and the handler has its provider", () => {
  const types = kinds.map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
  for (const type of types) expect(handler(type)).toBeDefined();
  expect(() => handler("smtxos:Nothing")).toThrow("no resource kind smtxos:Nothing");
});

import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { assertBuilt } from "./built";

const SOURCES = { "index.ts": "1", "providers/kind.ts": "2", "providers/kind.test.ts": "3", "cli/main.ts": "4" };

/** A project whose dist/ was compiled from these sources, as toolchain/build.mjs leaves it. */
function compiled(): { root: string; write(file: string, text: string): void } {
  const root = mkdtempSync(join(tmpdir(), "built-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  const lines = Object.entries(SOURCES).map(([file, text]) => {
    write(file, text);
    return `${createHash("sha256").update(text).digest("hex")}  ${file}\n`;
  });
  write("dist/.sources", lines.join(""));
  return { root, write };
}

const what = ["index.ts", "providers"];

test("a dist/ of the sources as they are is taken, whatever stands in tests and elsewhere", () => {
  const { root, write } = compiled();
  write("providers/kind.ts", SOURCES["providers/kind.ts"]);
  write("providers/kind.test.ts", "changed");
  write("cli/main.ts", "changed");
  expect(() => assertBuilt(root, what)).not.toThrow();
});

test.each([
  ["changed", "providers/kind.ts", "changed"],
  ["new", "providers/other.ts", ""],
])("a source that is %s is named, with the command that helps", (_what, file, text) => {
  const { root, write } = compiled();
  write(file, text);
  expect(() => assertBuilt(root, what)).toThrow(`${file} is not what dist/ was compiled from: run \`npm run build\``);
});

test("a source that is gone is named, too", () => {
  const { root } = compiled();
  rmSync(join(root, "providers", "kind.ts"));
  expect(() => assertBuilt(root, what)).toThrow("providers/kind.ts is not what dist/ was compiled from");
});

test("a program that was never compiled is told so", () => {
  const { root } = compiled();
  rmSync(join(root, "dist"), { recursive: true });
  expect(() => assertBuilt(root, what)).toThrow("run `npm run build` first");
});

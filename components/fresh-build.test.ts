import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assertFreshBuild } from "./fresh-build";

const built = new Date("2026-01-02");

function project(): string {
  const root = mkdtempSync(join(tmpdir(), "fresh-"));
  for (const folder of ["components", "base", "plan", "providers", "dist"]) mkdirSync(join(root, folder));
  for (const file of ["index.ts", "plan/read.ts", "plan/read.test.ts", "dist/.sources"]) {
    writeFileSync(join(root, file), "");
    utimesSync(join(root, file), built, built);
  }
  return root;
}

function touch(root: string, file: string): void {
  const later = new Date(built.getTime() + 1_000);
  utimesSync(join(root, file), later, later);
}

test("a program built from its sources runs", () => {
  const root = project();
  touch(root, "plan/read.test.ts");
  expect(() => assertFreshBuild(root)).not.toThrow();
});

test("a source newer than the build is named, and the command that helps", () => {
  const root = project();
  touch(root, "plan/read.ts");
  expect(() => assertFreshBuild(root)).toThrow("plan/read.ts is newer than the compiled program: run npm run build");
});

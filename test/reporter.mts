import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

declare module "vitest" {
  interface TaskMeta {
    /** What a file's tests have held to the vendor's documents. */
    cloudtowerOpenapi?: { given: boolean; requests: number; answers: number };
    /** What a file's tests have cost; `engineRuns` and `engineCommands` are starts of the real engine. */
    cost?: { cpuSeconds: number; engineRuns: number; engineCommands: number };
  }
}

/** What the files that speak to the lab's CloudTower have held to the vendor's documents; undefined: none of them ran. */
export function heldToOpenapi(modules: readonly TestModule[]): { says: string; nothing: boolean } | undefined {
  const held = modules.flatMap((module) => module.meta().cloudtowerOpenapi ?? []);
  if (held.length === 0) return undefined;
  if (!held.some(({ given }) => given))
    return { says: "not given (SITEWRIGHT_CLOUDTOWER_OPENAPI names their folder)", nothing: false };
  const [requests, answers] = (["requests", "answers"] as const).map((key) =>
    held.reduce((sum, each) => sum + each[key], 0),
  );
  return { says: `${requests} requests and ${answers} answers checked`, nothing: requests === 0 && answers === 0 };
}

/** The dearest files, a line each, and all of them together; nothing where one file ran alone. */
export function dearest(modules: readonly TestModule[], most = 10): string[] {
  const costs = modules.flatMap((module) => {
    const { cost } = module.meta();
    return cost ? [{ file: module.relativeModuleId, ...cost }] : [];
  });
  if (costs.length < 2) return [];
  const line = (what: string, cpuSeconds: number, engineRuns: number, engineCommands: number) =>
    `${cpuSeconds.toFixed(1).padStart(8)} ${String(engineRuns).padStart(5)} ${String(engineCommands).padStart(5)}  ${what}`;
  const sum = (key: "cpuSeconds" | "engineRuns" | "engineCommands") => costs.reduce((all, each) => all + each[key], 0);
  const sorted = costs.sort((one, other) => other.cpuSeconds - one.cpuSeconds);
  return [
    "   CPU s  runs  commands of the real engine",
    ...sorted.slice(0, most).map((each) => line(each.file, each.cpuSeconds, each.engineRuns, each.engineCommands)),
    line(`all ${costs.length} files`, sum("cpuSeconds"), sum("engineRuns"), sum("engineCommands")),
  ];
}

/**
 * Ends a run with the line `N passed, N failed`. Errors outside any test, and files that cannot be loaded, count as
 * failures. `toolchain/ci.mjs` reads the same numbers from the file that SITEWRIGHT_TEST_COUNTS names.
 */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "pending") counts.failed += 1;
        else counts[state] += 1;
      }
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    }
    for (const line of dearest(modules, Number(process.env["SITEWRIGHT_TEST_DEAREST"] ?? 10))) console.log(line);
    const documents = heldToOpenapi(modules);
    if (documents) console.log(`CloudTower's OpenAPI documents: ${documents.says}`);
    if (documents?.nothing) {
      counts.failed += 1;
      process.exitCode = 1;
    }
    const { SITEWRIGHT_TEST_COUNTS } = process.env;
    if (SITEWRIGHT_TEST_COUNTS) writeFileSync(SITEWRIGHT_TEST_COUNTS, JSON.stringify(counts));
    if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
  }
}

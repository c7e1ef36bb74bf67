import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

declare module "vitest" {
  interface TaskMeta {
    /** What a file's tests have held to the vendor's documents. */
    cloudtowerOpenapi?: { given: boolean; requests: number; answers: number };
    /** CPU seconds that a file took: its process and the threads in it, and the processes that it started and has waited for. */
    cpuSeconds?: number;
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

/** How many files the list of the dearest has. */
const DEAREST = 10;

/** A line for each of the files that took the most CPU, the dearest first, and before them what all took. */
export function dearestFiles(modules: readonly TestModule[]): string[] {
  const all = modules.flatMap((module) => {
    const { cpuSeconds } = module.meta();
    return cpuSeconds === undefined ? [] : [{ file: module.relativeModuleId, cpuSeconds }];
  });
  if (all.length === 0) return [];
  const sum = all.reduce((seconds, each) => seconds + each.cpuSeconds, 0);
  const dearest = all.sort((one, other) => other.cpuSeconds - one.cpuSeconds).slice(0, DEAREST);
  return [
    `${sum.toFixed(0)} CPU seconds in ${all.length} files, and most of them in:`,
    ...dearest.map(({ file, cpuSeconds }) => `${cpuSeconds.toFixed(1).padStart(8)}  ${file}`),
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
    for (const line of dearestFiles(modules)) console.log(line);
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

import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { TestModule } from "vitest/node";
import { cpuSeconds } from "./cpu-seconds.mjs";
import { dearest, heldToOpenapi } from "./reporter.mjs";

type Held = { given: boolean; requests: number; answers: number };

/** Files of a run, each with what it has held to the documents. */
function files(...held: (Held | undefined)[]): TestModule[] {
  return held.map((cloudtowerOpenapi) => ({ meta: () => ({ cloudtowerOpenapi }) }) as unknown as TestModule);
}

test("what the files have held to CloudTower's OpenAPI is added up", () => {
  const run = files({ given: true, requests: 2, answers: 30 }, undefined, { given: true, requests: 0, answers: 4 });
  expect(heldToOpenapi(run)).toEqual({ says: "2 requests and 34 answers checked", nothing: false });
});

test("nothing checked is a failure where the documents are given, and only there", () => {
  expect(heldToOpenapi(files({ given: true, requests: 0, answers: 0 }))?.nothing).toBe(true);
  expect(heldToOpenapi(files({ given: false, requests: 0, answers: 0 }))).toMatchObject({
    says: expect.stringContaining("not given"),
    nothing: false,
  });
});

test("a run without a file that speaks to CloudTower says nothing of it", () => {
  expect(heldToOpenapi(files(undefined))).toBeUndefined();
});

/** Files of a run with what each has cost. */
function costing(...costs: number[]): TestModule[] {
  return costs.map((cpuSeconds, index) => {
    const cost = { cpuSeconds, engineRuns: index, engineCommands: 1 };
    return { relativeModuleId: `${index}.test.ts`, meta: () => ({ cost }) } as unknown as TestModule;
  });
}

test("the dearest files are told, the dearest first, and what all have cost", () => {
  expect(dearest(costing(1, 20.04, 3), 2).slice(1)).toEqual([
    "    20.0     1     1  1.test.ts",
    "     3.0     2     1  2.test.ts",
    "    24.0     3     3  all 3 files",
  ]);
  expect(dearest(costing(1))).toEqual([]);
});

test("what a process has taken holds what one took that it has started and waited for", () => {
  const before = cpuSeconds();
  execFileSync(process.execPath, ["-e", "while (process.cpuUsage().user < 150_000);"]);
  expect(cpuSeconds() - before).toBeGreaterThan(0.1);
});

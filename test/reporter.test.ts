import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { TestModule } from "vitest/node";
import { cpuSeconds } from "./cpu-seconds.mjs";
import { dearestFiles, heldToOpenapi } from "./reporter.mjs";

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

/** Files of a run, each with the CPU seconds that it took. */
function costs(costs: Record<string, number | undefined>): TestModule[] {
  return Object.entries(costs).map(
    ([relativeModuleId, cpuSeconds]) => ({ relativeModuleId, meta: () => ({ cpuSeconds }) }) as unknown as TestModule,
  );
}

test("the dearest files are named with their CPU seconds, the dearest first, and no more than ten", () => {
  expect(dearestFiles(costs({ "a.test.ts": 1.25, "b.test.ts": 30, "c.test.ts": undefined }))).toEqual([
    "31 CPU seconds in 2 files, and most of them in:",
    "    30.0  b.test.ts",
    "     1.3  a.test.ts",
  ]);
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`${index}.test.ts`, index]));
  expect(
    dearestFiles(costs(many))
      .slice(1)
      .map((line) => line.trim().split("  ")[1]),
  ).toEqual(Array.from({ length: 10 }, (_, index) => `${11 - index}.test.ts`));
});

test("a run of which nothing is known says nothing of its cost", () => {
  expect(dearestFiles(costs({ "a.test.ts": undefined }))).toEqual([]);
});

test("what a process has taken holds what one took that it has started and waited for", () => {
  const before = cpuSeconds();
  execFileSync(process.execPath, ["-e", "while (process.cpuUsage().user < 150_000);"]);
  expect(cpuSeconds() - before).toBeGreaterThan(0.1);
});

import { expect, test } from "vitest";
import type { TestModule } from "vitest/node";
import { heldToOpenapi } from "./reporter.mjs";

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

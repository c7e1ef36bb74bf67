import { expect, test } from "vitest";
import { brokenWorkbooks, inShort } from "../broken-workbooks.fixture";
import { goodPlan, goodShapes } from "../good-plans.fixture";
import { readEdited } from "../workbook.fixture";

test.each(goodShapes)("a good workbook of %o has no finding", async (shape) => {
  const plan = goodPlan(shape);
  const loaded = await readEdited({}, plan);
  expect(loaded.findings.map(inShort)).toEqual([]);
  expect(loaded.ok && loaded.plan).toEqual(plan);
});

test.each(brokenWorkbooks)("$what is found where it stands", async ({ edits, found, plan }) => {
  const { findings } = await readEdited(edits, plan);
  expect(findings.map(inShort).sort()).toEqual([...found].sort());
});

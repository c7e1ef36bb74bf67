import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { fillTemplate } from "./template";

const labPlan = "stacks/lab/plan.xlsx";

test("the lab's planning workbook reads to the sample plan without a finding", async () => {
  if (process.env.SITEWRIGHT_WRITE_LAB_PLAN === "1") writeFileSync(labPlan, await fillTemplate(samplePlan));
  expect(await readPlan(labPlan)).toEqual({
    ok: true,
    file: labPlan,
    kind: "site",
    plan: samplePlan,
    findings: [],
    placeOf: expect.any(Function),
  });
});

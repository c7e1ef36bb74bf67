import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readAnyPlan, readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { fillTemplate } from "./template";
import { besidesPasswords } from "./workbook.fixture";

const labPlan = "stacks/lab/plan.xlsx";

test("the lab's planning workbook reads to the sample plan and warns of its passwords alone", async () => {
  if (process.env.SITEWRIGHT_WRITE_LAB_PLAN === "1") writeFileSync(labPlan, await fillTemplate(samplePlan));
  const loaded = await readPlan(labPlan);
  expect(loaded).toMatchObject({ ok: true, file: labPlan, kind: "site" });
  expect(loaded.ok && loaded.plan).toEqual(samplePlan);
  expect(besidesPasswords(loaded.findings)).toEqual([]);
});

test("the machines of stacks/vms-lab have no finding, and are those of the lab's cluster", async () => {
  const loaded = await readAnyPlan("stacks/vms-lab");
  expect(loaded.findings).toEqual([]);
  const { cloudtower, cluster } = samplePlan;
  expect(loaded).toMatchObject({ ok: true, plan: { cloudtower: cloudtower?.address, cluster: cluster.name } });
});

test("the example of a site.yaml has no finding", async () => {
  expect((await readPlan("stacks/example/site.yaml")).findings).toEqual([]);
});

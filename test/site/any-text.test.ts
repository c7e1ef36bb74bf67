import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anyText, freeTexts, RAW, withText } from "../../plan/any-text.fixture";
import { readPlan } from "../../plan/read";
import type { SitePlan } from "../../plan/site-plan";
import { fillTemplate } from "../../plan/template";
import { fileOf } from "../../plan/workbook.fixture";
import type { SiteProject } from "./site-project";
import { createWholeSite, towerSitePlan } from "./whole-site";

const drawn = fc.record(Object.fromEntries(freeTexts.map((field) => [field, anyText])));
const seed = Number(process.env["SITEWRIGHT_TEST_SEED"] ?? 1);

/** The plan with those of the texts that a check lets pass, and their names. */
async function accepted(texts: Record<string, string>): Promise<{ plan: SitePlan; kept: string[] }> {
  let plan = towerSitePlan();
  const kept: string[] = [];
  for (const [field, value] of Object.entries(texts)) {
    const tried = withText(plan, field, value);
    const read = await readPlan(fileOf(await fillTemplate(tried)));
    if (!read.ok) continue;
    plan = tried;
    kept.push(field);
  }
  return { plan, kept };
}

process.stdout.write(`any text through a site: seed ${seed} (SITEWRIGHT_TEST_SEED)\n`);
describe.each(fc.sample(drawn, { seed, numRuns: 1 }))("whatever a plan's texts are: %j", (texts) => {
  let site: SiteProject;
  let plan: SitePlan;
  beforeAll(async () => {
    let kept: string[];
    ({ plan, kept } = await accepted(texts));
    process.stdout.write(`  let pass: ${kept.join(", ") || "none"}\n`);
    site = await createWholeSite(plan, { speed: "instant" });
  });
  afterAll(() => site?.close());

  test("preview and up print no control character, send nothing but what is meant, and hand the plan over", async () => {
    const preview = await site.pulumi("preview");
    const up = await site.pulumi("up", "--yes", "--skip-preview");
    for (const { code, output } of [preview, up]) {
      expect(output).not.toMatch(RAW);
      expect(code, output).toBe(0);
    }
    const unmeant = site.lab.requests().filter(({ operation }) => operation === undefined);
    expect(unmeant.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    const delivered = await readPlan(join(site.stack, "delivered", "plan.xlsx"));
    if (!delivered.ok) throw new Error("the delivered workbook is no plan");
    expect(delivered.plan.cluster.name).toBe(plan.cluster.name);
    expect(readFileSync(join(site.stack, "delivered", "plan.xlsx")).length).toBeGreaterThan(0);

    site.lab.clearRequests();
    const second = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
    expect(second.output).not.toMatch(RAW);
    expect(
      site.lab.requests().filter(({ write }) => write),
      second.output,
    ).toEqual([]);
  }, 240_000);
});

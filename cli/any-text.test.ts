import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { annotateWorkbook } from "../plan/annotate-workbook";
import { anyText, freeTexts, RAW, withText } from "../plan/any-text.fixture";
import { describeFindings } from "../plan/describe-findings";
import { told } from "../plan/finding";
import { wholePlan } from "../plan/good-plans.fixture";
import { type LoadedPlan, readPlan } from "../plan/read";
import { toSiteYaml } from "../plan/site-yaml";
import { fillTemplate } from "../plan/template";
import { openWorkbook } from "../plan/workbook";
import { fileOf } from "../plan/workbook.fixture";
import { junit } from "./junit";

const seed = Number(process.env["SITEWRIGHT_TEST_SEED"] ?? 1);
process.stdout.write(`any text through a check: seed ${seed} (SITEWRIGHT_TEST_SEED)\n`);

test("whatever a text of a plan is, what a check prints and writes is plain, and a plan that passes holds nothing unseen", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...freeTexts), anyText, async (field, text) => {
      const plan = withText(wholePlan, field, text);
      const workbook = fileOf(await fillTemplate(plan));
      const loaded = [
        await readPlan(fileOf(toSiteYaml(plan, { secrets: true }), "site.yaml")),
        await readPlan(workbook),
      ];
      expect(loaded.flatMap(printed).filter((each) => RAW.test(each))).toEqual([]);
      expect(loaded.flatMap((each) => (each.ok ? textsOf(each.plan) : [])).filter((each) => RAW.test(each))).toEqual(
        [],
      );

      const findings = loaded[1]?.findings ?? [];
      const copy = openWorkbook(annotateWorkbook(readFileSync(workbook), findings).bytes);
      const listed = copy.filled("Findings").map((cell) => copy.content("Findings", cell));
      expect(listed.length).toBeGreaterThan(findings.length);
      expect(textsOf(listed).filter((each) => RAW.test(each))).toEqual([]);
    }),
    { seed, numRuns: 60 },
  );
}, 60_000);

/** What `check` prints of a plan, in both languages and all its formats. */
function printed({ file, findings }: LoadedPlan): string[] {
  return (["en", "zh"] as const).flatMap((language) => {
    const inLanguage = findings.map((finding) => told(finding, language));
    return [describeFindings(findings, language), JSON.stringify(inLanguage), junit(file, inLanguage)];
  });
}

function textsOf(part: unknown): string[] {
  if (typeof part === "string") return [part];
  return typeof part === "object" && part !== null ? Object.values(part).flatMap(textsOf) : [];
}

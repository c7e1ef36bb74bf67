import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { faultRuleSchema } from "../lab/faults";
import { switchNames } from "../lab/switches";
import { labPage } from "./lab-page";

const page = readFileSync(join(__dirname, "..", "docs", "lab.md"), "utf8");

test("the lists of docs/lab.md are what the lab's definitions say (npm run docs)", () => {
  expect(page).toBe(labPage(page));
});

test("docs/lab.md has every switch and every field of a fault rule once, each with what it means", () => {
  const rows = page.split("\n");
  for (const name of [...switchNames, ...Object.keys(faultRuleSchema.shape)]) {
    const found = rows.filter((row) => row.startsWith(`| \`${name}\` |`));
    expect(found).toHaveLength(1);
    expect(found[0]).not.toMatch(/\| +\|$/);
  }
});

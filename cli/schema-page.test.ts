import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAnyPlan } from "../plan/read";
import { fileOf } from "../plan/workbook.fixture";
import { kinds } from "../providers/handler";
import { resourceIndex, resourcePage, resourcePageName, siteYamlPage, vmsYamlPage } from "./schema-page";
import { withSettings } from "./settings-table";

const pages = join(__dirname, "..", "docs", "resources");

test.each(kinds.map((kind) => [kind.type, kind] as const))(
  "the page of %s is what its schema says (npm run docs)",
  (_type, kind) => {
    expect(readFileSync(join(pages, resourcePageName(kind)), "utf8")).toBe(resourcePage(kind));
  },
);

test.each(kinds.map((kind) => [kind.type, kind] as const))("every field of %s is documented", (_type, kind) => {
  const rows = resourcePage(kind)
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter((row) => row.endsWith("|  |"))).toEqual([]);
});

test("no page is left of a kind that is gone", () => {
  expect(readdirSync(pages).sort()).toEqual([...kinds.map(resourcePageName), "README.md"].sort());
});

test("the index leads to the page of every kind, and README to the index", () => {
  const index = readFileSync(join(pages, "README.md"), "utf8");
  expect(index).toBe(resourceIndex());
  for (const kind of kinds) expect(index).toContain(`](${resourcePageName(kind)})`);
  expect(readFileSync(join(pages, "..", "..", "README.md"), "utf8")).toContain("(docs/resources/README.md)");
});

test("the page of site.yaml is what the plan's schema says, each value with its cell or meaning", () => {
  const page = readFileSync(join(pages, "..", "site-yaml.md"), "utf8");
  expect(page).toBe(siteYamlPage());
  const values = page.split("\n").filter((line) => /^\| `/.test(line) && !/\| (object|list of object)/.test(line));
  expect(values.filter((row) => row.endsWith("|  |"))).toEqual([]);
});

test("the page of vms.yaml is what the plan's schema says, and its example is a plan", async () => {
  const page = readFileSync(join(pages, "..", "vms-yaml.md"), "utf8");
  expect(page).toBe(vmsYamlPage());
  const values = page.split("\n").filter((line) => /^\| `/.test(line));
  expect(values.filter((row) => row.endsWith("|  |"))).toEqual([]);
  const [, example = ""] = /```yaml\n(kind:.*?)```/s.exec(page) ?? [];
  expect((await readAnyPlan(fileOf(example, "vms.yaml"))).findings).toEqual([]);
});

test("the settings in README are those that there are, each with its meaning", () => {
  const readme = readFileSync(join(pages, "..", "..", "README.md"), "utf8");
  expect(readme).toBe(withSettings(readme));
  const rows = readme.slice(readme.indexOf("| setting |"), readme.indexOf("<!-- end of settings -->")).split("\n");
  expect(rows.filter((row) => /\| +\|$/.test(row))).toEqual([]);
});

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(__dirname, "..");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ignored-"));
  execFileSync("git", ["init", "--quiet", folder]);
  copyFileSync(join(root, ".gitignore"), join(folder, ".gitignore"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isIgnored = (path: string) => spawnSync("git", ["check-ignore", "--quiet", path], { cwd: folder }).status === 0;

test.each([
  "stacks/prod/规划设计表.xlsx",
  "stacks/prod/site.yaml",
  "stacks/prod/trust.yaml",
  "stacks/prod/waivers.yaml",
  "stacks/prod/reach.json",
  "stacks/prod/检查.xlsx",
  "stacks/prod/media/cloudtower-v4.7.1.iso",
  "stacks/prod/delivered/规划设计表.xlsx",
  "stacks/Pulumi.prod.yaml",
  "stacks/.new-Pulumi.prod.yaml",
  "stacks/Pulumi.try.yaml",
  "stacks/lab/reach.json",
  "stacks/lab/annotated.xlsx",
  "stacks/vms-lab/reach.json",
  "stacks/lab/delivered/plan.xlsx",
  "stacks/example/annotated.xlsx",
  "规划设计表-检查.xlsx",
  "out/copy.xlsx",
  "plan/old.xls",
  "site.yaml",
  "secrets.yaml",
  "cli/secrets.yml",
  ".pulumi/state/.pulumi/stacks/sitewright/lab.json",
  ".sitewright/prod/journal.jsonl",
])("git ignores %s", (path) => {
  expect(isIgnored(path)).toBe(true);
});

test.each([
  "stacks/Pulumi.lab.yaml",
  "stacks/Pulumi.example.yaml",
  "stacks/lab/plan.xlsx",
  "stacks/Pulumi.vms-lab.yaml",
  "stacks/vms-lab/vms.yaml",
  "stacks/example/site.yaml",
  "Pulumi.yaml",
  "plan/site-yaml.ts",
])("git keeps %s", (path) => {
  expect(isIgnored(path)).toBe(false);
});

test("nothing that is tracked is ignored", ({ skip }) => {
  const { status, stdout } = spawnSync("git", ["ls-files", "--cached", "--ignored", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  skip(status !== 0, "these sources are no git clone");
  expect(stdout).toBe("");
});

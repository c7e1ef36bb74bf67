import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { kinds } from "../../providers/handler";
import type { SiteProject } from "../site/site-project";
import { createWholeSite, towerSitePlan } from "../site/whole-site";

/**
 * What a stack of the release of November 2026 has kept, with one resource of each kind of then: its state, journal,
 * settings, workbook and delivered copy, and the lab that it lived in. These files are never made anew: what later code
 * makes would prove nothing.
 */
const KEPT = join(__dirname, "whole-site");
const KINDS_OF_THEN = 31;

let site: SiteProject;
let labFolder: string;
beforeAll(async () => {
  labFolder = mkdtempSync(join(tmpdir(), "lab-of-before-"));
  cpSync(join(KEPT, "lab.json"), join(labFolder, "state.json"));
  site = await createWholeSite(towerSitePlan(), { dir: labFolder });
  cpSync(join(KEPT, "Pulumi.site.yaml"), join(site.folder, "stacks", "Pulumi.site.yaml"));
  cpSync(join(KEPT, "plan.xlsx"), join(site.stack, "plan.xlsx"));
  mkdirSync(join(site.stack, "delivered"));
  cpSync(join(KEPT, "delivered.xlsx"), join(site.stack, "delivered", "plan.xlsx"));
  mkdirSync(join(site.folder, ".sitewright", "site"), { recursive: true });
  cpSync(join(KEPT, "journal.jsonl"), join(site.folder, ".sitewright", "site", "journal.jsonl"));
});
afterAll(async () => {
  await site?.close();
  rmSync(labFolder, { recursive: true, force: true });
});

async function pulumi(...args: string[]): Promise<string> {
  const { code, output } = await site.pulumi(...args);
  expect(code, output).toBe(0);
  return output;
}

const writes = () => site.lab.requests().filter(({ write }) => write);

test("a state of before has one resource at least of each kind of then", () => {
  const { deployment } = JSON.parse(readFileSync(join(KEPT, "stack.json"), "utf8"));
  const types: string[] = deployment.resources.map(({ type }: { type: string }) => type.split("/").at(-1));
  const ours = kinds.map(({ type }) => type).filter((type) => types.includes(type));
  expect(ours).toHaveLength(KINDS_OF_THEN);
});

test("a state of before is read, refreshed and found unchanged, without a write to the site", async () => {
  await pulumi("stack", "import", "--file", join(KEPT, "stack.json"));
  expect(await pulumi("preview")).toMatch(/\n +\d+ unchanged\n/);
  expect(await pulumi("refresh", "--yes", "--skip-preview")).toMatch(/\n +\d+ unchanged\n/);
  const up = await pulumi("up", "--yes", "--skip-preview");
  expect(up).toMatch(/Resources:\n +\d+ unchanged\n/);
  expect(writes()).toEqual([]);
});

test("a state of before is destroyed: what was made goes, and what is only let go stays", async () => {
  await pulumi("destroy", "--yes", "--skip-preview");
  const { cluster, cloudtower } = site.lab.site.model;
  expect(cluster?.vms).toEqual([]);
  expect(cluster?.images).toEqual([]);
  expect(cluster?.vlans.filter(({ use, name }) => use === "vm" && name !== "default")).toEqual([]);
  // CloudTower goes with its machine; before that, what was made in it was taken away there.
  expect(cloudtower).toBeUndefined();
  const done = writes().flatMap(({ operation, committed }) => (committed ? operation : []));
  for (const operation of ["deleteView", "deleteRackTopo", "deleteCluster", "deleteDatacenter"])
    expect(done).toContain(operation);
  expect((await site.state()).deployment.resources ?? []).toEqual([]);
});

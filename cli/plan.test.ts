import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readAnyPlan, readPlan } from "../plan/read";
import { samplePlan } from "../plan/sample-plan";
import type { SitePlan } from "../plan/site-plan";
import { toSiteYaml, withoutSecrets } from "../plan/site-yaml";
import { fillTemplate } from "../plan/template";
import { goodVms } from "../plan/vms/vms.fixture";
import { sitewrightHere } from "./sitewright.fixture";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-plan-command-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plan = (...args: string[]) => sitewrightHere(["plan", ...args], { cwd: folder });

async function planIn(file: string): Promise<SitePlan> {
  const loaded = await readPlan(join(folder, file));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded.plan;
}

test("template writes a blank workbook whose layout is the one that is read, and never over a file", async () => {
  const { status, stdout } = await plan("template", "空 白.xlsx");
  expect(stdout).toBe("空 白.xlsx: a blank planning workbook. Fill it in, then: npx sitewright check '空 白.xlsx'\n");
  expect(status).toBe(0);
  const { findings } = await readPlan(join(folder, "空 白.xlsx"));
  expect(findings.map(({ code }) => code)).toContain("too-few-hosts");
  expect(findings.map(({ code }) => code)).not.toContain("layout-unknown");

  const before = readFileSync(join(folder, "空 白.xlsx"));
  const again = await plan("template", "空 白.xlsx");
  expect(again.stderr).toBe(
    "sitewright: 空 白.xlsx: there is a file of that name, and it is not overwritten — name another, or remove it\n",
  );
  expect(again.status).toBe(2);
  expect(readFileSync(join(folder, "空 白.xlsx"))).toEqual(before);
  expect((await plan("template", "new.yaml")).status).toBe(2);
});

test("convert goes from the workbook to site.yaml and back, and names the passwords that it leaves out", async () => {
  writeFileSync(join(folder, "site.xlsx"), await fillTemplate(samplePlan));
  const there = await plan("convert", "site.xlsx", "site.yaml");
  expect(there.stdout).toMatch(
    /left out: the passwords at 主机规划!M19, 主机规划!K3, 主机规划!M3, 主机规划!G3, .*集群管理信息!G3/,
  );
  expect(there.status).toBe(0);
  expect(readFileSync(join(folder, "site.yaml"), "utf8")).not.toMatch(/password|r0cks|P@ss/);
  expect(await planIn("site.yaml")).toEqual(withoutSecrets(samplePlan));

  const back = await plan("convert", "site.yaml", "again.xlsx");
  expect(back.stdout).not.toContain("left out");
  expect(back.status).toBe(0);
  expect(await planIn("again.xlsx")).toEqual(withoutSecrets(samplePlan));
});

test("with the secrets by choice nothing is left out, and the file is its owner's alone", async () => {
  writeFileSync(join(folder, "site.xlsx"), await fillTemplate(samplePlan));
  expect((await plan("convert", "site.xlsx", "site.yaml", "--with-secrets")).status).toBe(0);
  expect(await planIn("site.yaml")).toEqual(samplePlan);
  expect(statSync(join(folder, "site.yaml")).mode & 0o777).toBe(0o600);
  expect((await plan("convert", "site.yaml", "again.xlsx", "--with-secrets")).status).toBe(0);
  expect(await planIn("again.xlsx")).toEqual(samplePlan);
});

test("a plan with errors, one too large for a workbook and an unknown format are not converted", async () => {
  const [host] = samplePlan.hosts;
  if (!host) throw new Error("no sample");
  const hosts = Array.from({ length: 17 }, (_, i) => ({
    ...host,
    name: `node-${i}`,
    management: `10.0.20.${100 + i}`,
    storage: `10.0.21.${100 + i}`,
    bmc: undefined,
    rack: undefined,
  }));
  writeFileSync(join(folder, "large.yaml"), toSiteYaml({ ...samplePlan, hosts }));
  const large = await plan("convert", "large.yaml", "large.xlsx");
  expect(large.stderr).toContain("sitewright: the workbook has no room for 17 hosts: it holds 16 — write the plan as");
  expect(large.status).toBe(2);

  writeFileSync(join(folder, "wrong.yaml"), "kind: site\n");
  const wrong = await plan("convert", "wrong.yaml", "wrong.xlsx");
  expect(wrong.stderr).toMatch(
    /error \[key-missing\] × 4\n {2}line 1.*\n(.*\n)*sitewright: wrong\.yaml has errors and was not converted\n/,
  );
  expect(wrong.status).toBe(1);
  expect((await plan("convert", "large.yaml", "large.csv")).status).toBe(2);
  expect(["large.xlsx", "wrong.xlsx", "large.csv"].filter((name) => existsSync(join(folder, name)))).toEqual([]);
});

test("secrets of a plan outside a Pulumi project have nowhere to go", async () => {
  writeFileSync(join(folder, "site.xlsx"), await fillTemplate(samplePlan));
  const { status, stderr } = await plan("secrets", "site.xlsx");
  expect(stderr).toMatch(/is in no Pulumi project: no folder above has a Pulumi\.yaml/);
  expect(status).toBe(2);
  expect(stderr).not.toMatch(/r0cks|P@ss/);
});

test("template --vms writes a blank workbook of machines, in which findings can be marked", async () => {
  const { status, stdout } = await plan("template", "vms.xlsx", "--vms", "--lang", "en");
  expect(stdout).toMatch(/^vms\.xlsx: a blank workbook of virtual machines\. Fill it in/);
  expect(status).toBe(0);
  const checked = await sitewrightHere(["check", "vms.xlsx", "--annotate", "marked.xlsx"], { cwd: folder });
  expect(checked.stdout).toMatch(/Virtual machines!A1: The cluster \(cluster\) is missing/);
  expect(checked.stderr).toMatch(/marked\.xlsx: the workbook with its findings/);
  const again = await readAnyPlan(join(folder, "marked.xlsx"));
  expect(again.kind).toBe("virtual-machines");
});

test("of a plan of virtual machines CloudTower's password alone is a secret, by its connection", async () => {
  writeFileSync(join(folder, "Pulumi.yaml"), "name: sitewright\nruntime: nodejs\n");
  writeFileSync(join(folder, "vms.yaml"), goodVms);
  const { status, stdout } = await plan("secrets", "vms.yaml");
  expect(stdout).toBe("vms.yaml: no passwords in it\n");
  expect(status).toBe(0);
  const other = await plan("secrets", "vms.yaml", "--set", "cloudtwoer");
  expect(other.stderr).toMatch(/no connection "cloudtwoer": did you mean "cloudtower"\?; it has cloudtower/);
  expect(other.status).toBe(2);
});

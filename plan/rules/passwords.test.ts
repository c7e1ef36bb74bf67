import { expect, test } from "vitest";
import { readPlan } from "../read";
import { samplePlan } from "../sample-plan";
import { toSiteYaml, withoutSecrets } from "../site-yaml";
import { fillTemplate } from "../template";
import { editedWorkbook, fileOf, places } from "../workbook.fixture";

const needed = [
  "主机规划!M19",
  ...[3, 4, 5].flatMap((row) => [`主机规划!K${row}`, `主机规划!M${row}`, `主机规划!G${row}`]),
  "集群管理信息!G3",
];

async function blankWorkbook(): Promise<string> {
  return fileOf(await fillTemplate(samplePlan, { secrets: false }));
}

test("a workbook whose passwords come from elsewhere can be built; each blank cell is a warning", async () => {
  const loaded = await readPlan(await blankWorkbook());
  expect(places(loaded.findings)).toEqual(needed.map((cell) => `password-blank ${cell}`));
  expect(loaded.ok && loaded.plan).toEqual(withoutSecrets(samplePlan));
});

test("blank passwords are no finding where the other sources have them, and errors where they have not", async () => {
  const file = await blankWorkbook();
  expect(await readPlan(file, { passwordKnown: () => true })).toMatchObject({ ok: true, findings: [] });
  const { ok, findings } = await readPlan(file, { passwordKnown: (name) => name !== "BJ-SMTX-Prod-Node-02-bmc" });
  expect(ok).toBe(false);
  expect(findings).toMatchObject([{ code: "password-missing", severity: "error", sheet: "主机规划", cell: "G4" }]);
});

test("a site.yaml is written without passwords: what is not there is said where the other sources are known", async () => {
  const file = fileOf(toSiteYaml(samplePlan), "site.yaml");
  expect((await readPlan(file)).findings).toEqual([]);
  const { findings } = await readPlan(file, { passwordKnown: (name) => name !== "CN-BJ-SMTX-Prod-Cls01" });
  expect(findings).toMatchObject([{ code: "password-missing", params: { field: "cluster.admin.password" } }]);
});

test("every password that stands in a plan is warned of, masked, with the way to move it", async () => {
  const workbook = await readPlan(
    fileOf(await editedWorkbook({ 主机规划: { K3: "Canary-Host-1", K9: "Canary-Stray-1" } })),
  );
  expect(places(workbook.findings)).toContain("password-in-plan 主机规划!K3");
  expect(places(workbook.findings)).toContain("password-in-plan 主机规划!K9");
  const text = toSiteYaml(samplePlan).replace(
    "      username: smartx",
    "      username: smartx\n      password: Canary-Host-1",
  );
  const yaml = await readPlan(fileOf(text, "site.yaml"));
  expect(yaml.findings).toMatchObject([{ code: "password-in-plan", severity: "warning", value: "***" }]);
  for (const { findings } of [workbook, yaml]) {
    expect(JSON.stringify(findings)).not.toContain("Canary");
    const found = findings.find(({ code }) => code === "password-in-plan");
    expect(found?.fix).toContain("sitewright plan secrets");
  }
});

test("passwords of a component without an address are warned of too", async () => {
  const loaded = await readPlan(fileOf(await editedWorkbook({ 集群管理信息: { E4: null } })));
  expect(places(loaded.findings)).toEqual(
    expect.arrayContaining([
      "password-in-plan 集群管理信息!I4",
      "password-in-plan 集群管理信息!K4",
      "component-row-unused 集群管理信息!E4",
    ]),
  );
});

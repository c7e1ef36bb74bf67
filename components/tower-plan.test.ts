import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { samplePlan } from "../plan/sample-plan";
import { openJournal } from "../providers/kernel/journal";
import type { Standing } from "./standing";
import { type AtAddress, type TowerQuestion, towerPlan } from "./tower-plan";

const image = { name: "cloudtower-v4.7.1.iso", size: 10, file: "media/cloudtower-v4.7.1.iso" };
const older = { name: "cloudtower-v4.6.2.iso", size: 9, file: "media/cloudtower-v4.6.2.iso" };
const uploaded: Standing = { kind: "smtxos:IsoImage", name: "cloudtower-iso", outputs: { ...older, uuid: "u" } };
const machine: Standing = { kind: "smtxos:Vm", name: "cloudtower-vm", outputs: { uuid: "v" } };
const installed: Standing = {
  kind: "smtxos:CloudTowerInstallation",
  name: "cloudtower-installation",
  outputs: { url: "https://10.0.20.2", image: older.name },
};
const halfMade = (standing: Standing): Standing => ({
  ...standing,
  outputs: { ...standing.outputs, __phase: "partial" },
});

function journal() {
  const folder = mkdtempSync(join(tmpdir(), "tower-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return openJournal(join(folder, "journal.jsonl"));
}

function decided(question: Partial<TowerQuestion>, found?: AtAddress) {
  return towerPlan({
    plan: samplePlan,
    setting: undefined,
    image,
    standing: [],
    journal: journal(),
    account: { username: undefined, login: undefined },
    teardown: false,
    adopting: false,
    look: async () => {
      if (found === undefined) throw new Error("nobody asked for a look");
      return found;
    },
    ...question,
  });
}

const install = (of: object) => ({ kind: "install", ...of });

test("on a free address CloudTower is installed from the image at hand", async () => {
  const made = install({ iso: image, image: image.name, stands: "no" });
  expect(await decided({}, "nothing")).toEqual(made);
  expect(await decided({ setting: "install" }, "nothing")).toEqual(made);
});

test("a CloudTower that answers is taken, and anything else stops before anything is registered", async () => {
  expect(await decided({}, "cloudtower")).toEqual({ kind: "existing" });
  for (const setting of [undefined, "install"] as const)
    await expect(decided({ setting }, "something else")).rejects.toThrow(
      /something answers at 10\.0\.20\.2, the planned address of CloudTower \(集群管理信息 E3\), and it is no CloudTower; nothing was registered/,
    );
});

test("beside a CloudTower that answers none is installed, unless it is taken over after the state was lost", async () => {
  await expect(decided({ setting: "install" }, "cloudtower")).rejects.toThrow(
    /a CloudTower answers at 10\.0\.20\.2 already.*pulumi config rm cloudtower; if .*the state was lost: .*adopt all/,
  );
  expect(await decided({ setting: "install", adopting: true }, "cloudtower")).toMatchObject(install({ iso: image }));
});

test("the settings existing and none decide without a look", async () => {
  expect(await decided({ setting: "existing" })).toEqual({ kind: "existing" });
  expect(await decided({ setting: "none" })).toBeUndefined();
});

test("what this stack has begun it goes on with, whatever answers by now", async () => {
  expect(await decided({ standing: [uploaded] })).toEqual(install({ iso: image, image: image.name, stands: "no" }));
  for (const entry of [
    { kind: "smtxos:IsoImage", connection: "HCI-01", key: "cloudtower-v4.7.1", stage: "intended" },
    { kind: "smtxos:CloudTowerInstallation", connection: "cloudtower-ssh", key: "10.0.20.2", stage: "made" },
  ] as const) {
    const begun = journal();
    begun.append({ ...entry, urn: "urn:pulumi:a::b::c::d" });
    expect(await decided({ journal: begun })).toMatchObject(install({ iso: image }));
  }
});

test("one that was taken before stays taken without a look, with and without an image at hand", async () => {
  const standing: Standing[] = [{ kind: "cloudtower:Setup", name: "cloudtower-setup", outputs: {} }];
  expect(await decided({ standing })).toEqual({ kind: "existing" });
  expect(await decided({ standing, image: undefined })).toEqual({ kind: "existing" });
  expect(await decided({ standing: [...standing, uploaded, machine, installed] })).toMatchObject(install({}));
});

test("an installed one keeps what it stands on, with a newer image at hand or none, and when its own was deleted", async () => {
  const standing = [uploaded, machine, installed];
  const stands = "installed";
  expect(await decided({ standing })).toEqual(install({ iso: older, image: image.name, stands }));
  expect(await decided({ standing, image: undefined })).toEqual(install({ iso: older, image: older.name, stands }));
  const bare = { standing: [machine, installed], image: undefined };
  expect(await decided(bare)).toEqual(install({ iso: undefined, image: older.name, stands }));
  expect(await decided({ ...bare, image })).toEqual(install({ iso: undefined, image: image.name, stands }));
});

test("a machine that stands and is not installed keeps its image; one that has gone is made from the newest", async () => {
  for (const standing of [
    [uploaded, machine],
    [uploaded, machine, halfMade(installed)],
  ])
    expect(await decided({ standing })).toEqual(install({ iso: older, image: older.name, stands: "machine" }));
  const made = install({ iso: image, image: image.name, stands: "no" });
  expect(await decided({ standing: [uploaded, halfMade(installed)] })).toEqual(made);
  expect(await decided({ standing: [uploaded, halfMade(machine)] })).toEqual(made);
});

test.each<[string, Partial<TowerQuestion>]>([
  ["the setting existing", { setting: "existing" }],
  ["the setting none", { setting: "none" }],
  ["a plan without it", { plan: { ...samplePlan, cloudtower: undefined } }],
  ["a plan with another address", { plan: { ...samplePlan, cloudtower: { address: "10.0.20.9" } } }],
])("what this stack has installed is not left out by %s, but by a teardown", async (_what, question) => {
  const standing = [uploaded, machine, installed];
  await expect(decided({ ...question, standing })).rejects.toThrow(
    /this stack has installed the CloudTower at https:\/\/10\.0\.20\.2, and .*it would be lost, so nothing was registered.*teardown true/,
  );
  await decided({ ...question, standing, teardown: true });
  await decided({ ...question, standing: [uploaded, machine, halfMade(installed)] });
});

test("another first account than root is refused before anything is uploaded, and not asked for once it is installed", async () => {
  const account = { username: "admin", login: "LDAP" } as const;
  await expect(decided({ account }, "nothing")).rejects.toThrow(
    /its first account is root \(LOCAL\), not admin \(LDAP\); nothing was registered/,
  );
  expect(await decided({ account }, "cloudtower")).toEqual({ kind: "existing" });
  expect(await decided({ account, standing: [uploaded, machine, installed] })).toMatchObject(install({}));
});

test("without an image nothing is installed, and a plan without CloudTower asks for none", async () => {
  expect(await decided({ image: undefined }, "nothing")).toBeUndefined();
  expect(await decided({ plan: { ...samplePlan, cloudtower: undefined } })).toBeUndefined();
});

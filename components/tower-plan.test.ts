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
const installed: Standing = { kind: "smtxos:CloudTowerInstallation", name: "cloudtower-installation", outputs: {} };

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
    look: async () => {
      if (found === undefined) throw new Error("nobody asked for a look");
      return found;
    },
    ...question,
  });
}

test("on a free address CloudTower is installed from the image at hand", async () => {
  expect(await decided({}, "nothing")).toEqual({ kind: "install", image, standsOn: undefined });
});

test("a CloudTower that answers is taken, and anything else stops before anything is registered", async () => {
  expect(await decided({}, "cloudtower")).toEqual({ kind: "existing" });
  await expect(decided({}, "something else")).rejects.toThrow(
    /something answers at 10\.0\.20\.2, the planned address of CloudTower \(集群管理信息 E3\), and it is no CloudTower; nothing was registered/,
  );
});

test("the setting decides without a look", async () => {
  expect(await decided({ setting: "existing" })).toEqual({ kind: "existing" });
  expect(await decided({ setting: "install" })).toMatchObject({ kind: "install" });
  expect(await decided({ setting: "none" })).toBeUndefined();
  await expect(decided({ setting: "maybe" })).rejects.toThrow(/is "maybe": set it to one of install, existing, none/);
});

test("what this stack has begun it goes on with, whatever answers by now", async () => {
  expect(await decided({ standing: [uploaded] })).toEqual({ kind: "install", image, standsOn: undefined });
  const begun = journal();
  begun.append({
    kind: "smtxos:IsoImage",
    connection: "HCI-01",
    key: "cloudtower-v4.7.1",
    stage: "intended",
    urn: "urn:pulumi:a::b::c::d",
  });
  expect(await decided({ journal: begun })).toMatchObject({ kind: "install", image });
});

test("one that was taken before stays taken without a look, with and without an image at hand", async () => {
  const standing: Standing[] = [{ kind: "cloudtower:Setup", name: "cloudtower-setup", outputs: {} }];
  expect(await decided({ standing })).toEqual({ kind: "existing" });
  expect(await decided({ standing, image: undefined })).toEqual({ kind: "existing" });
  expect(await decided({ standing, setting: "install" })).toMatchObject({ kind: "install" });
  expect(await decided({ standing: [...standing, uploaded, installed] })).toMatchObject({ kind: "install" });
});

test("an installed one keeps what it stands on, also when a newer image lies there or none at all", async () => {
  const standing = [uploaded, installed];
  expect(await decided({ standing })).toEqual({ kind: "install", image, standsOn: older });
  expect(await decided({ standing, image: undefined })).toEqual({ kind: "install", image: older, standsOn: older });
});

test("without an image nothing is installed, and a plan without CloudTower asks for none", async () => {
  expect(await decided({ image: undefined }, "nothing")).toBeUndefined();
  expect(await decided({ plan: { ...samplePlan, cloudtower: undefined } })).toBeUndefined();
});

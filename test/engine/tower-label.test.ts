import { expect, test } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { Lab } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { addMachine, connectedTower, towerConnection as connection, towerSites } from "./tower-site";

/** The set-up, and a label. */
function label(args: Record<string, unknown> = {}): ResourceSpec[] {
  const [setup] = connectedTower();
  const own = { connection, key: "room", value: "A-03", ...args };
  const options = { dependsOn: ["setup"] };
  return [setup as ResourceSpec, { type: "cloudtower:Label", name: "label", args: own, options }];
}
const without = label().slice(0, 1);

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const labelsOf = ({ site: { model } }: Lab) => model.cloudtower?.labels ?? [];

/** Somebody makes or changes labels by hand. */
function byHand(change: (labels: ReturnType<typeof labelsOf>) => void): void {
  site.lab.cloudtower.change((tower) => {
    tower.labels ??= [];
    change(tower.labels);
  });
}
const another = { id: "c-others", key: "room", value: "A-03", createdAt: 0, vms: [] };

test.each([...TOWER_VERSIONS.map((version) => [version, "direct"] as const), ["4.6.0", "task"] as const])(
  "CloudTower %s gets a label, which is changed in place, put back and deleted (plainWrites %s)",
  async (version, plainWrites) => {
    await begin(version, { switches: { plainWrites } });
    await site.up(label());
    const [made] = labelsOf(site.lab);
    expect(made).toMatchObject({ key: "room", value: "A-03" });
    expect(site.outputsOf("label").labelId).toBe(made?.id);
    site.writes();
    await site.up(label(), true);
    expect(site.writes()).toEqual([]);

    await site.up(label({ value: "B-01" }));
    expect(site.writes()).toEqual(["updateLabel"]);
    expect(labelsOf(site.lab)).toMatchObject([{ id: made?.id, key: "room", value: "B-01" }]);

    byHand((labels) => {
      for (const each of labels) each.value = "by hand";
    });
    await site.engine.refresh();
    expect(site.engine.state.find(({ name }) => name === "label")?.inputs).toMatchObject({ value: "by hand" });
    await site.up(label({ value: "B-01" }));
    expect(site.writes()).toEqual(["updateLabel"]);

    await site.up(without);
    expect(site.writes()).toEqual(["deleteLabel"]);
    expect(labelsOf(site.lab)).toEqual([]);
  },
);

test("a label of somebody else is refused, and taken over when that is allowed", async () => {
  await begin();
  await site.up(without);
  byHand((labels) => labels.push({ ...another }));
  expect(await site.errorsOf(label())).toMatch(/Label\/room=A-03 stands already on TOWER .*adopt Label/);
  site.engine.settings = { ...site.engine.settings, adopt: "Label/room=A-03" };
  await site.engine.kill();
  site.writes();
  await site.up(label());
  expect(site.writes()).toEqual([]);
  expect(site.outputsOf("label").labelId).toBe(another.id);
});

test("a label of another value is another one, and one without a value is found as such", async () => {
  await begin();
  await site.up(without);
  byHand((labels) => labels.push({ ...another, value: "B-01" }));
  await site.up(label({ value: "" }));
  expect(labelsOf(site.lab)).toMatchObject([{ value: "B-01" }, { value: "" }]);
  byHand((labels) => {
    for (const each of labels.slice(1)) each.value = null;
  });
  site.writes();
  await site.up(label({ value: "" }), true);
  expect(site.writes()).toEqual([]);
});

test("where CloudTower takes a second label of one name, none is made, and two that stand are named", async () => {
  await begin("4.6.0", { switches: { sameLabel: "made" } });
  await site.up(label());
  site.engine.state = site.engine.state.filter(({ name }) => name !== "label");
  await site.up(label());
  expect(labelsOf(site.lab)).toHaveLength(1);
  await site.up(without);
  byHand((labels) => labels.push({ ...another }, { ...another, id: "d-others" }));
  expect(await site.errorsOf(label())).toMatch(/Label\/room=A-03 stands 2 times on TOWER: ids c-others, d-others/);
});

test("a key with = in it is no other key with its value", async () => {
  await begin();
  const [setup, one] = label({ key: "a=b", value: "" });
  const other = { ...(label({ key: "a", value: "b" })[1] as ResourceSpec), name: "other" };
  await site.up([setup, one, other] as ResourceSpec[]);
  expect(labelsOf(site.lab).map(({ key, value }) => [key, value ?? ""])).toEqual([
    ["a=b", ""],
    ["a", "b"],
  ]);
});

test("a label that is gone is made anew", async () => {
  await begin();
  await site.up(label());
  byHand((labels) => labels.splice(0));
  await site.up(label(), true);
  expect(labelsOf(site.lab)).toHaveLength(1);
});

test.each(["deleted", "refused"] as const)(
  "a label that is on something stays, and is still this stack's (usedLabel %s)",
  async (usedLabel) => {
    await begin("4.6.0", { switches: { usedLabel } });
    const whole = [...connectedTower(), ...label().slice(1)];
    await site.up(whole);
    const vm = addMachine(site.lab);
    byHand((labels) => {
      for (const each of labels) each.vms.push(vm);
    });
    site.writes();
    const { logs } = await site.engine.up(connectedTower());
    expect(logs.map(({ text }) => text).join()).toMatch(/label room=A-03 stays: it is on 1 object(?!s)/);
    await site.up(whole);
    expect(site.writes()).toEqual([]);
    expect(labelsOf(site.lab)).toMatchObject([{ id: site.outputsOf("label").labelId, vms: [vm] }]);
  },
);

test("a label that other sites use is taken as it is, and neither renamed nor deleted", async () => {
  await begin();
  await site.up(without);
  byHand((labels) => labels.push({ ...another }));
  await site.up(label({ shared: true }));
  site.writes();
  expect(await site.errorsOf(label({ shared: true, value: "B-01" }))).toMatch(
    /label room=A-03 is shared with other sites and is not renamed to room=B-01/,
  );
  await site.up(without);
  expect(site.writes()).toEqual([]);
  expect(labelsOf(site.lab)).toHaveLength(1);
});

test.each(["createLabel", "updateLabel", "deleteLabel"])("a lost answer to %s ends as wanted", async (operation) => {
  await begin();
  if (operation !== "createLabel") await site.up(label());
  await site.engine.kill();
  await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
  const wanted = { createLabel: label(), updateLabel: label({ value: "B-01" }), deleteLabel: without }[operation];
  await site.up(wanted ?? []);
  expect(site.lab.faultsApplied()).toEqual([1]);
  const values = { createLabel: ["A-03"], updateLabel: ["B-01"], deleteLabel: [] }[operation];
  expect(labelsOf(site.lab).map(({ value }) => value)).toEqual(values);
});

import { afterEach, expect, test } from "vitest";
import { checkRequest } from "../../lab/cloudtower/openapi.fixture";
import { TOWER_VERSIONS, type TowerVersion } from "../../lab/cloudtower/tower-model";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import type { LabSite } from "./lab-site";
import { byHand as changedByHand, machine, without } from "./tower-machine";
import { towerSites } from "./tower-site";

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
let version: TowerVersion;
async function begin(of: TowerVersion = "4.8.0", ...more: [Parameters<typeof beginSite>[1]?]): Promise<void> {
  version = of;
  site = await beginSite(version, ...more);
}
const standing = () => site.lab.site.model.cluster as LabCluster;
const vm = () => standing().vms[0] as LabVm;
const inputs = () => site.engine.state.find(({ name }) => name === "vm")?.inputs;

/** Somebody changes the machine by hand. */
function byHand(change: (vm: LabVm) => void): void {
  changedByHand(site, ({ vms }) => vms.forEach(change));
}

/** A second up writes nothing, and a refresh finds nothing. */
async function rests(program: ReturnType<typeof machine>): Promise<void> {
  site.writes();
  await site.up(program, true);
  expect(site.writes()).toEqual([]);
}

const REST = "/v2/api";
afterEach(() => {
  const sent = site.lab.requests().filter(({ path, status }) => path.startsWith(REST) && status === 200);
  for (const { path, rawBody } of sent) checkRequest(version, path.slice(REST.length), rawBody);
});

test("a machine's priority is given at creation, changed in place and put back; CloudTower before 4.8.0 is told of none", async () => {
  await begin();
  await site.up(machine({ haPriority: "LEVEL_3_HIGH" }));
  expect(vm().haPriority).toBe("LEVEL_3_HIGH");
  await rests(machine({ haPriority: "LEVEL_3_HIGH" }));
  byHand((each) => {
    each.haPriority = "LEVEL_1_LOW";
  });
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ haPriority: "LEVEL_1_LOW" });
  await site.up(machine({ haPriority: "LEVEL_2_MEDIUM" }));
  expect([site.writes(), vm().haPriority]).toEqual([["updateVmBasicInfo"], "LEVEL_2_MEDIUM"]);
  // What the plan does not name any more is not looked at.
  await site.up(machine());
  expect([site.writes(), vm().haPriority]).toEqual([[], "LEVEL_2_MEDIUM"]);

  await begin("4.6.0");
  await site.up(without);
  site.writes();
  const told =
    "machine web-01 cannot have all that is planned: haPriority takes CloudTower 4.8.0, and TOWER is 4.6.0 — leave haPriority out of the plan";
  expect(await site.errorsOf(machine({ haPriority: "LEVEL_3_HIGH" }))).toMatch(told);
  expect([site.writes(), standing().vms]).toEqual([[], []]);
  await site.up(machine());
  site.writes();
  // Nothing of the change, also what this CloudTower would take.
  expect(await site.errorsOf(machine({ haPriority: "LEVEL_3_HIGH", description: "new" }))).toMatch(told);
  expect(site.writes()).toEqual([]);
});

import { expect, test } from "vitest";
import { allRows } from "../../lab/cloudtower/tables";
import { type LabPlacementGroup, type LabTower, TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabOptions } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { addMachine, connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const without = connectedTower();

/** The connected cluster, and a placement group of its machines. */
function group(args: Record<string, unknown> = {}): ResourceSpec[] {
  const own = { connection, cluster: { $ref: "cluster.clusterId" }, name: "web", ...args };
  const options = { dependsOn: ["cluster"] };
  return [...without, { type: "cloudtower:VmPlacementGroup", name: "group", args: own, options }];
}

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const tower = () => site.lab.site.model.cloudtower as LabTower;
const groups = () => tower().clusters[0]?.kept.placementGroups ?? [];
const rows = () => allRows(site.lab.site, tower(), "VmPlacementGroup");
const said = (name: string) => site.engine.state.find((each) => each.name === name)?.inputs;

/** Somebody makes or changes groups by hand. */
function byHand(change: (groups: LabPlacementGroup[], tower: LabTower) => void): void {
  site.lab.cloudtower.change((changed) => {
    const [cluster] = changed.clusters;
    if (!cluster) throw new Error("no cluster");
    cluster.kept.placementGroups ??= [];
    change(cluster.kept.placementGroups, changed);
  });
}

const OTHERS: LabPlacementGroup = {
  id: "c-others",
  name: "web",
  description: "",
  enabled: true,
  vmPolicy: "MUST_SAME",
  vmPolicyEnabled: false,
  must: { enabled: false, policy: false, hosts: [] },
  prefer: { enabled: false, policy: false, hosts: [] },
  vms: [],
  createdAt: 0,
  updatedAt: 0,
};

/** A connected cluster, in which somebody has made the group `web`. */
async function beginWith(of: Partial<LabPlacementGroup>, options?: Partial<LabOptions>): Promise<void> {
  await begin("4.6.0", options);
  await site.up(without);
  byHand((all) => all.push({ ...OTHERS, ...of }));
  site.writes();
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s gets a group with all its policies, which is changed in place, put back and deleted",
  async (version) => {
    await begin(version);
    const all = {
      description: "web servers",
      vmPolicy: "MUST_DIFFERENT",
      mustHosts: { hosts: ["node-02", "node-01"] },
      preferHosts: { hosts: ["node-03"], policy: false },
    };
    await site.up(group(all));
    expect(rows()).toMatchObject([
      {
        id: site.outputsOf("group").placementGroupId,
        description: expect.stringMatching(/^web servers \[sitewright:[^\]]*\/group\]$/),
        enabled: true,
        vm_vm_policy: "MUST_DIFFERENT",
        vm_vm_policy_enabled: true,
        vm_host_must_enabled: true,
        vm_host_must_policy: true,
        vm_host_must_host_uuids: [{ name: "node-01" }, { name: "node-02" }],
        vm_host_prefer_enabled: true,
        vm_host_prefer_policy: false,
        vm_host_prefer_host_uuids: [{ name: "node-03" }],
      },
    ]);
    site.writes();
    await site.up(group({ ...all, mustHosts: { hosts: ["node-01", "node-02"] } }), true);
    expect(site.writes()).toEqual([]);

    await site.up(group({ name: "database", enabled: false, preferHosts: { hosts: ["node-01"] } }));
    expect(site.writes()).toEqual(["updateVmPlacementGroup"]);
    expect(rows()).toMatchObject([
      {
        name: "database",
        description: expect.stringMatching(/^\[sitewright:/),
        enabled: false,
        vm_vm_policy_enabled: false,
        vm_host_must_enabled: false,
        vm_host_prefer_policy: true,
        vm_host_prefer_host_uuids: [{ name: "node-01" }],
      },
    ]);

    byHand(([each]) => {
      if (each) Object.assign(each, { enabled: true, vmPolicy: "PREFER_SAME", vmPolicyEnabled: true });
    });
    await site.engine.refresh();
    expect(said("group")).toMatchObject({ enabled: true, vmPolicy: "PREFER_SAME" });
    await site.up(group({ name: "database", enabled: false, preferHosts: { hosts: ["node-01"] } }));
    expect(site.writes()).toEqual(["updateVmPlacementGroup"]);
    expect(groups()).toMatchObject([{ enabled: false, vmPolicyEnabled: false }]);

    await site.up(without);
    expect(site.writes()).toEqual(["deleteVmPlacementGroup"]);
    expect(groups()).toEqual([]);
  },
);

test("a change of a group leaves its machines in it, and while they are in it it stays", async () => {
  await begin();
  await site.up(group());
  const vm = addMachine(site.lab);
  byHand(([each]) => each?.vms.push(vm));
  await site.up(group({ vmPolicy: "PREFER_SAME", name: "database" }));
  expect(groups()).toMatchObject([{ name: "database", vms: [vm] }]);
  expect(site.sent("updateVmPlacementGroup").filter(({ body }) => JSON.stringify(body).includes('"vms"'))).toEqual([]);
  site.writes();
  expect(await site.up(without)).toMatch(/placement group database stays: web-01 belongs to it/);
  await site.up(group({ vmPolicy: "PREFER_SAME", name: "database" }));
  expect(site.writes()).toEqual([]);
  expect(groups()).toMatchObject([{ id: site.outputsOf("group").placementGroupId, vms: [vm] }]);
});

test("a host that the cluster does not have is named, with those that it has", async () => {
  await begin();
  expect(await site.errorsOf(group({ mustHosts: { hosts: ["node-09"] } }))).toMatch(
    /the cluster has no host node-09; it has .*node-01/,
  );
  expect(groups()).toEqual([]);
});

test("a group of somebody else is refused, and taken over as it is when that is allowed", async () => {
  await beginWith({ description: "by hand" });
  expect(await site.errorsOf(group({ description: "by hand" }))).toMatch(
    /VmPlacementGroup\/web stands already on TOWER .*adopt VmPlacementGroup/,
  );
  site.engine.settings = { ...site.engine.settings, adopt: "VmPlacementGroup/web" };
  await site.engine.kill();
  site.writes();
  await site.up(group({ description: "by hand" }));
  expect(site.writes()).toEqual([]);
  expect(site.outputsOf("group").placementGroupId).toBe("c-others");
});

test("by its mark a group is this stack's, also where state and journal are lost; another stack's is not", async () => {
  await beginWith({});
  const at = (owner: string) =>
    byHand(([each]) => {
      if (each) each.description = `[sitewright:${owner}]`;
    });
  at("another/stack/group");
  expect(await site.errorsOf(group())).toMatch(/VmPlacementGroup\/web stands already on TOWER/);
  byHand((all) => all.splice(0));
  await site.up(group());
  const [mine] = structuredClone(groups());
  byHand((all) => all.splice(0));
  await site.up(without);
  byHand((all) => all.push({ ...(mine as LabPlacementGroup), id: "c-again" }));
  site.writes();
  await site.up(group());
  expect(site.writes()).toEqual([]);
  expect(site.outputsOf("group").placementGroupId).toBe("c-again");

  at("another/stack/group");
  expect(await site.up(without)).toMatch(/placement group web stays: by its mark it is now one of another\/stack/);
  expect(groups()).toHaveLength(1);
});

test("a group of several sites bears no mark, and is neither changed nor deleted", async () => {
  await begin();
  await site.up(group({ shared: true, description: "of all" }));
  expect(groups()).toMatchObject([{ description: "of all" }]);
  site.writes();
  expect(await site.errorsOf(group({ shared: true, description: "of one" }))).toMatch(
    /placement group web is shared with other sites and is not changed/,
  );
  await site.up(without);
  expect(site.writes()).toEqual([]);
  expect(groups()).toHaveLength(1);
});

test.each(["locked", "refused"] as const)(
  "a change that meets another client's task waits for its end (busyKept %s)",
  async (busyKept) => {
    await begin("4.6.0", { speed: 1_000, switches: { busyKept } });
    await site.up(group());
    const until = site.lab.site.now + 200_000;
    byHand(([each]) => {
      if (each) each.busy = { status: "UPDATING", until };
    });
    site.writes();
    await site.up(group({ vmPolicy: "MUST_SAME" }));
    expect(site.writes()).toEqual(["updateVmPlacementGroup"]);
    expect(groups()).toMatchObject([{ vmPolicy: "MUST_SAME" }]);
  },
);

test.each(["task", "refused"] as const)("a rename to a name that is taken says so (%s)", async (samePlacementGroup) => {
  await beginWith({ name: "database" }, { switches: { samePlacementGroup } });
  await site.up(group());
  expect(await site.errorsOf(group({ name: "database" }))).toMatch(/PLACEMENT_GROUP_DUPLICATE_NAME/);
  expect(groups().map(({ name }) => name)).toEqual(["database", "web"]);
});

test.each(["createVmPlacementGroup", "updateVmPlacementGroup", "deleteVmPlacementGroup"])(
  "a lost answer to %s, and a task that fails, end as wanted in the next run at the latest",
  async (operation) => {
    await begin();
    const [made, changed] = [group(), group({ name: "database" })];
    const program = { create: made, update: changed, delete: without }[operation.slice(0, 6)] ?? [];
    await site.up(operation === "createVmPlacementGroup" ? without : made);
    await site.engine.kill();
    await site.lab.setFaults([{ operation, task: "fails", count: 1 }]);
    expect(await site.errorsOf(program)).toMatch(/has failed: task .* says /);
    await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
    await site.up(program);
    expect(site.lab.faultsApplied()).toEqual([1]);
    const names = { create: ["web"], update: ["database"], delete: [] }[operation.slice(0, 6)];
    expect(groups().map(({ name }) => name)).toEqual(names);
  },
);

import { expect, test } from "vitest";
import { type LabTower, TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabOptions } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { addMachine, connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const without = connectedTower();

/** The connected cluster, and a folder of its machines. */
function folder(args: Record<string, unknown> = {}): ResourceSpec[] {
  const own = { connection, cluster: { $ref: "cluster.clusterId" }, name: "web", ...args };
  return [...without, { type: "cloudtower:VmFolder", name: "folder", args: own, options: { dependsOn: ["cluster"] } }];
}

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const folders = () => site.lab.site.model.cloudtower?.vmFolders ?? [];

/** Somebody makes or changes folders by hand. */
function byHand(change: (folders: NonNullable<LabTower["vmFolders"]>, tower: LabTower) => void): void {
  site.lab.cloudtower.change((tower) => {
    tower.vmFolders ??= [];
    change(tower.vmFolders, tower);
  });
}

/** A connected cluster, in which somebody has made folders of these names. */
async function beginWith(names: string[], options?: Partial<LabOptions>): Promise<void> {
  await begin("4.6.0", options);
  await site.up(without);
  byHand((all, { clusters: [cluster] }) => {
    for (const [at, name] of names.entries())
      all.push({ id: `c-others-${at}`, name, cluster: cluster?.id ?? "", vms: [] });
  });
  site.writes();
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s gets a folder, which is changed in place, put back and deleted",
  async (version) => {
    await begin(version);
    await site.up(folder());
    const [made] = folders();
    expect(made).toMatchObject({ name: "web", cluster: site.outputsOf("cluster").clusterId });
    expect(site.outputsOf("folder").vmFolderId).toBe(made?.id);
    site.writes();
    await site.up(folder(), true);
    expect(site.writes()).toEqual([]);

    await site.up(folder({ name: "database" }));
    expect(site.writes()).toEqual(["updateVmFolder"]);
    expect(folders()).toMatchObject([{ id: made?.id, name: "database" }]);

    byHand((all) => {
      for (const each of all) each.name = "by hand";
    });
    await site.engine.refresh();
    expect(site.engine.state.find(({ name }) => name === "folder")?.inputs).toMatchObject({ name: "by hand" });
    await site.up(folder({ name: "database" }));
    expect(site.writes()).toEqual(["updateVmFolder"]);

    await site.up(without);
    expect(site.writes()).toEqual(["deleteVmFolder"]);
    expect(folders()).toEqual([]);
  },
);

test("a folder of somebody else is refused, and taken over when that is allowed", async () => {
  await beginWith(["web"]);
  expect(await site.errorsOf(folder())).toMatch(/VmFolder\/web stands already on TOWER .*adopt VmFolder/);
  site.engine.settings = { ...site.engine.settings, adopt: "VmFolder/web" };
  await site.engine.kill();
  site.writes();
  await site.up(folder());
  expect(site.writes()).toEqual([]);
  expect(site.outputsOf("folder").vmFolderId).toBe("c-others-0");
});

test("where two folders have the name, neither is taken", async () => {
  await beginWith(["web", "web"], { switches: { sameVmFolder: "made" } });
  expect(await site.errorsOf(folder())).toMatch(/VmFolder\/web stands 2 times on TOWER: ids c-others-0, c-others-1/);
  expect(site.writes()).toEqual([]);
});

test("a folder of that name in another cluster is another one", async () => {
  await beginWith([]);
  byHand((all, { clusters }) => {
    clusters.push({ ...(clusters[0] as (typeof clusters)[number]), id: "c-other", ip: "10.0.20.99" });
    all.push({ id: "c-others", name: "web", cluster: "c-other", vms: [] });
  });
  await site.up(folder());
  expect(site.writes()).toEqual(["createVmFolder"]);
  expect(folders().map(({ cluster }) => cluster)).toEqual(["c-other", site.outputsOf("cluster").clusterId]);
});

test("a folder that is gone is made anew", async () => {
  await begin();
  await site.up(folder());
  byHand((all) => all.splice(0));
  await site.up(folder(), true);
  expect(folders()).toHaveLength(1);
});

test("a folder that machines are in stays, and is still this stack's when the plan names it again", async () => {
  await begin();
  await site.up(folder());
  const vm = addMachine(site.lab);
  byHand((all) => {
    for (const each of all) each.vms.push(vm);
  });
  site.writes();
  const { logs } = await site.engine.up(without);
  expect(logs.map(({ text }) => text).join()).toMatch(/folder web stays: machines are in it \(1\)/);
  await site.up(folder());
  expect(site.writes()).toEqual([]);
  expect(folders()).toMatchObject([{ id: site.outputsOf("folder").vmFolderId, vms: [vm] }]);
});

test("a folder that other sites use is taken as it is, and neither renamed nor deleted", async () => {
  await beginWith(["web"]);
  await site.up(folder({ shared: true }));
  site.writes();
  expect(await site.errorsOf(folder({ shared: true, name: "database" }))).toMatch(
    /folder web is shared with other sites and is not renamed to database/,
  );
  await site.up(without);
  expect(site.writes()).toEqual([]);
  expect(folders()).toHaveLength(1);
});

test.each(["createVmFolder", "updateVmFolder", "deleteVmFolder"])(
  "a lost answer to %s ends as wanted",
  async (operation) => {
    await begin();
    await site.up(operation === "createVmFolder" ? without : folder());
    await site.engine.kill();
    await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
    const changed = folder({ name: "database" });
    const wanted = { createVmFolder: folder(), updateVmFolder: changed, deleteVmFolder: without }[operation];
    await site.up(wanted ?? []);
    expect(site.lab.faultsApplied()).toEqual([1]);
    const names = { createVmFolder: ["web"], updateVmFolder: ["database"], deleteVmFolder: [] }[operation];
    expect(folders().map(({ name }) => name)).toEqual(names);
  },
);

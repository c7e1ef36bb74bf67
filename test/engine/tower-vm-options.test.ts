import { expect, test } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { byHand as changedByHand, label, ofCluster, oneMachine, without } from "./tower-machine";
import { towerSites } from "./tower-site";

const group = (name: string) => ofCluster("VmPlacementGroup", name, { vmPolicy: "PREFER_DIFFERENT" });
const base: ResourceSpec[] = [...without, group("web"), group("db"), label("A"), label("B")];

/** A machine that runs, without disks and NICs. */
const machine = (name: string, args: Record<string, unknown> = {}): ResourceSpec => {
  const bare = { name, disks: undefined, nics: undefined, status: undefined, forceStop: true };
  return { ...oneMachine({ ...bare, ...args }, name), options: { dependsOn: ["web", "db", "A", "B"] } };
};

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const standing = () => site.lab.site.model.cluster as LabCluster;
const vm = (name: string) => standing().vms.find((each) => each.name === name) as LabVm;

/** Somebody changes the machines by hand. */
function byHand(change: (vm: LabVm) => void): void {
  changedByHand(site, ({ vms }) => vms.forEach(change));
}

/** Who is in each group. */
const members = () => {
  const [of] = site.lab.site.model.cloudtower?.clusters ?? [];
  return Object.fromEntries((of?.kept.placementGroups ?? []).map(({ name, vms }) => [name, vms.length]));
};

test.each(["locked", "refused"] as const)(
  "machines are in the placement group of the plan before they start, and a group takes one change at a time (%s)",
  async (busyKept) => {
    await begin(undefined, { switches: { busyKept } });
    const program = (placementGroup: string) => [
      ...base,
      machine("a", { placementGroup }),
      machine("b", { placementGroup }),
    ];
    await site.up(program("web"));
    expect(members()).toEqual({ web: 2, db: 0 });
    expect(site.writes().slice(-3)).toEqual(["createTowerVm", "updateVmPlacementGroup", "startTowerVm"]);
    await site.up(program("web"), true);
    expect(site.writes()).toEqual([]);
    await site.up(program("db"));
    expect(members()).toEqual({ web: 0, db: 2 });
    // What the plan does not name any more is not looked at.
    site.writes();
    await site.up([...base, machine("a"), machine("b")]);
    expect([site.writes(), members()]).toEqual([[], { web: 0, db: 2 }]);
    await site.up(base);
    expect(members()).toEqual({ web: 0, db: 0 });
    expect(await site.errorsOf([...base, machine("c", { placementGroup: "mail" })])).toMatch(
      "the cluster has no placement group mail",
    );
  },
);

test.each(TOWER_VERSIONS)("a machine has the labels of the plan and no other (CloudTower %s)", async (version) => {
  await begin(version);
  const program = (...values: string[]) => [
    ...base,
    machine("a", { status: "STOPPED", labels: values.map((value) => ({ key: "room", value })) }),
  ];
  const labelled = () => site.lab.site.model.cloudtower?.labels?.map(({ value, vms }) => [value, vms.length]);
  await site.up(program("A"));
  expect(labelled()).toEqual([
    ["A", 1],
    ["B", 0],
  ]);
  site.writes();
  await site.up(program("B"));
  expect(site.writes()).toEqual(["addLabelsToResources", "removeLabelsFromResources"]);
  site.lab.site.change(({ cloudtower }) => {
    for (const each of cloudtower?.labels ?? []) each.vms = [];
  });
  await site.engine.refresh();
  await site.up(program("B"));
  expect(labelled()).toEqual([
    ["A", 0],
    ["B", 1],
  ]);
  expect(await site.errorsOf(program("C"))).toMatch(
    "CloudTower has no label room=C — put the plan right, or make it first",
  );
});

test("machines spread over the hosts, run on that of the plan, and are moved back to it", async () => {
  await begin();
  const [first, second] = site.lab.site.model.hosts;
  await site.up([...base, machine("a"), machine("b"), machine("c", { host: first?.hostname })]);
  expect(["a", "b", "c"].map((name) => vm(name).host)).toEqual([first?.uuid, second?.uuid, first?.uuid]);
  expect(site.outputsOf("b")).toMatchObject({ hostName: second?.hostname });
  site.writes();
  await site.up([...base, machine("a"), machine("b"), machine("c", { host: second?.hostname })]);
  expect(site.writes()).toEqual(["migrateVm"]);
  expect(vm("c").host).toBe(second?.uuid);
  // As when its host had failed.
  byHand((each) => {
    if (first) each.host = first.uuid;
  });
  await site.engine.refresh();
  await site.up([...base, machine("a"), machine("b"), machine("c", { host: second?.hostname })]);
  expect(site.writes()).toEqual(["migrateVm"]);
});

test("graphics card, CPU model and clock are changed while the machine is stopped, and refused of one that runs", async () => {
  await begin();
  const options = { videoType: "VGA", cpuModel: "EPYC", clockOffset: "LOCALTIME" };
  await site.up([...base, machine("a", options)]);
  expect(site.writes().slice(-3)).toEqual(["createTowerVm", "updateVmAdvancedOptions", "startTowerVm"]);
  expect(vm("a")).toMatchObject({ ...options, status: "running" });
  const changed = { ...options, videoType: "QXL" };
  const { errors } = await site.engine.preview([...base, machine("a", changed)]);
  expect(errors.join()).toMatch(/videoType: the machine runs, and is not stopped for a change unasked/);
  await site.up([...base, machine("a", { ...changed, allowRestart: true })]);
  expect(vm("a")).toMatchObject({ videoType: "QXL", status: "running" });
  site.writes();
  await site.up([...base, machine("a", { ...changed, allowRestart: true })], true);
  expect(site.writes()).toEqual([]);
});

test("name and servers of the guest are set through its tools, put back, and set once it runs", async () => {
  await begin();
  const guest = { hostname: "web", dnsServers: ["10.0.0.114"], ntpServers: ["10.0.0.2"] };
  await site.up([...base, machine("a", { ...guest, status: "STOPPED" })]);
  byHand((each) => {
    each.installed = true;
  });
  site.writes();
  await site.up([...base, machine("a", guest)]);
  expect(site.writes()).toEqual(["startTowerVm", "updateVmHostOptions"]);
  expect(vm("a").guest).toEqual({ hostname: "web", dns: ["10.0.0.114"], ntp: ["10.0.0.2"] });
  await site.up([...base, machine("a", guest)], true);
  expect(site.writes()).toEqual([]);
  byHand((each) => {
    each.guest = { ...each.guest, hostname: "by-hand" };
  });
  await site.engine.refresh();
  await site.up([...base, machine("a", { ...guest, ntpServers: ["10.0.0.3"] })]);
  expect(vm("a").guest).toEqual({ hostname: "web", dns: ["10.0.0.114"], ntp: ["10.0.0.3"] });
});

test("a machine that the cluster has no memory for is started once it has, or fails with the vendor's words", async () => {
  await begin();
  await site.up([...base, machine("a", { status: "STOPPED" })]);
  const lacking = (count: number) => [
    { operation: "startTowerVm", task: { fails: "[HostAvailableMemoryFilter] no host" }, count },
  ];
  await site.lab.setFaults(lacking(2));
  site.writes();
  await site.up([...base, machine("a")]);
  expect(site.writes()).toEqual(["startTowerVm", "startTowerVm", "startTowerVm"]);
  await site.up([...base, machine("a", { status: "STOPPED" })]);
  await site.lab.setFaults(lacking(100));
  expect(await site.errorsOf([...base, machine("a")])).toMatch(
    /switch on the power of machine a has failed: .*HostAvailableMemoryFilter/,
  );
  // Later and later: not a try a second.
  expect(site.writes().length).toBeLessThan(15);
});

test("a start whose request is lost is asked for once more, also where nothing is waited for", async () => {
  await begin();
  await site.up([...base, machine("a", { status: "STOPPED" })]);
  await site.lab.setFaults([{ operation: "startTowerVm", drop: "before-commit", count: 1 }]);
  await site.up([...base, machine("a", { waitFor: "none" })]);
  expect(vm("a").status).toBe("running");
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { allRows } from "../../lab/cloudtower/tables";
import type { LabTower } from "../../lab/cloudtower/tower-model";
import type { FaultRule } from "../../lab/faults";
import { labPlan } from "../../lab/lab.fixture";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import { vmInputs } from "../../providers/cloudtower/vm-inputs";
import { markSecrets } from "../../providers/kernel/schema";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { addNetwork, addVolume, byHand, GIB, label, machine, ofCluster, oneMachine, without } from "./tower-machine";
import { MACHINE, towerSites } from "./tower-site";

/**
 * What users of other tools for machines of CloudTower have met, each by its name: a machine that stands twice, a plan
 * that never comes to rest, a disk that is lost.
 */
const beginSite = towerSites("4.6.0", "4.8.0");
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const standing = () => site.lab.site.model.cluster as LabCluster;
const only = () => standing().vms[0] as LabVm;
const inputs = () => site.engine.state.find(({ name }) => name === "vm")?.inputs;

async function setting(more: Record<string, string>): Promise<void> {
  site.engine.settings = { ...site.engine.settings, ...more };
  await site.engine.kill();
}

/** An operation of machines may take a minute of the vendor's. */
const oneMinute = (operation: "create" | "update") =>
  setting({ timeouts: JSON.stringify({ "cloudtower:Vm": { [operation]: "1m" } }) });

/** Nothing differs: a second up does nothing to the machine, and writes nothing. */
async function comesToRest(program: ResourceSpec[]): Promise<void> {
  site.writes();
  const { errors, steps } = await site.engine.up(program, { refresh: true });
  expect([errors, steps.filter((step) => !step.startsWith("refresh ")), site.writes()]).toEqual([[], [], []]);
}

test("import: a machine of somebody else is refused, and taken over where that is allowed, without a write where it is as planned; the mark comes with its first change", async () => {
  await begin();
  await site.up(without);
  byHand(site, ({ vms }) =>
    vms.push({ ...structuredClone(MACHINE), description: "theirs", vcpu: 2, memory: 4 * GIB, sockets: 2, cores: 1 }),
  );
  addVolume(site, "precious");
  const plain = machine({ disks: [], nics: [], description: "theirs" });
  expect(await site.errorsOf(plain)).toMatch(/Vm\/web-01 stands already on TOWER .*adopt Vm/);
  site.engine.settings = { ...site.engine.settings, adopt: "Vm/web-01" };
  await site.engine.kill();
  site.writes();
  expect(await site.errorsOf(plain)).toMatch(/machine web-01 has disks that the plan does not have.*precious/);
  expect(site.writes()).toEqual([]);
  const whole = machine({ disks: [{ name: "precious", size: "1 GiB" }], nics: [], description: "theirs" });
  await site.up(whole);
  await site.up(whole, true);
  expect(site.writes()).toEqual([]);
  expect(only()).toMatchObject({ description: "theirs", disks: [{ name: "precious" }] });
  await site.up(machine({ disks: [{ name: "precious", size: "1 GiB" }], nics: [], description: "theirs", ha: false }));
  expect(site.writes()).toEqual(["updateVmBasicInfo"]);
  expect(only()).toMatchObject({
    description: "theirs [sitewright:kit/test/vm]",
    ha: false,
    disks: [{ name: "precious" }],
  });
});

test("drift of scalars: what is changed by hand is shown property by property, and put back", async () => {
  await begin();
  await site.up(machine());
  byHand(site, ({ vms: [vm] }) => Object.assign(vm ?? {}, { memory: GIB, ha: false, status: "running" }));
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ memory: GIB, ha: false, status: "RUNNING" });
  await site.up(machine({ forceStop: true }));
  expect(only()).toMatchObject({ memory: 4 * GIB, ha: true, status: "stopped" });
});

test("deleted out of band: a machine that is gone, or lies in the recycle bin, is no more; one of its name there is never taken for it", async () => {
  await begin();
  await site.up(machine());
  byHand(site, ({ vms: [vm] }, { clusters: [cluster] }) => {
    if (vm && cluster) cluster.own.recycled[vm.uuid] = 0;
  });
  await site.engine.refresh();
  expect(inputs()).toBeUndefined();
  expect(await site.errorsOf(machine())).toMatch(
    /a machine web-01 \(id \S+\) lies in the recycle bin .*recover-vm-from-recycle/,
  );
  byHand(site, (cluster) => {
    cluster.vms = [];
  });
  await site.up(machine());
  expect(standing().vms).toHaveLength(1);
});

const abc = ["a", "b", "c"].map((name) => ({ name, size: "1 GiB" }));

test("list order: disks and NICs in another order, in the plan or in CloudTower, are the same ones", async () => {
  await begin();
  await site.up(without);
  addNetwork(site);
  const nics = [{ vlan: "default" }, { vlan: "VLAN-20" }];
  await site.up(machine({ disks: abc, nics }));
  byHand(site, ({ vms: [vm] }) => {
    vm?.disks.reverse();
    vm?.nics.reverse();
  });
  await comesToRest(machine({ disks: abc, nics }));
  site.writes();
  await site.up(machine({ disks: abc.toReversed(), nics: nics.toReversed() }));
  expect(site.writes()).toEqual([]);
  // One that comes in front of them moves none.
  const four = machine({ disks: [{ name: "d", size: "1 GiB" }, ...abc], nics });
  await site.up(four);
  expect(site.writes()).toEqual(["addVmDisk"]);
  await comesToRest(four);
});

test("unstable ids: a disk and a NIC are the same ones under another id, and every write has the id of its moment", async () => {
  await begin();
  await site.up(machine({ disks: abc }));
  const partIds = () => {
    const { site: lab } = site.lab;
    const of = (kind: "VmDisk" | "VmNic") => allRows(lab, lab.model.cloudtower as LabTower, kind).map(({ id }) => id);
    return [...of("VmDisk"), ...of("VmNic")];
  };
  const before = partIds();
  byHand(site, (_cluster, { clusters: [cluster] }) => {
    if (cluster) cluster.own.changes[only().uuid] = 99;
  });
  expect(partIds().filter((id) => before.includes(id))).toEqual([]);
  await comesToRest(machine({ disks: abc }));

  // After each of these writes all ids are other ones, and of an id of before CloudTower knows nothing.
  const fewer = machine({
    description: "new",
    disks: [{ name: "c", size: "2 GiB" }],
    nics: [{ vlan: "default", enabled: false }],
  });
  await site.up(fewer);
  expect(site.writes()).toEqual([
    "updateVmBasicInfo",
    "expandVmDisk",
    "removeVmDisk",
    "removeVmDisk",
    "updateVmNicAdvanceInfo",
  ]);
  expect(only().disks.map(({ name }) => name)).toEqual(["c"]);
  const kept = JSON.stringify(site.engine.state);
  expect([...before, ...partIds()].filter((id) => kept.includes(id))).toEqual([]);
});

test("falsy values: false and an empty text are sent, and arrive", async () => {
  await begin();
  await site.up(machine({ description: "old", ha: true, nics: [{ vlan: "default", enabled: true, mirror: true }] }));
  const off = machine({ description: "", ha: false, nics: [{ vlan: "default", enabled: false, mirror: false }] });
  await site.up(off);
  expect(only()).toMatchObject({
    description: "[sitewright:kit/test/vm]",
    ha: false,
    nics: [{ link: "down", mirror: false }],
  });
  await comesToRest(off);
});

/** Another value of each input, and what comes of it: a write, a refusal at preview, or no write at all. */
const CHANGES: Record<keyof typeof vmInputs.shape, [to: unknown, comes: string | RegExp | undefined]> = {
  // To a snapshot of it as it is.
  rollbackTo: ["now", "rollbackVm"],
  // What the machine is, is changed in place.
  name: ["web-02", "updateVmBasicInfo"],
  description: ["new", "updateVmBasicInfo"],
  vcpu: [4, "updateVmBasicInfo"],
  cpuCores: [2, "updateVmBasicInfo"],
  memory: ["8 GiB", "updateVmBasicInfo"],
  ha: [false, "updateVmBasicInfo"],
  haPriority: ["LEVEL_3_HIGH", "updateVmBasicInfo"],
  owner: ["root", "updateVmOwner"],
  folder: ["web", "addVmToFolder"],
  placementGroup: ["group", "updateVmPlacementGroup"],
  labels: [[{ key: "room", value: "label" }], "addLabelsToResources"],
  videoType: ["VGA", "updateVmAdvancedOptions"],
  cpuModel: ["EPYC", "updateVmAdvancedOptions"],
  clockOffset: ["LOCALTIME", "updateVmAdvancedOptions"],
  ioPolicy: ["RESTRICT_WHOLE_VM", "updateVmIoPolicy"],
  maxIops: [500, "updateVmIoPolicy"],
  maxIopsPolicy: ["FORCED", "updateVmIoPolicy"],
  maxBandwidth: ["100 MiB", "updateVmIoPolicy"],
  maxBandwidthPolicy: ["DYNAMIC", "updateVmIoPolicy"],
  disks: [[{ name: "web-01-system", size: "60 GiB" }], "expandVmDisk"],
  cdRoms: [[{}], "addVmCdRom"],
  nics: [[{ vlan: "default", mirror: true }], "updateVmNicAdvanceInfo"],
  // What CloudTower cannot change is refused, not passed over.
  firmware: ["UEFI", /firmware: CloudTower changes it on no machine/],
  template: ["rocky-9", /template: the machine is made, and not again for it/],
  contentLibraryTemplate: ["rocky-9", /contentLibraryTemplate: the machine is made/],
  clone: ["base", /clone: the machine is made/],
  snapshot: ["before", /snapshot: the machine is made/],
  fullCopy: [true, /fullCopy: has nothing to copy/],
  cloudInit: [{ hostname: "web" }, /cloudInit: CloudTower gives it to machines that are made from a template/],
  // Another machine.
  cluster: ["another", "replaced"],
  // How later runs go about it.
  waitFor: ["none", undefined],
  forceStop: [true, undefined],
  allowRestart: [true, undefined],
  allowDestroy: [true, undefined],
  purge: [true, undefined],
  deleteVolumes: [true, undefined],
  connection: [{ ...(oneMachine().args?.connection as object), addresses: ["10.0.20.15", "tower.example"] }, undefined],
  // CloudTower is told of it at creation alone: what was left open before says nothing.
  guestOsType: ["LINUX", undefined],
  status: ["RUNNING", "startTowerVm"],
  // Of one that runs, and has the tools.
  host: [labPlan().hosts[1]?.name, "migrateVm"],
  hostname: ["web", "updateVmHostOptions"],
  dnsServers: [["10.0.0.114"], "updateVmHostOptions"],
  ntpServers: [["10.0.0.2"], "updateVmHostOptions"],
  guestOsAccount: [{ username: "root", password: "Guest-1" }, "resetVmGuestOsPassword"],
};

test("ignored attributes: each input that is changed has that written, or is refused, and then nothing differs", async () => {
  // Has all that an older one has.
  await begin("4.8.0");
  const program = (args: object) => [
    ...without,
    ofCluster("VmFolder", "web"),
    ofCluster("VmPlacementGroup", "group"),
    label("label"),
    { ...oneMachine({ ...args }), options: { dependsOn: ["web", "group", "label"] } },
  ];
  const args: Record<string, unknown> = {};
  await site.up(program(args));
  byHand(site, (cluster) => {
    const { vms, volumes } = cluster;
    for (const vm of vms) vm.installed = true;
    const sizes = Object.fromEntries(volumes.map(({ uuid, size }) => [uuid, size]));
    const frozen = { uuid: "now", name: "now", description: "", createdAt: 0, vm: structuredClone(only()), sizes };
    cluster.snapshots = [{ ...frozen, consistency: "CRASH_CONSISTENT" }];
  });
  // An input that is not in the table has to be put there: whoever changes it is to see it changed.
  expect(Object.keys(vmInputs.shape).filter((input) => !(input in CHANGES))).toEqual([]);
  for (const [input, [to, comes]] of Object.entries(CHANGES)) {
    site.writes();
    const next = program({ ...args, [input]: to });
    if (comes instanceof RegExp || comes === "replaced") {
      const { errors, steps } = await site.engine.preview(next);
      if (comes instanceof RegExp) expect([input, errors.join()]).toEqual([input, expect.stringMatching(comes)]);
      else expect(steps).toEqual(["delete-replaced vm", "create vm"]);
      continue;
    }
    args[input] = to;
    await site.up(next);
    expect([input, site.writes()]).toEqual([input, comes === undefined ? [] : [comes]]);
    await comesToRest(next);
  }
});

test("growing one of two disks: that one grows, and the other is asked nothing", async () => {
  await begin();
  const two = (size: string) =>
    machine({
      disks: [
        { name: "data", size: "1 GiB" },
        { name: "system", size },
      ],
      deleteVolumes: true,
    });
  await site.up(two("40 GiB"));
  const [data, system] = structuredClone(standing().volumes);
  site.writes();
  await site.up(two("60 GiB"));
  expect(site.writes()).toEqual(["expandVmDisk"]);
  expect(standing().volumes).toEqual([data, { ...system, size: 60 * GIB }]);
});

test("nic change: NICs are changed, added and taken out in place, known by their hardware addresses", async () => {
  await begin();
  await site.up(machine());
  addNetwork(site);
  const mac = only().nics[0]?.mac;
  const nics = [{ vlan: "VLAN-20" }, { vlan: "default", macAddress: "52:54:00:00:00:99", enabled: false }];
  site.writes();
  await site.up(machine({ nics }));
  expect(site.writes()).toEqual(["updateVmNicAdvanceInfo", "addVmNic"]);
  expect(only().nics).toMatchObject([
    { mac, vlan: "vlan-20", link: "up" },
    { mac: "52:54:00:00:00:99", link: "down" },
  ]);
  expect(site.outputsOf("vm").macs).toEqual([mac, "52:54:00:00:00:99"]);

  byHand(site, ({ vms: [vm] }) => {
    for (const nic of vm?.nics ?? []) nic.link = "down";
  });
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ nics: [{ vlan: "VLAN-20", enabled: false }, { enabled: false }] });
  // A hardware address that the plan gives is set on the NIC that stands.
  await site.up(machine({ nics: [{ vlan: "VLAN-20", macAddress: "52:54:00:00:00:98" }, nics[1]] }));
  expect(site.writes()).toEqual(["updateVmNicAdvanceInfo"]);
  expect(
    only()
      .nics.map((nic) => nic.mac)
      .sort(),
  ).toEqual(["52:54:00:00:00:98", "52:54:00:00:00:99"]);
  await site.up(machine({ nics: nics.slice(1) }));
  expect(site.writes()).toEqual(["removeVmNicByWhere"]);
  expect(only().nics).toMatchObject([{ mac: "52:54:00:00:00:99" }]);
});

test.each<[string, FaultRule["task"], RegExp]>([
  ["fails, with its own code and words", { fails: "the host has no memory left" }, /the host has no memory left/],
  ["pauses, with who can let it go on", "paused", /PAUSED .*until somebody lets it go on in CloudTower's task list/],
  ["never ends", "stuck", /EXECUTING/],
])("async wait: a task is waited for to its end and no longer; one that %s, is told", async (_how, task, told) => {
  await begin();
  await site.up(machine());
  await oneMinute("update");
  await site.lab.setFaults([{ operation: "updateVmBasicInfo", task, count: 1 }]);
  expect(await site.errorsOf(machine({ description: "new" }))).toMatch(told);
  byHand(site, (_cluster, { tasks }) => {
    for (const each of tasks) if (each.outcome !== "fails") each.outcome = "well";
  });
  await site.up(machine({ description: "new" }));
  expect(only().description).toBe("new [sitewright:kit/test/vm]");
});

test.each(["nothing", "volumes", "placeholder"] as const)(
  "create fails after POST: a creation whose task fails is told, and done once more at the next up (failedTowerVm %s)",
  async (failedTowerVm) => {
    await begin(undefined, { switches: { failedTowerVm, vmRecycleBin: "kept" } });
    await site.up(without);
    await site.lab.setFaults([{ operation: "createTowerVm", task: { fails: "VM_OUT_OF_MEMORY" }, count: 1 }]);
    expect(await site.errorsOf(machine())).toMatch(/making machine web-01 has failed: .*VM_OUT_OF_MEMORY/);
    await site.up(machine());
    expect(standing().vms).toMatchObject([{ name: "web-01" }]);
    expect(site.lab.site.model.cloudtower?.clusters[0]?.own.newVms).toEqual([]);
  },
);

test("create fails after POST: a machine whose creation was given up is the one that the next up goes on with", async () => {
  await begin();
  await site.up(without);
  await oneMinute("create");
  await site.lab.setFaults([{ operation: "createTowerVm", task: "stuck", count: 1 }]);
  expect(await site.errorsOf(machine())).toMatch(/making machine web-01/);
  byHand(site, (_cluster, { tasks }) => {
    for (const each of tasks) each.outcome = "well";
  });
  await site.up(machine());
  expect(site.sent("createTowerVm")).toHaveLength(1);
  expect(standing().vms).toHaveLength(1);
});

test("Ctrl-C during create: the next up takes the machine that came of it, and makes no second one", async () => {
  await begin();
  await site.up(without);
  await site.lab.setFaults([{ operation: "createTowerVm", hang: "after-commit", count: 1 }]);
  const run = site.engine.up(machine(), { preview: false });
  await vi.waitUntil(() => site.sent("createTowerVm").length > 0);
  await site.engine.kill();
  expect((await run).ok).toBe(false);
  await site.up(machine());
  expect(site.sent("createTowerVm")).toHaveLength(1);
  expect([standing().vms, standing().volumes]).toMatchObject([[{ name: "web-01" }], [{ name: "web-01-system" }]]);
});

test("VM tools wait: a few looks until its time is up, and what to do; what is half made can be refreshed, and goes with its volumes", async () => {
  await begin(undefined, { switches: { guestTools: "missing" } });
  await oneMinute("create");
  const nics = [{ vlan: "default", ipAddress: "10.0.20.50", subnetMask: "255.255.255.0" }];
  const half = machine({ nics, status: "RUNNING", deleteVolumes: true });
  expect(await site.errorsOf(half)).toMatch(
    /install the tools \(SVT\) in the guest, or leave out of the plan what needs them \(ipAddress/,
  );
  expect(site.sent("getVms").length).toBeLessThan(40);
  expect((await site.engine.refresh()).errors).toEqual([]);
  await site.up(without);
  expect([standing().vms, standing().volumes]).toEqual([[], []]);
});

test.each<[string, FaultRule, RegExp]>([
  ["a refusal", { answer: { status: 400, body: { message: "no host can take it" } } }, /400.*no host can take it/],
  [
    "a failure of CloudTower's own",
    { answer: { status: 500, body: { message: "out of order" } } },
    /500.*out of order/,
  ],
])("retries: after %s a creation is not sent again, and the error is CloudTower's", async (_what, fault, told) => {
  await begin();
  await site.up(without);
  await site.lab.setFaults([{ operation: "createTowerVm", ...fault, count: 1 }]);
  expect(await site.errorsOf(machine())).toMatch(told);
  expect(site.sent("createTowerVm")).toHaveLength(1);
  expect(standing().vms).toEqual([]);
});

test("retries: what only reads is asked again", async () => {
  await begin();
  await site.up(without);
  await site.lab.setFaults([{ operation: "getVms", answer: { status: 503, html: true, body: "busy" }, count: 2 }]);
  await site.up(machine());
  expect(standing().vms).toHaveLength(1);
});

const LOCKED = { status: 400, body: { code: "ResourceLocked", message: "Resource [VM-1] locked", props: {} } };

test("ResourceLocked: what another task has locked is waited for, in a change and in a deletion", async () => {
  await begin();
  await site.up(machine());
  const locked = ["updateVmBasicInfo", "deleteTowerVm"].map((operation) => ({ operation, answer: LOCKED, count: 2 }));
  await site.lab.setFaults(locked);
  await site.up(machine({ description: "new" }));
  expect(site.sent("updateVmBasicInfo").map(({ status }) => status)).toEqual([400, 400, 200]);
  await site.up(without);
  expect(site.sent("deleteTowerVm").map(({ status }) => status)).toEqual([400, 400, 200]);
  expect(standing().vms).toEqual([]);
});

test("ResourceLocked: a machine that CloudTower shows as being changed is not written to, and how long it lasts is told", async () => {
  await begin();
  await site.up(machine());
  const busy = (status: "UPDATING" | undefined) =>
    byHand(site, ({ vms: [vm] }, { clusters: [cluster] }) => {
      if (vm && status && cluster) cluster.own.busy[vm.uuid] = { status };
      else if (vm) delete cluster?.own.busy[vm.uuid];
    });
  busy("UPDATING");
  await oneMinute("update");
  site.writes();
  expect(await site.errorsOf(machine({ description: "new" }))).toMatch(
    /CloudTower to be done with machine web-01.*UPDATING/,
  );
  expect(site.writes()).toEqual([]);
  busy(undefined);
  await site.up(machine({ description: "new" }));
  expect(site.writes()).toEqual(["updateVmBasicInfo"]);
});

test("null host: a machine that is on no host is read as one that has none", async () => {
  await begin();
  await site.up(machine());
  await site.engine.refresh();
  expect(site.outputsOf("vm").hostName).toBe("");
  await site.up(machine({ status: "RUNNING" }));
  expect(site.outputsOf("vm").hostName).toBe("node-01");
  byHand(site, ({ vms: [vm] }) => Object.assign(vm ?? {}, { status: "stopped" }));
  await site.engine.refresh();
  expect(site.outputsOf("vm").hostName).toBe("");
});

test("secrets: passwords and user data are marked as such, and stand in no error and in no file", async () => {
  await begin();
  const canaries = ["Canary-Guest-1", "Canary-User-Data"];
  const cloudInit = { hostname: "web", defaultUserPassword: canaries[0], userData: canaries[1] };
  const args: Record<string, unknown> = { ...oneMachine().args, template: "rocky-9", cloudInit };
  const marked = markSecrets(
    vmInputs,
    args,
    () => "a secret",
    () => false,
  );
  expect(marked).toMatchObject({
    connection: { password: "a secret" },
    cloudInit: { hostname: "web", defaultUserPassword: "a secret", userData: "a secret" },
  });

  await site.up(without);
  byHand(site, (cluster) => {
    const vm = { ...structuredClone(MACHINE), name: "base" };
    cluster.templates = [
      { uuid: "template-1", name: "rocky-9", description: "", createdAt: 0, vm, sizes: {}, cloudInit: true },
    ];
  });
  // As a server may that repeats what it was sent.
  const answer = { status: 400, body: { message: `not taken: ${canaries.join(", ")}` } };
  await site.lab.setFaults([{ operation: "createVmFromTemplate", answer, count: 1 }]);
  const { disks: _, ...copy } = args;
  const program = [...without, { ...oneMachine(), args: copy }];
  const { errors, logs } = await site.engine.up(program);
  expect(errors.join()).toMatch(/not taken: \*\*\*/);
  await site.up(program);
  expect(only().name).toBe("web-01");
  const files = readdirSync(site.project.memory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
  const said = [...errors, ...logs.map(({ text }) => text), ...files].join("\n");
  expect([...canaries, "Canary-Tower-1"].filter((canary) => said.includes(canary))).toEqual([]);
});

test.each([
  ["a smaller disk", { disks: [{ name: "web-01-system", size: "20 GiB" }] }, /disks\[0\].size: a disk does not shrink/],
  [
    "another bus",
    { disks: [{ name: "web-01-system", size: "40 GiB", bus: "SCSI" }] },
    /disks\[0\].bus: CloudTower changes/,
  ],
  [
    "another name of a disk that would go",
    { deleteVolumes: true, disks: [{ name: "root", size: "40 GiB" }] },
    /disks: web-01-system would go with all that is on it, and root come empty/,
  ],
  [
    "another model of a NIC",
    { nics: [{ vlan: "default", model: "E1000" }] },
    /nics\[0\].model: it is VIRTIO, planned is E1000/,
  ],
  ["a part of a socket", { vcpu: 3, cpuCores: 2 }, /vcpu: is no multiple of cpuCores, 2/],
  ["no CPUs", { vcpu: undefined }, /vcpu: is missing, and there is no source that has it/],
  ["no memory", { memory: undefined }, /memory: is missing, and there is no source that has it/],
])("validation: %s is refused at preview, with the way out", async (_what, args, message) => {
  await begin();
  await site.up(machine());
  site.writes();
  const { ok, errors } = await site.engine.preview(machine(args));
  expect([ok, errors.join()]).toEqual([false, expect.stringMatching(message)]);
  expect(site.writes()).toEqual([]);
});

// Each is made by a request of its own: one that fails, or whose answer is lost, is one machine's.
test("batch: a refresh of twenty machines walks their lists, and asks for none alone but the first", async () => {
  await begin();
  const names = Array.from({ length: 20 }, (_, at) => `web-${at}`);
  await site.up([
    ...without,
    ...names.map((name) => oneMachine({ name, disks: [{ name: `${name}-system`, size: "1 GiB" }] }, name)),
  ]);
  expect(standing().vms).toHaveLength(20);
  const before = site.sent("getVms").length;
  await site.engine.refresh();
  expect(site.sent("getVms").length - before).toBeLessThanOrEqual(4);
});

test.each(["nothing", "volumes", "placeholder"] as const)(
  "create fails after POST: a machine that the cluster has no space for is made once it has (failedTowerVm %s)",
  async (failedTowerVm) => {
    await begin(undefined, { switches: { failedTowerVm } });
    await site.up(without);
    const lacking = (count: number) => [
      { operation: "createTowerVm", task: { fails: "[EAllocSpace] no space" }, count },
    ];
    await site.lab.setFaults(lacking(2));
    site.writes();
    await site.up(machine());
    const removal = failedTowerVm === "placeholder" ? ["deleteTowerVm"] : [];
    const once = ["createTowerVm", ...removal];
    expect(site.writes()).toEqual([...once, ...once, "createTowerVm"]);
    expect(standing().vms).toMatchObject([{ name: "web-01" }]);
    await site.up(without);

    await site.lab.setFaults(lacking(100));
    site.writes();
    expect(await site.errorsOf(machine())).toMatch(/making machine web-01 has failed: .*EAllocSpace/);
    expect(site.sent("createTowerVm").length).toBeLessThan(15);
    expect(site.lab.site.model.cloudtower?.clusters[0]?.own.newVms).toEqual([]);
    await site.lab.setFaults([]);
    await site.up(machine());
  },
);

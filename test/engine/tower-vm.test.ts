import { expect, test } from "vitest";
import { type LabTower, TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { connectedTower, towerConnection as connection, MACHINE, towerSites } from "./tower-site";

const GIB = 2 ** 30;
const without = connectedTower();

/** The connected cluster, and a machine in it. */
function machine(args: Record<string, unknown> = {}): ResourceSpec[] {
  const own = {
    connection,
    cluster: { $ref: "cluster.clusterId" },
    name: "web-01",
    vcpu: 2,
    memory: "4 GiB",
    disks: [{ name: "web-01-system", size: "40 GiB" }],
    nics: [{ vlan: "default" }],
    status: "STOPPED",
    ...args,
  };
  return [...without, { type: "cloudtower:Vm", name: "vm", args: own, options: { dependsOn: ["cluster"] } }];
}

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const standing = () => site.lab.site.model.cluster as LabCluster;
const only = () => standing().vms[0] as LabVm;
const inputs = () => site.engine.state.find(({ name }) => name === "vm")?.inputs;

/** Somebody changes the cluster by hand. */
function byHand(change: (cluster: LabCluster, tower: LabTower) => void): void {
  site.lab.site.change(({ cluster, cloudtower }) => change(cluster as LabCluster, cloudtower as LabTower));
}

async function setting(more: Record<string, string>): Promise<void> {
  site.engine.settings = { ...site.engine.settings, ...more };
  await site.engine.kill();
}

test.each(TOWER_VERSIONS)("CloudTower %s makes a machine with disks and network ports, once", async (version) => {
  await begin(version);
  await site.up(machine({ description: "of the shop", cpuCores: 2, ha: false, firmware: "UEFI" }));
  expect(standing().vms).toMatchObject([
    {
      name: "web-01",
      description: "of the shop [sitewright:kit/test/vm]",
      vcpu: 2,
      sockets: 1,
      cores: 2,
      memory: 4 * GIB,
      ha: false,
      status: "stopped",
      disks: [{ name: "web-01-system", bus: "virtio" }],
      nics: [{ model: "virtio", link: "up", mirror: false }],
    },
  ]);
  expect(standing().volumes).toMatchObject([{ name: "web-01-system", size: 40 * GIB }]);
  expect(site.outputsOf("vm")).toMatchObject({
    localId: only().uuid,
    macs: [only().nics[0]?.mac],
    volumeIds: [expect.stringMatching(/^c/)],
    hostName: "",
  });
  expect(site.writes().filter((each) => each === "createTowerVm")).toHaveLength(1);
  await site.up(machine({ description: "of the shop", cpuCores: 2, ha: false, firmware: "UEFI" }), true);
  expect(site.writes()).toEqual([]);
});

test("name, description, ha, CPUs and memory are changed in place, the last two of a stopped machine", async () => {
  await begin();
  await site.up(machine());
  const { uuid } = only();
  site.writes();
  await site.up(machine({ name: "web-02", description: "new", ha: false, vcpu: 4, memory: "8 GiB" }));
  expect(site.writes()).toEqual(["updateVmBasicInfo"]);
  expect(standing().vms).toMatchObject([
    { uuid, name: "web-02", description: "new [sitewright:kit/test/vm]", ha: false, vcpu: 4, memory: 8 * GIB },
  ]);
});

test("false and an empty text are sent: ha off and no description arrive", async () => {
  await begin();
  await site.up(machine({ description: "old", ha: true }));
  await site.up(machine({ description: "", ha: false }));
  expect(only()).toMatchObject({ description: "[sitewright:kit/test/vm]", ha: false });
  site.writes();
  await site.up(machine({ description: "", ha: false }), true);
  expect(site.writes()).toEqual([]);
});

test("a running machine is not stopped for a change unasked, and is restarted where the plan allows it", async () => {
  await begin(undefined, { switches: { shutdownWithoutTools: "works" } });
  await site.up(machine({ status: "RUNNING" }));
  expect(only().status).toBe("running");
  site.writes();
  const { errors } = await site.engine.preview(machine({ status: "RUNNING", memory: "8 GiB" }));
  expect(errors.join()).toMatch(/memory: the machine runs.*set allowRestart, or status STOPPED first/);
  expect(site.writes()).toEqual([]);
  await site.up(machine({ status: "RUNNING", memory: "8 GiB", allowRestart: true }));
  expect(site.writes()).toEqual(["shutDownVm", "updateVmBasicInfo", "startTowerVm"]);
  expect(only()).toMatchObject({ status: "running", memory: 8 * GIB });
});

test("a guest that does not shut down is told, and switched off where the plan says so", async () => {
  await begin(undefined, { switches: { shutdownWithoutTools: "fails" } });
  await site.up(machine({ status: "RUNNING" }));
  expect(await site.errorsOf(machine())).toMatch(
    /JOB_VM_SHUTDOWN_TIMEOUT.* — shut the guest down by hand, or set forceStop/,
  );
  expect(only().status).toBe("running");
  await site.up(machine({ forceStop: true }));
  expect(only().status).toBe("stopped");
});

test("a machine that stops between the look and the request to stop it is as it is wanted", async () => {
  await begin(undefined, { switches: { shutdownWithoutTools: "works" } });
  await site.up(machine({ status: "RUNNING" }));
  await site.up(machine({ status: "RUNNING", description: "new" }));
  byHand(({ vms: [vm] }) => {
    if (vm) vm.status = "stopped";
  });
  // As it was before the last write.
  await site.lab.setFaults([{ operation: "getVms", staleRead: true, count: 1 }]);
  await site.up(machine({ status: "STOPPED", description: "new" }));
  expect(site.lab.requests().filter(({ operation }) => operation === "shutDownVm")).toMatchObject([{ status: 400 }]);
  expect(only().status).toBe("stopped");
});

test("disks grow and are added in place; one that the plan drops is taken out, and its volume stays unless told", async () => {
  await begin();
  const two = [
    { name: "web-01-system", size: "60 GiB" },
    { name: "data", size: "1 GiB" },
  ];
  await site.up(machine());
  const [first] = standing().volumes;
  site.writes();
  await site.up(machine({ disks: two }));
  expect(site.writes()).toEqual(["expandVmDisk", "addVmDisk"]);
  expect(standing().volumes).toMatchObject([
    { uuid: first?.uuid, size: 60 * GIB },
    { name: "data", size: GIB },
  ]);
  // The order of a plan's disks says which boots when the machine is made, and nothing later.
  byHand(({ vms: [vm] }) => vm?.disks.reverse());
  await site.engine.refresh();
  await site.up(machine({ disks: two }));
  expect(site.writes()).toEqual([]);

  const said = await site.up(machine({ disks: two.slice(0, 1) }));
  expect(site.writes()).toEqual(["removeVmDisk"]);
  expect(said).toMatch(/volume data \(\S+\) was a disk of machine web-01 and stays: deleteVolumes is not set/);
  expect(only().disks).toHaveLength(1);
  expect(standing().volumes).toHaveLength(2);
  await site.up(machine({ disks: [{ name: "web-01-system", size: "60 GiB" }, { name: "data" }] }));
  expect(site.writes()).toEqual(["addVmDisk"]);
  // What was mounted is not the machine's to delete.
  await site.up(machine({ disks: two.slice(0, 1), deleteVolumes: true }));
  expect(site.writes()).toEqual(["removeVmDisk"]);
  expect(standing().volumes).toHaveLength(2);
  const three = [...two.slice(0, 1), { name: "more", size: "1 GiB" }];
  await site.up(machine({ disks: three, deleteVolumes: true }));
  site.writes();
  await site.up(machine({ disks: two.slice(0, 1), deleteVolumes: true }));
  expect(site.writes()).toEqual(["removeVmDisk", "deleteVmVolume"]);
  expect(standing().volumes.map(({ name }) => name)).toEqual(["web-01-system", "data"]);
});

const abc = ["a", "b", "c"].map((name) => ({ name, size: "1 GiB" }));

test("the order of disks means nothing once the machine is made", async () => {
  await begin();
  await site.up(machine({ disks: abc }));
  site.writes();
  await site.up(machine({ disks: abc.toReversed() }));
  expect(site.writes()).toEqual([]);
  await site.up(machine({ disks: [{ name: "d", size: "1 GiB" }, ...abc] }));
  expect(site.writes()).toEqual(["addVmDisk"]);
  await site.up(machine({ disks: [{ name: "d", size: "1 GiB" }, ...abc] }), true);
  expect(site.writes()).toEqual([]);
});

test("a disk that was taken out by hand comes back with what is on it, and no other is touched", async () => {
  await begin();
  const all = machine({ disks: abc, deleteVolumes: true });
  await site.up(all);
  const volumes = structuredClone(standing().volumes);
  byHand(({ vms: [vm] }) => vm?.disks.shift());
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ disks: [{ name: "b" }, { name: "c" }] });
  site.writes();
  await site.up(all);
  expect(site.writes()).toEqual(["addVmDisk"]);
  expect(standing().volumes).toEqual(volumes);
  expect(
    only()
      .disks.map(({ volume }) => volume)
      .sort(),
  ).toEqual(volumes.map(({ uuid }) => uuid).sort());
});

test("a volume that is renamed by hand is the disk that it was", async () => {
  await begin();
  await site.up(machine({ deleteVolumes: true }));
  byHand(({ volumes: [volume] }) => {
    if (volume) volume.name = "renamed";
  });
  await site.engine.refresh();
  site.writes();
  await site.up(machine({ deleteVolumes: true }));
  await site.up(machine({ deleteVolumes: true, description: "new" }));
  expect(site.writes()).toEqual(["updateVmBasicInfo"]);
  expect(standing().volumes).toMatchObject([{ name: "renamed" }]);
});

/** Somebody attaches a volume of theirs. */
function attach(name: string): void {
  byHand(({ volumes, vms: [vm] }) => {
    volumes.push({ uuid: `uuid of ${name}`, name, size: GIB });
    vm?.disks.push({ volume: `uuid of ${name}`, name, bus: "virtio", policy: "", lun: 9 });
  });
}

test("a disk that somebody has attached is refused, and taken out once a refresh has shown it; its volume stays", async () => {
  await begin();
  await site.up(machine({ deleteVolumes: true }));
  attach("precious");
  site.writes();
  expect(await site.errorsOf(machine({ deleteVolumes: true, description: "new" }))).toMatch(
    /machine web-01 has disks that the plan does not have, and that this stack did not bring: precious/,
  );
  expect(site.writes()).toEqual([]);
  await site.engine.refresh();
  const said = await site.up(machine({ deleteVolumes: true }));
  expect(site.writes()).toEqual(["removeVmDisk"]);
  expect(said).toMatch(
    /volume precious \(\S+\) was a disk of machine web-01 and stays: it was not made for the machine/,
  );
  expect(standing().volumes.map(({ name }) => name)).toEqual(["web-01-system", "precious"]);
});

test("a machine is deleted without the volumes of others, and only where the plan allows it with more than one disk", async () => {
  await begin();
  await site.up(machine({ deleteVolumes: true }));
  attach("precious");
  expect(await site.errorsOf(without)).toMatch(/has disks beside its first, and is not deleted: precious/);
  await site.engine.refresh();
  await site.up(machine({ deleteVolumes: true, allowDestroy: true }));
  attach("second");
  await site.up(without);
  expect(standing().vms).toEqual([]);
  expect(standing().volumes.map(({ name }) => name)).toEqual(["precious", "second"]);
});

test("a volume of the plan's own stays when the machine that has it mounted goes", async () => {
  await begin();
  const volume: ResourceSpec = {
    type: "cloudtower:VmVolume",
    name: "data",
    args: {
      connection,
      cluster: { $ref: "cluster.clusterId" },
      name: "data",
      size: "1 GiB",
      storagePolicy: "REPLICA_3_THIN_PROVISION",
    },
    options: { dependsOn: ["cluster"] },
  };
  const [vm] = machine({ disks: [{ name: "data" }], deleteVolumes: true }).slice(-1) as [ResourceSpec];
  await site.up([...without, volume, { ...vm, options: { dependsOn: ["data"] } }]);
  expect(only().disks).toHaveLength(1);
  await site.up([...without, volume]);
  expect(standing().vms).toEqual([]);
  expect(standing().volumes).toMatchObject([{ name: "data" }]);
});

test.each(["kept", "none"] as const)(
  "where the cluster has a recycle bin (%s) it goes there, with the volumes made for it alone",
  async (vmRecycleBin) => {
    await begin(undefined, { switches: { vmRecycleBin } });
    await site.up(without);
    byHand(({ volumes }) => volumes.push({ uuid: "v-1", name: "theirs", size: GIB }));
    await site.up(
      machine({ disks: [{ name: "own", size: "1 GiB" }, { name: "theirs" }], allowDestroy: true, deleteVolumes: true }),
    );
    site.writes();
    const said = await site.up(without);
    expect(said).toMatch(/volume theirs \(\S+\) of machine web-01 stays: it was not made for the machine/);
    if (vmRecycleBin === "kept") {
      expect(site.writes()).toEqual(["removeVmDisk", "moveVmToRecycle"]);
      expect(said).toMatch(
        /machine web-01 lies in the recycle bin of its cluster, with its volumes own, which go when it is emptied/,
      );
      expect(only().disks).toHaveLength(1);
    } else {
      expect(standing().vms).toEqual([]);
      expect(standing().volumes).toMatchObject([{ name: "theirs" }]);
    }
  },
);

test("purge deletes it at once, also where the cluster has a recycle bin", async () => {
  await begin(undefined, { switches: { vmRecycleBin: "kept" } });
  await site.up(machine({ purge: true, deleteVolumes: true }));
  await site.up(without);
  expect([standing().vms, standing().volumes]).toEqual([[], []]);
});

test("network ports are changed, added and taken out in place, known by their hardware addresses", async () => {
  await begin();
  await site.up(machine());
  byHand(({ vlans, vdses: [vds] }) => {
    const [other] = vlans.filter(({ use }) => use === "vm");
    if (other) vlans.push({ ...other, uuid: "vlan-20", name: "VLAN-20", vlanId: 20, vds: vds?.uuid ?? other.vds });
  });
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
  // In whichever order CloudTower gives them.
  byHand(({ vms: [vm] }) => vm?.nics.reverse());
  await site.engine.refresh();
  await site.up(machine({ nics }));
  expect(site.writes()).toEqual([]);

  byHand(({ vms: [vm] }) => {
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

test("drives are added and taken out, and images put in and taken out, drive by drive", async () => {
  await begin();
  await site.up(without);
  byHand(({ images }) => {
    const image = { volume: "", description: "", size: 1, chunkSize: 1, md5: null, createdAt: 0 };
    const chunks = { 0: { size: 1, sha256: "" } };
    for (const [lun, name] of ["a.iso", "b.iso"].entries())
      images.push({ ...image, kind: "iso", uuid: `image-${name}`, name, lun, chunks });
  });
  const inDrives = () => only().cdroms.map(({ path }) => path);
  await site.up(machine({ cdRoms: [{ image: "a.iso" }] }));
  const [first] = inDrives();
  expect(first).not.toBe("");
  site.writes();
  await site.up(machine({ cdRoms: [{ image: "b.iso" }, {}] }));
  expect(site.writes()).toEqual(["updateVmDisk", "addVmCdRom"]);
  expect(inDrives()).toEqual([expect.not.stringMatching(first ?? ""), ""]);
  await site.up(machine({ cdRoms: [{ image: "b.iso" }, {}] }), true);
  expect(site.writes()).toEqual([]);
  await site.up(machine({ cdRoms: [{}] }));
  expect(site.writes()).toEqual(["removeVmCdRom", "updateVmDisk"]);
  expect(inDrives()).toEqual([""]);
});

test("it goes into a folder of the plan's, into another one, and out", async () => {
  await begin();
  const folders = ["web", "db"].map((name): ResourceSpec => {
    const args = { connection, cluster: { $ref: "cluster.clusterId" }, name };
    return { type: "cloudtower:VmFolder", name, args, options: { dependsOn: ["cluster"] } };
  });
  const program = (folder?: string) => {
    const [vm] = machine(folder ? { folder } : {}).slice(-1) as [ResourceSpec];
    return [...without, ...folders, { ...vm, options: { dependsOn: ["web", "db"] } }];
  };
  const inFolder = () =>
    site.lab.site.model.cloudtower?.vmFolders?.filter(({ vms }) => vms.length > 0).map(({ name }) => name);
  await site.up(program("web"));
  expect(inFolder()).toEqual(["web"]);
  site.writes();
  await site.up(program("db"));
  expect(site.writes()).toEqual(["addVmToFolder"]);
  expect(inFolder()).toEqual(["db"]);
  await site.up(program());
  expect(site.writes()).toEqual(["removeVmFromFolder"]);
  expect(inFolder()).toEqual([]);
});

test("an address is set through the tools in the guest once they run, and put back where it was changed", async () => {
  await begin();
  const nics = [{ vlan: "default", ipAddress: "10.0.20.50", subnetMask: "255.255.255.0", gateway: "10.0.20.1" }];
  const said = await site.up(machine({ nics }));
  expect(said).toMatch(/machine web-01 does not run: the address 10\.0\.20\.50 is set once it does/);
  byHand(({ vms: [vm] }) => {
    if (vm) vm.installed = true;
  });
  site.writes();
  await site.up(machine({ nics, status: "RUNNING" }));
  expect(site.writes()).toEqual(["startTowerVm", "updateVmNicBasicInfo"]);
  expect(only().nics[0]?.address).toEqual({ ip: "10.0.20.50", netmask: "255.255.255.0", gateway: "10.0.20.1" });
  expect(site.outputsOf("vm").addresses).toEqual(["10.0.20.50"]);
  byHand(({ vms: [vm] }) => {
    const [nic] = vm?.nics ?? [];
    if (nic?.address) nic.address.ip = "10.0.20.51";
  });
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ nics: [{ ipAddress: "10.0.20.51" }] });
  await site.up(machine({ nics, status: "RUNNING" }));
  expect(site.writes()).toEqual(["updateVmNicBasicInfo"]);
});

test.each([
  ["a smaller disk", { disks: [{ name: "web-01-system", size: "20 GiB" }] }, /disks\[0\].size: a disk does not shrink/],
  [
    "another bus",
    { disks: [{ name: "web-01-system", size: "40 GiB", bus: "SCSI" }] },
    /disks\[0\].bus: CloudTower changes/,
  ],
  ["another firmware", { firmware: "UEFI" }, /firmware: CloudTower changes it on no machine/],
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
])("%s is refused at preview, with the way out", async (_what, args, message) => {
  await begin();
  await site.up(machine());
  site.writes();
  const { ok, errors } = await site.engine.preview(machine(args));
  expect([ok, errors.join()]).toEqual([false, expect.stringMatching(message)]);
  expect(site.writes()).toEqual([]);
});

test("a network, an image and a folder that are not there are named, and nothing is written", async () => {
  await begin();
  await site.up(without);
  site.writes();
  expect(await site.errorsOf(machine({ nics: [{ vlan: "VLAN-9" }] }))).toMatch(/the cluster has no network VLAN-9/);
  expect(await site.errorsOf(machine({ cdRoms: [{ image: "x.iso" }] }))).toMatch(/the cluster has no ISO image x\.iso/);
  expect(await site.errorsOf(machine({ folder: "web" }))).toMatch(/the cluster has no folder web/);
  expect(await site.errorsOf(machine({ disks: [{ name: "d" }] }))).toMatch(/the cluster has no volume d/);
  expect(site.writes()).toEqual([]);
});

test("what is changed by hand is shown property by property, and put back", async () => {
  await begin();
  await site.up(machine());
  byHand(({ vms: [vm] }) => Object.assign(vm ?? {}, { memory: GIB, ha: false, status: "running" }));
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ memory: GIB, ha: false, status: "RUNNING" });
  site.writes();
  await site.up(machine({ forceStop: true }));
  expect(only()).toMatchObject({ memory: 4 * GIB, ha: true, status: "stopped" });
});

test("a machine that is gone, or lies in the recycle bin, is no more; one of its name there is never taken for it", async () => {
  await begin();
  await site.up(machine());
  byHand(({ vms: [vm] }, { clusters: [cluster] }) => {
    if (vm && cluster) cluster.own.recycled[vm.uuid] = 0;
  });
  await site.engine.refresh();
  expect(inputs()).toBeUndefined();
  expect(await site.errorsOf(machine())).toMatch(
    /a machine web-01 \(id \S+\) lies in the recycle bin .*recover-vm-from-recycle/,
  );
  byHand((cluster) => {
    cluster.vms = [];
  });
  await site.up(machine());
  expect(standing().vms).toHaveLength(1);
});

test("a machine of somebody else is refused, and taken over where that is allowed, without a write where it is as planned; the mark comes with its first change", async () => {
  await begin();
  await site.up(without);
  byHand(({ vms }) => vms.push({ ...MACHINE, description: "theirs", vcpu: 2, memory: 4 * GIB, sockets: 2, cores: 1 }));
  attach("precious");
  const plain = machine({ disks: [], nics: [], description: "theirs" });
  expect(await site.errorsOf(plain)).toMatch(/Vm\/web-01 stands already on TOWER .*adopt Vm/);
  await setting({ adopt: "Vm/web-01" });
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

test.each(["other/prod/vm", "kit/test/web-02"])(
  "a machine that bears the mark of another, %s, is never taken unasked",
  async (mark) => {
    await begin();
    await site.up(without);
    byHand(({ vms }) => vms.push({ ...MACHINE, description: `x [sitewright:${mark}]` }));
    site.writes();
    expect(await site.errorsOf(machine({ disks: [], nics: [] }))).toMatch(/Vm\/web-01 stands already on TOWER/);
    expect(site.writes()).toEqual([]);
  },
);

test("a machine that another stack has taken over since is shown as such, let go, and not deleted", async () => {
  await begin();
  await site.up(machine());
  byHand(({ vms: [vm] }) => {
    if (vm) vm.description = "[sitewright:other/prod/vm]";
  });
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ description: "[sitewright:other/prod/vm]" });
  site.writes();
  expect(await site.up(without)).toMatch(
    /machine web-01 \(id \S+\) is let go and stays: by its mark it is now one of other\/prod/,
  );
  expect(site.writes()).toEqual([]);
  expect(standing().vms).toHaveLength(1);
});

test("where state and journal are lost, the mark says that the machine is this stack's", async () => {
  await begin();
  await site.up(machine());
  const { uuid } = only();
  await site.forget();
  await setting({ adopt: "Organization/C89,Datacenter/DC-01,ClusterConnection/10.0.20.10" });
  site.writes();
  await site.up(machine());
  expect(site.writes()).not.toContain("createTowerVm");
  expect(standing().vms).toMatchObject([{ uuid }]);
});

test.each(["deleted", "kept"] as const)(
  "a machine that the plan drops goes, and its volumes as the plan says (deletedVmVolumes %s)",
  async (deletedVmVolumes) => {
    await begin(undefined, { switches: { deletedVmVolumes } });
    await site.up(machine());
    const said = await site.up(without);
    expect(standing().vms).toEqual([]);
    expect(standing().volumes).toMatchObject([{ name: "web-01-system" }]);
    expect(said).toMatch(/volume web-01-system \(\S+\) of machine web-01 stays: deleteVolumes is not set/);
    await site.up(machine({ disks: [{ name: "second", size: "1 GiB" }], deleteVolumes: true }));
    await site.up(without);
    expect(standing().volumes).toMatchObject([{ name: "web-01-system" }]);
  },
);

test("a machine with data disks is deleted only where the plan has allowed it", async () => {
  await begin();
  const two = [
    { name: "web-01-system", size: "1 GiB" },
    { name: "data", size: "1 GiB" },
  ];
  await site.up(machine({ disks: two }));
  site.writes();
  expect(await site.errorsOf(without)).toMatch(
    /machine web-01 has disks beside its first.*: data.* — to have it deleted, put it back/,
  );
  expect(site.writes()).toEqual([]);
  await site.up(machine({ disks: two, allowDestroy: true, deleteVolumes: true }));
  await site.up(without);
  expect([standing().vms, standing().volumes]).toEqual([[], []]);
});

test("one that is half made can be refreshed, and goes with the volumes that were made with it", async () => {
  await begin(undefined, { switches: { guestTools: "missing" } });
  await setting({ timeouts: '{"cloudtower:Vm":{"create":"1m"}}' });
  const nics = [{ vlan: "default", ipAddress: "10.0.20.50", subnetMask: "255.255.255.0" }];
  const half = machine({ nics, status: "RUNNING", deleteVolumes: true });
  expect(await site.errorsOf(half)).toMatch(
    /install the tools \(SVT\) in the guest, or leave out of the plan what needs them \(ipAddress/,
  );
  expect((await site.engine.refresh()).errors).toEqual([]);
  await site.up(without);
  expect([standing().vms, standing().volumes]).toEqual([[], []]);
});

test.each(["nothing", "volumes", "placeholder"] as const)(
  "a creation whose task fails is told, and done once more at the next up (failedTowerVm %s)",
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

test("a refresh of twenty machines walks their lists, and asks for none alone but the first", async () => {
  await begin();
  const names = Array.from({ length: 20 }, (_, at) => `web-${at}`);
  const all = [
    ...without,
    ...names.map((name): ResourceSpec => {
      const [spec] = machine({ name, disks: [{ name: `${name}-system`, size: "1 GiB" }] }).slice(-1) as [ResourceSpec];
      return { ...spec, name };
    }),
  ];
  await site.up(all);
  expect(standing().vms).toHaveLength(20);
  const before = site.lab.requests().length;
  await site.engine.refresh();
  const reads = site.lab
    .requests()
    .slice(before)
    .filter(({ operation }) => operation === "getVms");
  expect(reads.length).toBeLessThanOrEqual(4);
});

import { expect, test } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import type { LabSite } from "./lab-site";
import {
  addNetwork,
  addVolume,
  byHand as changedByHand,
  GIB,
  machine,
  ofCluster,
  oneMachine,
  without,
} from "./tower-machine";
import { MACHINE, towerSites } from "./tower-site";

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const standing = () => site.lab.site.model.cluster as LabCluster;
const only = () => standing().vms[0] as LabVm;
const inputs = () => site.engine.state.find(({ name }) => name === "vm")?.inputs;

/** Somebody changes the cluster by hand. */
const byHand = (change: Parameters<typeof changedByHand>[1]) => changedByHand(site, change);

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

test("a disk that was taken out by hand, and its volume called otherwise, is never deleted for that", async () => {
  await begin();
  const all = (args: object) => machine({ disks: abc, deleteVolumes: true, ...args });
  await site.up(all({}));
  const uuids = () => standing().volumes.map(({ uuid }) => uuid);
  const takeOut = () =>
    byHand(({ volumes, vms: [vm] }) => {
      const out = vm?.disks.shift()?.volume;
      const volume = volumes.find(({ uuid }) => uuid === out);
      if (volume) volume.name = "renamed";
    });
  const before = uuids();
  takeOut();
  // The state knows which disk it was.
  await site.up(all({ description: "new" }));
  expect(uuids()).toEqual(before);
  expect(
    only()
      .disks.map(({ volume }) => volume)
      .sort(),
  ).toEqual([...before].sort());

  takeOut();
  await site.engine.refresh();
  expect(await site.up(all({ description: "new" }))).toMatch(
    /volume renamed \(\S+\) was made for machine web-01, is not in it and stays: it may be what b was, made anew/,
  );
  expect(uuids()).toEqual([...before, expect.anything()]);
  site.writes();
  await site.up(all({ description: "new" }), true);
  expect(site.writes()).toEqual([]);
});

test("a disk that was taken out by hand, and is larger in the plan by now, comes back and grows", async () => {
  await begin();
  await site.up(machine({ disks: abc }));
  byHand(({ vms: [vm] }) => vm?.disks.shift());
  site.writes();
  await site.up(machine({ disks: [{ name: "a", size: "2 GiB" }, ...abc.slice(1)] }));
  expect(site.writes()).toEqual(["addVmDisk", "expandVmDisk"]);
  expect(standing().volumes.map(({ size }) => size / GIB)).toEqual([2, 1, 1]);
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

test("a disk that somebody has attached is refused, and taken out once a refresh has shown it; its volume stays", async () => {
  await begin();
  await site.up(machine({ deleteVolumes: true }));
  addVolume(site, "precious");
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
  addVolume(site, "precious");
  expect(await site.errorsOf(without)).toMatch(/has disks beside its first, and is not deleted: precious/);
  await site.engine.refresh();
  await site.up(machine({ deleteVolumes: true, allowDestroy: true }));
  addVolume(site, "second");
  await site.up(without);
  expect(standing().vms).toEqual([]);
  expect(standing().volumes.map(({ name }) => name)).toEqual(["precious", "second"]);
});

test("a volume of the plan's own stays when the machine that has it mounted goes", async () => {
  await begin();
  const volume = ofCluster("VmVolume", "data", { size: "1 GiB", storagePolicy: "REPLICA_3_THIN_PROVISION" });
  const vm = oneMachine({ disks: [{ name: "data" }], deleteVolumes: true });
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
    addVolume(site, "theirs", false);
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
  const folders = ["web", "db"].map((name) => ofCluster("VmFolder", name));
  const program = (folder?: string) => {
    const vm = oneMachine(folder ? { folder } : {});
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

test("a NIC that comes into a network in which another is has its own place there", async () => {
  await begin();
  addNetwork(site);
  await site.up(machine({ nics: [{ vlan: "default" }, { vlan: "VLAN-20" }] }));
  const [first, second] = only().nics.map(({ mac }) => mac);
  site.writes();
  await site.up(machine({ nics: [{ vlan: "VLAN-20", enabled: false }, { vlan: "VLAN-20" }] }));
  expect(site.writes()).toHaveLength(1);
  const stands = only().nics.map(({ mac, vlan, link }) => [mac, vlan, link]);
  expect(stands).toEqual([
    [first, "vlan-20", "down"],
    [second, "vlan-20", "up"],
  ]);
  site.writes();
  await site.up(machine({ nics: [{ vlan: "VLAN-20", enabled: false }, { vlan: "VLAN-20" }] }));
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

test.each(["other/prod/vm", "kit/test/web-02"])(
  "a machine that bears the mark of another, %s, is never taken unasked",
  async (mark) => {
    await begin();
    await site.up(without);
    byHand(({ vms }) => vms.push({ ...structuredClone(MACHINE), description: `x [sitewright:${mark}]` }));
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
  const { nics } = oneMachine().args as { nics: object[] };
  await site.up(machine({ nics: [...nics, ...nics] }));
  const { uuid } = only();
  await site.forget();
  await setting({ adopt: "Organization/C89,Datacenter/DC-01,ClusterConnection/10.0.20.10" });
  site.writes();
  // The plan had more of it when it was made.
  await site.up(machine());
  expect(site.writes()).not.toContain("createTowerVm");
  expect(standing().vms).toMatchObject([{ uuid, nics: [{}] }]);
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

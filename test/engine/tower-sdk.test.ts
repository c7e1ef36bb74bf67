import { expect, test } from "vitest";
import { pythonFor, runSdk } from "../../lab/cloudtower/sdk.fixture";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import { addNetwork, GIB, ofCluster, oneMachine, without } from "./tower-machine";
import { TOWER_PASSWORD, towerSites } from "./tower-site";

const begin = towerSites(...TOWER_VERSIONS);

/** A machine with something of everything, as a plan has it, and as a request of the vendor's SDK. */
const planned = {
  description: "of the shop",
  vcpu: 4,
  cpuCores: 2,
  memory: 4 * GIB,
  ha: false,
  firmware: "UEFI",
  disks: [
    { name: "system", size: 40 * GIB, bus: "SCSI", storagePolicy: "REPLICA_3_THIN_PROVISION" },
    { name: "data", size: GIB, bus: "VIRTIO", storagePolicy: "REPLICA_2_THICK_PROVISION" },
  ],
  cdRoms: [{}],
  nics: [
    { vlan: "VLAN-20", model: "E1000", enabled: true, mirror: true, macAddress: "52:54:00:00:00:99" },
    { vlan: "default", model: "VIRTIO", enabled: false, mirror: false, macAddress: "52:54:00:00:00:98" },
  ],
  status: "RUNNING",
};
const { disks, nics, memory, vcpu, ha, firmware, status, description } = planned;
const request = {
  name: "by-sdk",
  ...{ description, vcpu, memory, ha, firmware, status },
  cpu_cores: 2,
  cpu_sockets: 2,
  memory_unit: "B",
  vm_nics: nics.map(({ macAddress: mac_address, ...nic }) => ({ ...nic, mac_address })),
  vm_disks: {
    mount_cd_roms: [{ boot: 3 }],
    mount_new_create_disks: disks.map(({ name, size, bus, storagePolicy: elf_storage_policy }, at) => ({
      boot: at + 1,
      bus,
      vm_volume: { name, size, size_unit: "B", elf_storage_policy },
    })),
  },
};

test.for(TOWER_VERSIONS)(
  "CloudTower %s: a machine that is made here is what the vendor's SDK reads, and one that the SDK makes is what is read here",
  // The first run of all installs the SDK.
  { timeout: 300_000 },
  async (version, { skip }) => {
    const python = await pythonFor(version);
    if (python === undefined) return skip("there is no python3");
    const site = await begin(version, {}, { adopt: "Vm/by-sdk" });
    type Shown = Record<string, Record<string, unknown>>;
    const sdk = (input?: object) => runSdk<Shown>(python, "machines.py", site.lab, { password: TOWER_PASSWORD, input });
    await site.up(without);
    addNetwork(site);
    const folder = ofCluster("VmFolder", "web");
    const ours = { ...oneMachine({ ...planned, name: "by-plan", folder: "web" }), options: { dependsOn: ["web"] } };
    await site.up([...without, folder, ours]);

    const fields = {
      ...{ vcpu, memory, ha, firmware, status },
      cores: 2,
      disks: disks.map(({ name, size, storagePolicy, bus }) => [name, size, storagePolicy, bus]),
      drives: [null],
      nics: nics.map(({ vlan, model, enabled, mirror, macAddress }) => [vlan, model, enabled, mirror, macAddress]),
    };
    const outputsOf = (name: string) => {
      const { vmId, localId, biosUuid, volumeIds } = site.outputsOf(name);
      return { id: vmId, local_id: localId, bios_uuid: biosUuid, volumes: volumeIds };
    };
    const seen = await sdk(request);
    const mark = (name: string) => `of the shop [sitewright:kit/test/${name}]`;
    expect(seen).toEqual({
      "by-plan": { ...fields, ...outputsOf("vm"), host: "node-01", description: mark("vm"), folder: "web" },
      // On the host that has none so far.
      "by-sdk": expect.objectContaining({ ...fields, host: "node-02", description, folder: null }),
    });

    // Nothing of it is otherwise than the plan that says the same.
    site.writes();
    const program = [...without, folder, ours, oneMachine({ ...planned, name: "by-sdk" }, "theirs")];
    await site.up(program);
    expect(site.writes()).toEqual([]);
    const { id, local_id, bios_uuid, volumes } = seen["by-sdk"] ?? {};
    expect(outputsOf("theirs")).toEqual({ id, local_id, bios_uuid, volumes });
    expect(site.outputsOf("theirs")).toMatchObject({
      hostName: "node-02",
      macs: nics.map(({ macAddress }) => macAddress),
    });
    await site.engine.refresh();
    const read = site.engine.state.find(({ name }) => name === "theirs")?.inputs;
    expect(read).toMatchObject({ ...planned, name: "by-sdk" });
  },
);

import { expect, test } from "vitest";
import { logIn, type Tower, towerOf } from "../../lab/cloudtower/tower.fixture";
import { ONLY_ADOPTS } from "../../providers/kernel/adopt";
import { GIB, oneMachine, without } from "./tower-machine";
import { TOWER_PASSWORD, towerSites } from "./tower-site";

const begin = towerSites("4.6.0");

/**
 * Machines as terraform-provider-cloudtower makes them: its requests by internal/provider/resource_vm.go (b825d0b,
 * createBlankVm and cloneVmFromVmTemplate) for the machine of its examples/create and one of a template. Sizes are bytes
 * without a unit, each disk has its place among the drives, and what its configuration leaves out is not sent.
 */
async function byTerraform({ lab, data }: Tower): Promise<void> {
  const idOf = async (path: string, where = {}) => (await data<{ id: string }[]>(path, { where }))[0]?.id;
  const [cluster_id, vlan, host_id] = await Promise.all([
    idOf("/get-clusters"),
    idOf("/get-vlans", { name: "default" }),
    idOf("/get-hosts", { name: "node-02" }),
  ]);
  const disk = (boot: number, name: string, size: number, elf_storage_policy: string) => ({
    boot,
    bus: "VIRTIO",
    vm_volume: { elf_storage_policy, name, size },
  });
  const nic = { connect_vlan_id: vlan, enabled: true, mirror: false };
  const made = async (path: string, body: object) => {
    const [answer] = await data<{ task_id: string; data: { id: string } }[]>(path, [body]);
    // It asks for the task until that has ended.
    lab.site.pass(60);
    expect(await data("/get-tasks", { where: { id_in: [answer?.task_id] } })).toMatchObject([{ status: "SUCCESSED" }]);
    lab.site.pass(60);
    return answer?.data.id;
  };
  const blank = await made("/create-vm", {
    name: "tf-test",
    description: "managed by terraform",
    cluster_id,
    host_id,
    vcpu: 4,
    cpu_cores: 1,
    cpu_sockets: 4,
    memory: 8 * GIB,
    ha: true,
    firmware: "BIOS",
    guest_os_type: "UNKNOWN",
    status: "STOPPED",
    vm_disks: {
      mount_cd_roms: [{ boot: 1 }, { boot: 4 }],
      mount_disks: [],
      mount_new_create_disks: [
        disk(2, "d1", 10 * GIB, "REPLICA_2_THIN_PROVISION"),
        disk(3, "d2", GIB, "REPLICA_3_THICK_PROVISION"),
      ],
    },
    vm_nics: [nic],
  });
  await made("/clone-vm-template-from-vm", {
    vm_id: blank,
    name: "base",
    description: "",
    cloud_init_supported: false,
  });
  await made("/create-vm-from-template", {
    name: "tf-copy",
    cluster_id,
    template_id: await idOf("/get-vm-templates", { name: "base" }),
    is_full_copy: false,
    vcpu: 2,
    cpu_cores: 1,
    cpu_sockets: 2,
    memory: 4 * GIB,
    guest_os_type: "UNKNOWN",
    status: "RUNNING",
    disk_operate: { remove_disks: { disk_index: [] } },
  });
}

const planned = [
  oneMachine(
    {
      name: "tf-test",
      description: "managed by terraform",
      vcpu: 4,
      memory: "8 GiB",
      disks: [
        { name: "d1", size: "10 GiB", storagePolicy: "REPLICA_2_THIN_PROVISION" },
        { name: "d2", size: "1 GiB", storagePolicy: "REPLICA_3_THICK_PROVISION" },
      ],
      cdRoms: [{}, {}],
    },
    "test",
  ),
  oneMachine(
    {
      name: "tf-copy",
      description: "managed by terraform",
      template: "base",
      disks: undefined,
      nics: undefined,
      status: "RUNNING",
    },
    "copy",
  ),
];

test("machines that the Terraform provider has made are taken over without a write, and none is made twice", async () => {
  const site = await begin();
  await site.up(without);
  const tower = towerOf(site.lab);
  tower.token = await logIn(tower, TOWER_PASSWORD);
  await byTerraform(tower);
  const standing = () => structuredClone(site.lab.site.model.cluster?.vms ?? []);
  const before = standing();
  site.writes();

  // A plan that names them by itself changes and doubles nothing.
  expect(await site.errorsOf([...without, ...planned])).toMatch(
    /Vm\/tf-test stands already .* is not known to be this stack's/,
  );
  expect(site.writes()).toEqual([]);

  await site.engine.kill();
  site.project.env[ONLY_ADOPTS] = "true";
  await site.up([...without, ...planned]);
  expect((await site.engine.refresh()).errors).toEqual([]);
  delete site.project.env[ONLY_ADOPTS];
  await site.engine.kill();
  expect((await site.engine.preview([...without, ...planned])).steps).toEqual([]);
  await site.up([...without, ...planned]);
  expect(site.writes()).toEqual([]);
  expect(standing()).toEqual(before);
});

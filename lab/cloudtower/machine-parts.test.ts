import { expect, test } from "vitest";
import type { LabOptions } from "../lab";
import { type Connected, changed, isoImage, madeVm, taskOf, vmOf, vmRequest, withConnected } from "./machines.fixture";
import type { WithTask } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

const GIB = 2 ** 30;

interface Part {
  id: string;
  [field: string]: unknown;
}

/** A list of parts of one machine. */
const partsOf = ({ tower }: Connected, list: "/get-vm-disks" | "/get-vm-nics", id: string) =>
  tower.data<Part[]>(list, { where: { vm: { id } } });

const statusOf = async ({ tower }: Connected, path: string, body: object) => (await tower.post(path, body)).status;

/** A running machine with the drives that are asked for. */
function withDrives(at: Connected, mount_cd_roms: object[], name = "web-01") {
  const request = vmRequest(at, name);
  return madeVm(at, { ...request, vm_disks: { ...request.vm_disks, mount_cd_roms } });
}

async function madeVolume(at: Connected, name: string, more: object = {}): Promise<string> {
  const volume = {
    cluster_id: at.cluster,
    name,
    size: GIB,
    sharing: false,
    elf_storage_policy: "REPLICA_3_THIN_PROVISION",
  };
  const [made] = await at.tower.data<WithTask[]>("/create-vm-volume", [{ ...volume, ...more }]);
  at.tower.lab.site.pass(1);
  await at.tower.data("/get-vm-volumes");
  at.tower.lab.site.pass(1);
  return made?.data.id ?? "";
}

async function made({ tower }: Connected, path: string, request: object): Promise<string> {
  const [answer] = await tower.data<WithTask[]>(path, [request]);
  return answer?.data.id ?? "";
}

test.each(TOWER_VERSIONS)("a disk grows by the volume behind it, and never shrinks (%s)", async (cloudtowerVersion) => {
  await withConnected({ cloudtowerVersion }, async (at) => {
    const { tower } = at;
    const { id } = await withDrives(at, [{ boot: 2 }]);
    const [disk, drive] = await partsOf(at, "/get-vm-disks", id);
    const where = { vm: { id }, type: "DISK" };
    expect(await changed(at, "/expand-vm-disk", { where, size: 64, size_unit: "GB" })).toMatchObject({
      status: "SUCCESSED",
      resource_mutation: "expandVmDisk",
      resource_id: id,
    });
    expect(await tower.data("/get-vm-volumes")).toMatchObject([{ name: "web-01-os", size: 64 * GIB, mounting: true }]);
    expect(await vmOf(at, id)).toMatchObject({ provisioned_size: 64 * GIB, status: "RUNNING" });
    expect((await partsOf(at, "/get-vm-disks", id))[0]?.id).not.toBe(disk?.id);
    for (const [body, wanted] of [
      [{ where, size: 63, size_unit: "GB" }, 400],
      [{ where, size: 64 * GIB }, 400],
      [{ where: { vm: { id } }, size: 65, size_unit: "GB" }, 400],
      [{ where: { id: drive?.id }, size: 65, size_unit: "GB" }, 404],
      [{ where, size: 0 }, 400],
    ] as const)
      expect([body, await statusOf(at, "/expand-vm-disk", body)]).toEqual([body, wanted]);
  });
});

test("an ISO image is put into a drive and taken out of it, and what it has installed stays", async () => {
  await withConnected({}, async (at) => {
    const elf_image_id = await isoImage(at);
    const { id } = await withDrives(at, [{ boot: 2 }]);
    const drive = async () => (await partsOf(at, "/get-vm-disks", id))[1] as Part;
    const insert = async (image: string | null) =>
      changed(at, "/update-vm-disk", { where: { id }, data: { vm_disk_id: (await drive()).id, elf_image_id: image } });
    at.tower.lab.site.pass(60);
    expect(await insert(elf_image_id)).toMatchObject({ status: "SUCCESSED", resource_mutation: "updateVmDisk" });
    expect(await drive()).toMatchObject({ type: "CD_ROM", elf_image: { id: elf_image_id } });
    at.tower.lab.site.pass(20);
    expect(await vmOf(at, id)).toMatchObject({ vm_tools_status: "RUNNING" });
    await insert(null);
    expect(await drive()).toMatchObject({ type: "CD_ROM", elf_image: null });
    expect(await vmOf(at, id)).toMatchObject({ vm_tools_status: "RUNNING" });
    await insert(elf_image_id);
    expect(await changed(at, "/eject-iso-from-vm-cd-rom", { where: { vm: { id } } })).toMatchObject({
      status: "SUCCESSED",
      resource_mutation: "ejectIsoFromVmCdRom",
    });
    expect(await drive()).toMatchObject({ elf_image: null });
    expect(await partsOf(at, "/get-vm-disks", id)).toMatchObject([{ type: "DISK" }, { type: "CD_ROM" }]);
    expect(await statusOf(at, "/eject-iso-from-vm-cd-rom", { where: { vm: { id }, type: "DISK" } })).toBe(404);
  });
});

test("a machine that runs without a system installs it from the image that is put in, from then on", async () => {
  await withConnected({ speed: 0 }, async (at) => {
    const elf_image_id = await isoImage(at);
    const { id } = await withDrives(at, [{ boot: 2 }]);
    at.tower.lab.site.pass(60);
    const [, drive] = await partsOf(at, "/get-vm-disks", id);
    await changed(at, "/update-vm-disk", { where: { id }, data: { vm_disk_id: drive?.id, elf_image_id } });
    expect(await vmOf(at, id)).toMatchObject({ vm_tools_status: "NOT_INSTALLED" });
    at.tower.lab.site.pass(20);
    expect(await vmOf(at, id)).toMatchObject({ vm_tools_status: "RUNNING" });
  });
});

test("a disk has another bus, or another volume, and the one that it had stays", async () => {
  await withConnected({}, async (at) => {
    const { tower } = at;
    const vm_volume_id = await madeVolume(at, "data");
    const { id } = await withDrives(at, [{ boot: 2 }]);
    const other = await madeVm(at, vmRequest(at, "web-02"));
    const [held] = await tower.data<Part[]>("/get-vm-volumes", { where: { name: "web-02-os" } });
    const data = async (change: object, index = 0) => ({
      where: { id },
      data: { vm_disk_id: (await partsOf(at, "/get-vm-disks", id))[index]?.id, ...change },
    });
    await changed(at, "/update-vm-disk", await data({ bus: "SCSI" }));
    expect((await partsOf(at, "/get-vm-disks", id))[0]).toMatchObject({
      bus: "SCSI",
      vm_volume: { name: "web-01-os" },
    });
    await changed(at, "/update-vm-disk", await data({ vm_volume_id }));
    expect((await partsOf(at, "/get-vm-disks", id))[0]).toMatchObject({ bus: "SCSI", vm_volume: { id: vm_volume_id } });
    expect(await tower.data("/get-vm-volumes", { where: { mounting: false } })).toMatchObject([{ name: "web-01-os" }]);
    const [foreign] = await partsOf(at, "/get-vm-disks", other.id);
    for (const [change, index, wanted] of [
      [{ vm_disk_id: "none" }, 0, 404],
      [{ vm_disk_id: foreign?.id }, 0, 404],
      [{ vm_volume_id: "none" }, 0, 404],
      [{ vm_volume_id: held?.id }, 0, 400],
      [{ elf_image_id: "none" }, 0, 400],
      [{ elf_image_id: "none" }, 1, 404],
      [{ vm_volume_id }, 1, 400],
      [{ content_library_image_id: "a" }, 1, 501],
      [{ bus: "NVME" }, 0, 400],
    ] as const)
      expect([change, await statusOf(at, "/update-vm-disk", await data(change, index))]).toEqual([change, wanted]);
  });
});

test("drives are added, and taken away by their ids", async () => {
  await withConnected({}, async (at) => {
    const elf_image_id = await isoImage(at);
    const { id } = await madeVm(at);
    const add = (vm_cd_roms: object[], where: object = { id }) => ({ where, data: { vm_cd_roms } });
    expect(await changed(at, "/add-vm-cd-rom", add([{ boot: 2, elf_image_id }, { boot: 3 }]))).toMatchObject({
      status: "SUCCESSED",
      resource_mutation: "addVmCdRom",
    });
    const disks = await partsOf(at, "/get-vm-disks", id);
    expect(disks).toMatchObject([
      { type: "DISK", boot: 1 },
      { type: "CD_ROM", boot: 2, elf_image: { id: elf_image_id } },
      { type: "CD_ROM", boot: 3, elf_image: null },
    ]);
    const nothing = await at.tower.post("/add-vm-cd-rom", add([]));
    expect([nothing.status, nothing.text]).toEqual([304, ""]);
    expect(await statusOf(at, "/add-vm-cd-rom", add([], { id: "none" }))).toBe(404);
    expect(await statusOf(at, "/add-vm-cd-rom", add([{ boot: 4, elf_image_id: "none" }]))).toBe(404);
    expect(await statusOf(at, "/add-vm-cd-rom", add([{ boot: 4, content_library_image_id: "a" }]))).toBe(501);
    const remove = (...cd_rom_ids: unknown[]) => ({ where: { id }, data: { cd_rom_ids } });
    for (const gone of [disks[0]?.id, "none"])
      expect(await statusOf(at, "/remove-vm-cd-rom", remove(disks[1]?.id, gone))).toBe(404);
    await changed(at, "/remove-vm-cd-rom", remove(disks[1]?.id));
    expect(await partsOf(at, "/get-vm-disks", id)).toMatchObject([
      { type: "DISK" },
      { type: "CD_ROM", elf_image: null },
    ]);
    expect(await statusOf(at, "/remove-vm-cd-rom", remove(disks[2]?.id))).toBe(404);
  });
});

test("NICs are added, each with its own MAC address, and taken away by a condition", async () => {
  await withConnected({}, async (at) => {
    const { vlan } = at;
    const { id } = await madeVm(at);
    const other = await madeVm(at, vmRequest(at, "web-02"));
    const add = (...vm_nics: object[]) => ({ where: { id }, data: { vm_nics } });
    const mac_address = "52:54:00:aa:bb:cc";
    const nics = add({ connect_vlan_id: vlan, model: "E1000", enabled: false, mirror: true, mac_address });
    expect(await changed(at, "/add-vm-nic", nics)).toMatchObject({
      status: "SUCCESSED",
      resource_mutation: "addVmNic",
    });
    await changed(at, "/add-vm-nic", add({ connect_vlan_id: vlan }));
    const shown = await partsOf(at, "/get-vm-nics", id);
    expect(shown).toMatchObject([
      { model: "VIRTIO", enabled: true },
      { model: "E1000", enabled: false, mirror: true, mac_address, vlan: { id: vlan } },
      { model: "VIRTIO", enabled: true, mirror: false },
    ]);
    for (const [nic, wanted] of [
      [{ connect_vlan_id: "none" }, 404],
      [{ connect_vlan_id: vlan, type: "VPC" }, 501],
    ] as const)
      expect([nic, await statusOf(at, "/add-vm-nic", add(nic))]).toEqual([nic, wanted]);
    await changed(at, "/remove-vm-nic-by-where", { where: { vm: { id }, mac_address }, effect: {} });
    expect(await partsOf(at, "/get-vm-nics", id)).toMatchObject([
      { mac_address: shown[0]?.["mac_address"] },
      { mac_address: shown[2]?.["mac_address"] },
    ]);
    await changed(at, "/add-vm-nic", add({ connect_vlan_id: vlan }));
    expect(new Set((await partsOf(at, "/get-vm-nics", id)).map((nic) => nic["mac_address"])).size).toBe(3);
    const all = { where: { enabled: true }, effect: { vm_ids: [id] } };
    expect(await changed(at, "/remove-vm-nic-by-where", all)).toMatchObject({ resource_id: id });
    expect(await partsOf(at, "/get-vm-nics", id)).toEqual([]);
    expect(await partsOf(at, "/get-vm-nics", other.id)).toHaveLength(1);
    expect(await statusOf(at, "/remove-vm-nic-by-where", all)).toBe(404);
  });
});

test("a NIC is given another network, MAC address, link and mirror, and 304 without a body for what it has", async () => {
  await withConnected({}, async (at) => {
    const { tower } = at;
    const { id } = await madeVm(at);
    const [vds] = await tower.data<Part[]>("/get-vdses");
    const connect_vlan_id = await made(at, "/create-vm-vlan", { vds_id: vds?.id, name: "VLAN-30", vlan_id: 30 });
    tower.lab.site.pass(1);
    const data = { connect_vlan_id, enabled: false, mirror: true, mac_address: "52:54:00:aa:bb:cc" };
    const body = { where: { vm: { id } }, data };
    expect(await changed(at, "/update-vm-nic-advance-info", body)).toMatchObject({
      status: "SUCCESSED",
      resource_id: id,
    });
    expect(await partsOf(at, "/get-vm-nics", id)).toMatchObject([
      { vlan: { name: "VLAN-30" }, enabled: false, mirror: true, mac_address: data.mac_address, model: "VIRTIO" },
    ]);
    for (const same of [body, { ...body, data: {} }]) {
      const again = await tower.post("/update-vm-nic-advance-info", same);
      expect([again.status, again.text]).toEqual([304, ""]);
    }
    await changed(at, "/update-vm-nic-advance-info", { ...body, data: { enabled: true } });
    expect(await partsOf(at, "/get-vm-nics", id)).toMatchObject([
      { vlan: { name: "VLAN-30" }, enabled: true, mirror: true, mac_address: data.mac_address },
    ]);
    for (const [change, wanted] of [
      [{ data: { connect_vlan_id: "none" } }, 404],
      [{ data: { nic_id: "a" } }, 501],
      [{ where: { vm: { id: "none" } } }, 404],
    ] as const)
      expect([change, await statusOf(at, "/update-vm-nic-advance-info", { ...body, ...change })]).toEqual([
        change,
        wanted,
      ]);
  });
});

test("a machine is in one folder at most, by a task", async () => {
  await withConnected({}, async (at) => {
    const { tower, cluster } = at;
    const { id } = await madeVm(at);
    const [web, database] = [
      await made(at, "/create-vm-folder", { cluster_id: cluster, name: "web" }),
      await made(at, "/create-vm-folder", { cluster_id: cluster, name: "database" }),
    ];
    const put = (folder_id: string) => ({ where: { id }, data: { folder_id } });
    const inFolders = () => tower.data("/get-vm-folders", { orderBy: "name_DESC" });
    expect(await changed(at, "/add-vm-to-folder", put(web))).toMatchObject({
      status: "SUCCESSED",
      resource_mutation: "addVmToFolder",
    });
    expect(await vmOf(at, id)).toMatchObject({ folder: { id: web, name: "web" } });
    await changed(at, "/add-vm-to-folder", put(database));
    expect(await inFolders()).toMatchObject([{ vms: [] }, { vms: [{ id }] }]);
    expect(await statusOf(at, "/add-vm-to-folder", put("none"))).toBe(404);
    await changed(at, "/remove-vm-from-folder", { where: { id } });
    expect(await vmOf(at, id)).toMatchObject({ folder: null });
    expect(await changed(at, "/remove-vm-from-folder", { where: { id } })).toMatchObject({ status: "SUCCESSED" });
    await tower.lab.setFaults([{ operation: "addVmToFolder", count: 1, task: { fails: "no memory" } }]);
    expect(await changed(at, "/add-vm-to-folder", put(web))).toMatchObject({ status: "FAILED" });
    expect(await vmOf(at, id)).toMatchObject({ folder: null });
    tower.lab.cloudtower.change(({ vmFolders = [] }) => {
      for (const folder of vmFolders) if (folder.id === web) folder.cluster = "another";
    });
    expect(await statusOf(at, "/add-vm-to-folder", put(web))).toBe(400);
  });
});

test("putting a machine into a folder that is gone by the end of the task fails", async () => {
  await withConnected({ speed: 0 }, async (at) => {
    const { tower, cluster } = at;
    const { id } = await madeVm(at);
    const folder_id = await made(at, "/create-vm-folder", { cluster_id: cluster, name: "web" });
    const [answer] = await tower.data<WithTask[]>("/add-vm-to-folder", { where: { id }, data: { folder_id } });
    await tower.data("/delete-vm-folder", { where: { id: folder_id } });
    tower.lab.site.pass(1);
    expect(await taskOf(at, { id: answer?.task_id })).toMatchObject({
      status: "FAILED",
      error_message: expect.stringContaining(folder_id),
    });
  });
});

test.each(["direct", "task"] as const)(
  "labels are put on machines and taken from them, where plainWrites is %s",
  async (plainWrites) => {
    await withConnected({ switches: { plainWrites } }, async (at) => {
      const { tower } = at;
      const { id } = await madeVm(at);
      const other = await madeVm(at, vmRequest(at, "web-02"));
      const room = await made(at, "/create-label", { key: "room", value: "A" });
      await made(at, "/create-label", { key: "owner" });
      const label = async (path: string, body: object) => {
        const answers = await tower.data<WithTask[]>(path, body);
        tower.lab.site.pass(1);
        return answers;
      };
      const body = { where: { id: room }, data: { vms: { name_starts_with: "web-" } } };
      const [answer] = await label("/add-labels-to-resources", body);
      expect(answer).toMatchObject({ task_id: plainWrites === "task" ? expect.any(String) : null, data: { id: room } });
      expect(await tower.data("/get-labels", { where: { id: room } })).toMatchObject([
        { vm_num: 2, total_num: 2, vms: [{ id }, { id: other.id }] },
      ]);
      expect(await vmOf(at, id)).toMatchObject({ labels: [{ id: room, key: "room", value: "A" }] });
      expect(await statusOf(at, "/add-labels-to-resources", body)).toBe(304);
      expect(await statusOf(at, "/add-labels-to-resources", { ...body, data: {} })).toBe(304);
      await label("/add-labels-to-resources", { where: {}, data: { vms: { id } } });
      expect((await vmOf(at, id))["labels"]).toHaveLength(2);
      await label("/remove-labels-from-resources", { where: { id: room }, data: { vms: { id } } });
      expect(await vmOf(at, id)).toMatchObject({ labels: [{ key: "owner" }] });
      expect(await vmOf(at, other.id)).toMatchObject({ labels: [{ key: "room" }] });
      expect(await statusOf(at, "/remove-labels-from-resources", { where: { id: room }, data: { vms: { id } } })).toBe(
        304,
      );
      for (const [change, wanted] of [
        [{ where: { id: "none" } }, 404],
        [{ data: { vms: { id: "none" } } }, 404],
        [{ data: { hosts: {} } }, 501],
      ] as const)
        expect([change, await statusOf(at, "/add-labels-to-resources", { ...body, ...change })]).toEqual([
          change,
          wanted,
        ]);
    });
  },
);

test("a machine that is deleted leaves its folder and its labels, so that nothing holds them", async () => {
  const options: Partial<LabOptions> = { switches: { usedVmFolder: "refused", usedLabel: "refused" } };
  await withConnected(options, async (at) => {
    const { tower, cluster } = at;
    const { id } = await madeVm(at, { ...vmRequest(at), status: "STOPPED" });
    const folder_id = await made(at, "/create-vm-folder", { cluster_id: cluster, name: "web" });
    const room = await made(at, "/create-label", { key: "room" });
    await changed(at, "/add-vm-to-folder", { where: { id }, data: { folder_id } });
    await tower.data("/add-labels-to-resources", { where: { id: room }, data: { vms: { id } } });
    expect(await statusOf(at, "/delete-vm-folder", { where: { id: folder_id } })).toBe(400);
    expect(await statusOf(at, "/delete-label", { where: { id: room } })).toBe(400);
    await changed(at, "/delete-vm", { where: { id } });
    expect(await tower.data("/delete-vm-folder", { where: { id: folder_id } })).toHaveLength(1);
    expect(await tower.data("/delete-label", { where: { id: room } })).toHaveLength(1);
  });
});

test("each of these is refused by a lock while a task works on the machine, and locks it", async () => {
  await withConnected({ speed: 0 }, async (at) => {
    const { tower, cluster, vlan } = at;
    const { id } = await withDrives(at, [{ boot: 2 }]);
    const folder_id = await made(at, "/create-vm-folder", { cluster_id: cluster, name: "web" });
    const room = await made(at, "/create-label", { key: "room" });
    const where = { id };
    const ofVm = { vm: { id } };
    const calls = async (): Promise<[string, object][]> => {
      const [disk, drive] = await partsOf(at, "/get-vm-disks", id);
      return [
        ["/expand-vm-disk", { where: { ...ofVm, type: "DISK" }, size: 64, size_unit: "GB" }],
        ["/update-vm-disk", { where, data: { vm_disk_id: disk?.id, bus: "SCSI" } }],
        ["/eject-iso-from-vm-cd-rom", { where: ofVm }],
        ["/add-vm-cd-rom", { where, data: { vm_cd_roms: [{ boot: 4 }] } }],
        ["/remove-vm-cd-rom", { where, data: { cd_rom_ids: [drive?.id] } }],
        ["/add-vm-nic", { where, data: { vm_nics: [{ connect_vlan_id: vlan }] } }],
        ["/update-vm-nic-advance-info", { where: ofVm, data: { mirror: true } }],
        ["/remove-vm-nic-by-where", { where: ofVm, effect: {} }],
        ["/add-vm-to-folder", { where, data: { folder_id } }],
        ["/remove-vm-from-folder", { where }],
      ];
    };
    const labelling: [string, object] = ["/add-labels-to-resources", { where: { id: room }, data: { vms: { id } } }];
    const locked_resources = [{ id, type: "VM" }];
    const refused = { status: 400, body: { code: "ResourceLocked", props: { locked_resources } } };
    const end = async () => {
      tower.lab.site.pass(1);
      expect(await taskOf(at, { resource_id: id })).toMatchObject({ status: "SUCCESSED" });
      tower.lab.site.pass(1);
    };
    const rename = { where, data: { name: "web-02" } };
    await tower.data("/update-vm-basic-info", rename);
    for (const [path, body] of [...(await calls()), labelling])
      expect([path, await tower.post(path, body)]).toMatchObject([path, refused]);
    await end();
    for (const index of (await calls()).keys()) {
      const [path, body] = (await calls())[index] as [string, object];
      await tower.data(path, body);
      expect([path, (await vmOf(at, id)).entityAsyncStatus]).toEqual([path, "UPDATING"]);
      expect([path, await tower.post("/update-vm-basic-info", rename)]).toMatchObject([path, refused]);
      await end();
    }
    expect(await tower.data(...labelling)).toHaveLength(1);
  });
});

test("a disk whose volume a task works on is locked by it", async () => {
  await withConnected({ speed: 0 }, async (at) => {
    const { tower } = at;
    const volume = await madeVolume(at, "data");
    const { id } = await madeVm(at);
    const [disk] = await partsOf(at, "/get-vm-disks", id);
    await tower.data("/update-vm-volume", { where: { id: volume }, data: { name: "data-02" } });
    const body = { where: { id }, data: { vm_disk_id: disk?.id, vm_volume_id: volume } };
    const locked = {
      status: 400,
      body: { code: "ResourceLocked", props: { locked_resources: [{ id: volume, type: "VM_VOLUME" }] } },
    };
    expect(await tower.post("/update-vm-disk", body)).toMatchObject(locked);
    const [own] = await tower.data<Part[]>("/get-vm-volumes", { where: { name: "web-01-os" } });
    await tower.data("/update-vm-volume", { where: { id: own?.id }, data: { name: "os" } });
    const expand = { where: { vm: { id } }, size: 64, size_unit: "GB" };
    locked.body.props.locked_resources = [{ id: own?.id ?? "", type: "VM_VOLUME" }];
    expect(await tower.post("/expand-vm-disk", expand)).toMatchObject(locked);
  });
});

import { expect, test } from "vitest";
import { changed, createVm, isoImage, madeVm, taskOf, vmOf, vmRequest, vms, withConnected } from "./machines.fixture";
import { TOWER_VERSIONS } from "./tower-model";

const GIB = 2 ** 30;

test.each(TOWER_VERSIONS)(
  "a machine is a placeholder while its task runs, and busy for a while after it (%s)",
  async (version) => {
    await withConnected({ speed: 0, cloudtowerVersion: version }, async (at) => {
      const { tower, session, cluster } = at;
      const { data, task_id } = await createVm(at, vmRequest(at));
      expect(data).toMatchObject({
        name: "web-01",
        local_id: expect.stringMatching(/^placeholder-/),
        entityAsyncStatus: "CREATING",
        status: "STOPPED",
        host: null,
        node_ip: "",
        ips: "",
        vm_tools_status: "NOT_INSTALLED",
      });
      expect(await taskOf(at, { id: task_id })).toMatchObject({ status: "PENDING", resource_mutation: "createVm" });
      expect(await session.data("GET", "/vms")).toEqual({ entities: [] });
      tower.lab.site.pass(21 / 60);
      expect(await taskOf(at, { id: task_id })).toMatchObject({
        status: "SUCCESSED",
        resource_id: data.id,
        cluster: { id: cluster },
        snapshot: JSON.stringify({ typename: "Vm" }),
      });
      const [listed] = (await session.data<{ entities: { uuid: string }[] }>("GET", "/vms")).entities;
      expect(await vmOf(at, data.id)).toMatchObject({
        local_id: listed?.uuid,
        entityAsyncStatus: "CREATING",
        status: "RUNNING",
      });
      tower.lab.site.pass(1);
      expect(await vmOf(at, data.id)).toMatchObject({
        entityAsyncStatus: null,
        host: { name: "node-01" },
        vcpu: 2,
        cpu: { cores: 1, sockets: 2 },
        memory: 4 * GIB,
        provisioned_size: 40 * GIB,
        firmware: "BIOS",
        ha: true,
        in_recycle_bin: false,
      });
      expect(await tower.data("/get-clusters")).toMatchObject([
        { vm_num: 1, running_vm_num: 1, vms: [{ id: data.id }] },
      ]);
      expect(await tower.data("/get-hosts", { where: { vms_some: { name: "web-01" } } })).toMatchObject([
        { name: "node-01", vm_num: 1 },
      ]);
      expect(await tower.data("/get-datacenters")).toMatchObject([{ vm_num: 1 }]);
    });
  },
);

test("its disks, NICs and volumes are listed and found by it", async () => {
  await withConnected({}, async (at) => {
    const { tower, vlan, cluster } = at;
    const elf_image_id = await isoImage(at);
    const request = vmRequest(at);
    const vm = await madeVm(at, {
      ...request,
      vm_disks: { ...request.vm_disks, mount_cd_roms: [{ boot: 2, elf_image_id }, { boot: 3 }] },
    });
    const where = { vm: { id: vm.id } };
    expect(await tower.data("/get-vm-disks", { where })).toMatchObject([
      { type: "DISK", bus: "VIRTIO", boot: 1, vm_volume: { name: "web-01-os" }, vm: { name: "web-01" } },
      { type: "CD_ROM", bus: "IDE", boot: 2, elf_image: { id: elf_image_id } },
      { type: "CD_ROM", boot: 3, elf_image: null },
    ]);
    expect(await tower.data("/get-vm-nics", { where })).toMatchObject([
      {
        vlan: { id: vlan, name: "default" },
        model: "VIRTIO",
        enabled: true,
        mac_address: expect.stringMatching(/^52:54:00:/),
      },
    ]);
    expect(await tower.data("/get-vlans", { where: { vm_nics_some: { vm: { id: vm.id } } } })).toMatchObject([
      { id: vlan },
    ]);
    const volumes = await tower.data("/get-vm-volumes", { where: { vm_disks_some: where } });
    expect(volumes).toMatchObject([
      {
        name: "web-01-os",
        size: 40 * GIB,
        elf_storage_policy: "REPLICA_2_THIN_PROVISION",
        mounting: true,
        cluster: { id: cluster },
      },
    ]);
    expect(await tower.data("/get-vms-connection", { where: { name: "web-01" } })).toEqual({ aggregate: { count: 1 } });
    expect(await tower.data("/get-elf-storage-policies")).toMatchObject([{ name: "default", replica_num: 2 }]);
  });
});

test("a machine is one, made and changed by Fisheye or by CloudTower", async () => {
  await withConnected({}, async (at) => {
    const { tower, session } = at;
    const vm = await madeVm(at);
    const shown = await session.data<Record<string, unknown>>("GET", `/vms/${vm.local_id}`);
    expect(shown).toMatchObject({ vm_name: "web-01", status: "running", vcpu: 2, memory: 4 * GIB });
    const { job_id } = await session.data<{ job_id: string }>("PUT", `/vms/${vm.local_id}`, { vm_name: "web-02" });
    tower.lab.site.pass(1);
    expect(await session.job(job_id)).toBe("done");
    expect(await vmOf(at, vm.id)).toMatchObject({ name: "web-02" });
    await session.data("POST", `/vms/${vm.local_id}/stop`, { force: true });
    tower.lab.site.pass(1);
    expect(await vmOf(at, vm.id)).toMatchObject({ status: "STOPPED", host: null });
    await session.data("DELETE", `/vms/${vm.local_id}`, { include_volumes: true });
    tower.lab.site.pass(1);
    expect(await vms(at)).toEqual([]);
    expect(await tower.data("/get-vm-volumes")).toEqual([]);
    expect(await tower.data("/get-vm-disks")).toEqual([]);
  });
});

test("disks and NICs have other ids after every change, volumes the same", async () => {
  await withConnected({}, async (at) => {
    const { tower } = at;
    const vm = await madeVm(at);
    const [volume] = await tower.data<{ id: string }[]>("/get-vm-volumes");
    await changed(at, "/update-vm-basic-info", { where: { id: vm.id }, data: { description: "another" } });
    const after = await vmOf(at, vm.id);
    expect(after["description"]).toBe("another");
    expect(after.vm_disks).not.toEqual(vm.vm_disks);
    expect(after.vm_nics).not.toEqual(vm.vm_nics);
    const where = { vm: { id: vm.id }, vm_volume: { id: volume?.id } };
    expect(await tower.data("/get-vm-disks", { where })).toMatchObject(after.vm_disks);
    tower.lab.smtxos.changeVm("web-01", (one) => {
      one.ha = false;
    });
    expect((await vmOf(at, vm.id)).vm_nics).not.toEqual(after.vm_nics);
    expect(await tower.data("/get-vm-disks", { where: { id: after.vm_disks[0]?.id } })).toEqual([]);
  });
});

test("a second change while one runs is refused by a lock, until entityAsyncStatus is null", async () => {
  await withConnected({ speed: 0 }, async (at) => {
    const { tower } = at;
    const vm = await madeVm(at, { ...vmRequest(at), status: "STOPPED" });
    const update = { where: { id: vm.id }, data: { name: "web-02" } };
    await tower.data("/update-vm-basic-info", update);
    expect(await vmOf(at, vm.id)).toMatchObject({ name: "web-01", entityAsyncStatus: "UPDATING" });
    const refused = {
      status: 400,
      body: {
        path: "/start-vm",
        status: 400,
        message: `Resource [VM-${vm.id}] locked`,
        props: { locked_resources: [{ id: vm.id, type: "VM" }] },
        code: "ResourceLocked",
      },
    };
    expect(await tower.post("/start-vm", { where: { id: vm.id } })).toMatchObject(refused);
    tower.lab.site.pass(21 / 60);
    expect(await vmOf(at, vm.id)).toMatchObject({ name: "web-02", entityAsyncStatus: "UPDATING" });
    expect(await tower.post("/start-vm", { where: { id: vm.id } })).toMatchObject(refused);
    tower.lab.site.pass(1);
    expect(await changed(at, "/start-vm", { where: { id: vm.id } })).toMatchObject({ status: "SUCCESSED" });
    expect(await vmOf(at, vm.id)).toMatchObject({ status: "RUNNING", entityAsyncStatus: null });
  });
});

test("power, CPUs and memory, the recycle bin and deletion", async () => {
  await withConnected({}, async (at) => {
    const { tower } = at;
    const { id } = await madeVm(at);
    const where = { id };
    const status = async (path: string, body: object = { where }) => (await tower.post(path, body)).status;
    const more = { where, data: { cpu_sockets: 4, memory: 8, memory_unit: "GB" } };
    for (const [path, body] of [
      ["/start-vm", { where }],
      ["/delete-vm", { where }],
      ["/move-vm-to-recycle", { where }],
      ["/update-vm-basic-info", more],
      ["/recover-vm-from-recycle", { where }],
    ] as const)
      expect([path, await status(path, body)]).toEqual([path, 400]);
    await changed(at, "/force-restart-vm", { where });
    expect(await vmOf(at, id)).toMatchObject({ status: "RUNNING" });
    await changed(at, "/poweroff-vm", { where });
    expect(await vmOf(at, id)).toMatchObject({ status: "STOPPED" });
    expect(await status("/poweroff-vm")).toBe(400);
    await changed(at, "/update-vm-basic-info", more);
    expect(await vmOf(at, id)).toMatchObject({ vcpu: 4, cpu: { sockets: 4, cores: 1 }, memory: 8 * GIB });
    expect(await tower.data("/move-vm-to-recycle", { where })).toMatchObject([{ data: { id } }]);
    expect(await vmOf(at, id)).toMatchObject({ in_recycle_bin: true, deleted_at: expect.any(String) });
    expect(await status("/start-vm")).toBe(400);
    await changed(at, "/recover-vm-from-recycle", { where });
    expect(await vmOf(at, id)).toMatchObject({ in_recycle_bin: false });
    expect(await tower.data("/delete-vm", { where })).toMatchObject([{ data: { id } }]);
    expect(await vms(at)).toEqual([]);
    expect(await tower.data("/get-vm-volumes")).toEqual([]);
    expect(await status("/delete-vm")).toBe(404);
  });
});

test("a guest is shut down and restarted by its tools, and without them the task fails", async () => {
  await withConnected({}, async (at) => {
    const { tower } = at;
    const bare = await madeVm(at);
    const failed = await changed(at, "/shutdown-vm", { where: { id: bare.id } });
    expect(failed).toMatchObject({
      status: "FAILED",
      error_message: expect.stringContaining("JOB_VM_SHUTDOWN_TIMEOUT"),
    });
    expect(await vmOf(at, bare.id)).toMatchObject({ status: "RUNNING", entityAsyncStatus: null });
    const request = vmRequest(at, "installed");
    const mount_cd_roms = [{ boot: 2, elf_image_id: await isoImage(at) }];
    const { id } = await madeVm(at, { ...request, vm_disks: { ...request.vm_disks, mount_cd_roms } });
    tower.lab.site.pass(20);
    expect(await vmOf(at, id)).toMatchObject({
      vm_tools_status: "RUNNING",
      guest_os_type: "LINUX",
      os: "openEuler 20.03 (LTS-SP3)",
    });
    expect(await changed(at, "/restart-vm", { where: { id } })).toMatchObject({ status: "SUCCESSED" });
    tower.lab.site.pass(20);
    expect(await changed(at, "/shutdown-vm", { where: { id } })).toMatchObject({ status: "SUCCESSED" });
    expect(await vmOf(at, id)).toMatchObject({ status: "STOPPED", vm_tools_status: "NOT_RUNNING" });
  });
});

test("a NIC gets its address by the guest's tools, and 304 without a body for what it has", async () => {
  await withConnected({}, async (at) => {
    const { tower, session } = at;
    const request = vmRequest(at);
    const mount_cd_roms = [{ boot: 2, elf_image_id: await isoImage(at) }];
    const { id } = await madeVm(at, { ...request, vm_disks: { ...request.vm_disks, mount_cd_roms } });
    const data = { ip_address: "10.0.30.5", subnet_mask: "255.255.255.0", gateway: "10.0.30.1" };
    const body = { where: { vm: { id } }, data };
    const bare = await madeVm(at, vmRequest(at, "bare"));
    expect(await tower.post("/update-vm-nic-basic-info", { ...body, where: { vm: { id: bare.id } } })).toMatchObject({
      status: 400,
    });
    tower.lab.site.pass(20);
    expect(await changed(at, "/update-vm-nic-basic-info", body)).toMatchObject({ resource_mutation: "updateVm" });
    expect(await tower.data("/get-vm-nics", { where: { vm: { id } } })).toMatchObject([data]);
    const { local_id, ...vm } = await vmOf(at, id);
    expect(vm["ips"]).toBe("10.0.30.5");
    expect(await session.data("GET", `/vms/${local_id}`)).toMatchObject({ nics: [{ ip_address: "10.0.30.5" }] });
    const again = await tower.post("/update-vm-nic-basic-info", body);
    expect([again.status, again.text]).toEqual([304, ""]);
  });
});

test("disks are added and taken away, and a volume outlives its disk", async () => {
  await withConnected({}, async (at) => {
    const { tower } = at;
    const { id } = await madeVm(at);
    const vm_volume = { name: "data", size: 10 * GIB, elf_storage_policy: "REPLICA_3_THIN_PROVISION" };
    const add = { vm_disks: { mount_new_create_disks: [{ boot: 2, bus: "SCSI", vm_volume }] } };
    await changed(at, "/add-vm-disk", { where: { id }, data: add });
    const disks = await tower.data<{ id: string }[]>("/get-vm-disks", { where: { vm: { id } } });
    expect(disks).toMatchObject([{ bus: "VIRTIO" }, { bus: "SCSI", vm_volume: { name: "data" } }]);
    expect(await tower.data("/get-vm-volumes", { where: { name: "data" } })).toMatchObject([
      { elf_storage_policy: "REPLICA_3_THIN_PROVISION", mounting: true },
    ]);
    expect(await tower.post("/remove-vm-disk", { where: { id }, data: { disk_ids: ["none"] } })).toMatchObject({
      status: 404,
    });
    await changed(at, "/remove-vm-disk", { where: { id }, data: { disk_ids: [disks[1]?.id] } });
    expect(await tower.data("/get-vm-disks", { where: { vm: { id } } })).toHaveLength(1);
    const [left] = await tower.data<{ id: string }[]>("/get-vm-volumes", { where: { mounting: false } });
    const mount = { vm_disks: { mount_disks: [{ boot: 1, bus: "SCSI", vm_volume_id: left?.id }] } };
    await changed(at, "/add-vm-disk", { where: { id }, data: mount });
    expect(await tower.data("/get-vm-volumes", { where: { mounting: true } })).toHaveLength(2);
    expect(await tower.post("/add-vm-disk", { where: { id }, data: mount })).toMatchObject({ status: 400 });
  });
});

test("a second machine of one name fails in its task, also while the first is being made", async () => {
  await withConnected({ speed: 0 }, async (at) => {
    await createVm(at, vmRequest(at));
    const { task_id } = await createVm(at, vmRequest(at));
    at.tower.lab.site.pass(1);
    const task = await taskOf(at, { id: task_id });
    expect(task).toMatchObject({ status: "FAILED", resource_mutation: "createVm" });
    expect(task.error_message).toMatch(/^Cannot unwrap Ok value of Result.Err.\r\ncode: CREATE_VM_FAILED\r\nmessage: /);
    expect(task.error_message).toContain('"ec":"VM_DUPLICATED_NAME"');
    expect(await vms(at)).toHaveLength(1);
    at.tower.lab.site.pass(1);
    const other = await madeVm(at, vmRequest(at, "web-02"));
    const renamed = await changed(at, "/update-vm-basic-info", { where: { id: other.id }, data: { name: "web-01" } });
    expect(renamed).toMatchObject({ status: "FAILED", error_message: expect.stringContaining("VM_DUPLICATED_NAME") });
  });
});

test("or, as the switch says, it is refused at once", async () => {
  await withConnected({ switches: { sameTowerVmName: "refused" } }, async (at) => {
    await madeVm(at);
    expect(await at.tower.post("/create-vm", [vmRequest(at)])).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("VM_DUPLICATED_NAME") },
    });
    expect(await vms(at)).toHaveLength(1);
  });
});

test.each([
  ["nothing", 0, 0],
  ["volumes", 0, 1],
  ["placeholder", 1, 0],
] as const)("a creation that fails leaves %s, as the switch says", async (failedTowerVm, rows, volumes) => {
  await withConnected({ switches: { failedTowerVm } }, async (at) => {
    const { tower, session } = at;
    await tower.lab.setFaults([{ operation: "createTowerVm", count: 1, task: { fails: "no memory" } }]);
    const { task_id, data } = await createVm(at, vmRequest(at));
    expect(await taskOf(at, { id: task_id })).toMatchObject({
      status: "FAILED",
      error_message: expect.stringContaining("no memory"),
    });
    const left = await vms(at);
    expect(left).toHaveLength(rows);
    expect(
      left.every(
        ({ local_id, entityAsyncStatus }) => local_id.startsWith("placeholder-") && entityAsyncStatus === null,
      ),
    ).toBe(true);
    expect(await tower.data("/get-vm-volumes", { where: { name: "web-01-os", mounting: false } })).toHaveLength(
      volumes,
    );
    expect(await session.data("GET", "/vms")).toEqual({ entities: [] });
    if (rows > 0) await changed(at, "/delete-vm", { where: { id: data.id } });
    expect(await vms(at)).toEqual([]);
  });
});

test("volumes of a deleted machine stay, where the switch says so", async () => {
  await withConnected({ switches: { deletedVmVolumes: "kept", shutdownWithoutTools: "works" } }, async (at) => {
    const { id } = await madeVm(at);
    expect(await changed(at, "/shutdown-vm", { where: { id } })).toMatchObject({ status: "SUCCESSED" });
    await changed(at, "/delete-vm", { where: { id } });
    expect(await at.tower.data("/get-vm-volumes")).toMatchObject([{ name: "web-01-os", mounting: false }]);
  });
});

test("what is not there is 404, what does not fit 400, and what the lab does not build 501", async () => {
  await withConnected({}, async (at) => {
    const request = vmRequest(at);
    for (const [change, wanted] of [
      [{ cluster_id: "none" }, 404],
      [{ vm_nics: [{ connect_vlan_id: "none" }] }, 404],
      [{ vm_disks: { mount_cd_roms: [{ boot: 1, elf_image_id: "none" }] } }, 404],
      [{ vm_disks: { mount_disks: [{ boot: 1, bus: "VIRTIO", vm_volume_id: "none" }] } }, 404],
      [{ vcpu: 3 }, 400],
      [{ memory: 0 }, 400],
      [{ status: "PAUSED" }, 400],
      [{ firmware: undefined }, 400],
      [{ vm_nics: [{ type: "VPC" }] }, 501],
      [{ vm_disks: { mount_cd_roms: [{ boot: 1, content_library_image_id: "a" }] } }, 501],
    ] as const)
      expect([change, (await at.tower.post("/create-vm", [{ ...request, ...change }])).status]).toEqual([
        change,
        wanted,
      ]);
    expect(await vms(at)).toEqual([]);
    at.tower.lab.smtxos.setRootPassword("another");
    expect((await at.tower.post("/create-vm", [request])).status).toBe(400);
  });
});

test("machines of one request stand on hosts of their own, and in the folder that is asked for", async () => {
  await withConnected({}, async (at) => {
    const { tower, cluster: cluster_id } = at;
    const [folder] = await tower.data<{ data: { id: string } }[]>("/create-vm-folder", [{ cluster_id, name: "web" }]);
    const asked = (name: string) => ({ ...vmRequest(at), name, vm_disks: {}, folder_id: folder?.data.id });
    await tower.data("/create-vm", [asked("a"), asked("b"), asked("c")]);
    const rows = await tower.data<{ host: { name: string }; folder: { name: string } }[]>("/get-vms");
    expect(new Set(rows.map(({ host }) => host.name)).size).toBe(3);
    expect(rows.map((row) => row.folder.name)).toEqual(["web", "web", "web"]);
    expect((await tower.post("/create-vm", [{ ...asked("d"), folder_id: "none" }])).status).toBe(404);
  });
});

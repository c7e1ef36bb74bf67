import { expect, test } from "vitest";
import type { LabOptions } from "../lab";
import { type Connected, changed, madeVm, taskOf, vmOf, vmRequest, withConnected } from "./machines.fixture";
import type { WithTask } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

type Row = Record<string, unknown> & { id: string };

const groups = ({ tower }: Connected, where = {}) => tower.data<Row[]>("/get-vm-placement-groups", { where });

const created = async ({ tower, cluster }: Connected, more: object = {}) => {
  const [answer] = await tower.data<WithTask[]>("/create-vm-placement-group", [
    { cluster_id: cluster, name: "web", enabled: true, ...more },
  ]);
  return answer as WithTask;
};

/** The group `web`, made. */
async function made(at: Connected, more?: object): Promise<string> {
  const { data } = await created(at, more);
  at.tower.lab.site.pass(1);
  await groups(at);
  at.tower.lab.site.pass(1);
  return data.id;
}

/** A connected cluster with the machine `web-01`. */
function withMachine(options: Partial<LabOptions>, body: (at: Connected, vm: string) => Promise<void>): Promise<void> {
  return withConnected(options, async (at) => body(at, (await madeVm(at)).id));
}

test.each(TOWER_VERSIONS)("a group is made by a task, and shows its machines and hosts (%s)", async (version) => {
  await withMachine({ cloudtowerVersion: version }, async (at, vm) => {
    const { task_id, data } = await created(at, {
      vm_vm_policy: "MUST_DIFFERENT",
      vm_vm_policy_enabled: true,
      vm_host_must_enabled: true,
      vm_host_must_policy: true,
      must_hosts: { name: "node-01" },
      vms: { id_in: [vm] },
    });
    expect(data).toMatchObject({ name: "web", entityAsyncStatus: "CREATING" });
    at.tower.lab.site.pass(1);
    expect(await taskOf(at, { id: task_id })).toMatchObject({ status: "SUCCESSED", resource_id: data.id });
    at.tower.lab.site.pass(1);
    expect(await groups(at, { vms_some: { id: vm } })).toMatchObject([
      {
        id: data.id,
        cluster: { id: at.cluster },
        description: "",
        entityAsyncStatus: null,
        vm_vm_policy: "MUST_DIFFERENT",
        vm_host_must_host_uuids: [{ name: "node-01" }],
        vm_host_prefer_enabled: false,
        vm_host_prefer_host_uuids: [],
        vms: [{ id: vm, name: "web-01" }],
      },
    ]);
    expect(await vmOf(at, vm)).toMatchObject({ vm_placement_group: [{ id: data.id, name: "web" }] });
  });
});

test("a change's condition on machines says which are in it, and a machine that is deleted leaves it", async () => {
  await withMachine({}, async (at, vm) => {
    const id = await made(at, { vms: { id: vm } });
    const { id: other } = await madeVm(at, { ...vmRequest(at, "web-02"), status: "STOPPED" });
    const inIt = async () => (await groups(at, { id }))[0]?.["vms"];
    const change = (data: object) => changed(at, "/update-vm-placement-group", { where: { id }, data });
    await change({ vms: { id_in: [other] } });
    expect(await inIt()).toEqual([{ id: other, name: "web-02" }]);
    await change({ description: "more" });
    expect(await inIt()).toHaveLength(1);
    await changed(at, "/delete-vm", { where: { id: other } });
    expect(await inIt()).toEqual([]);
    expect(at.tower.lab.site.model.cloudtower?.clusters[0]?.kept.placementGroups).toMatchObject([{ vms: [] }]);
    await change({ vms: { id } });
    expect(await inIt()).toEqual([]);
  });
});

test("a task that fails has made, changed or deleted nothing", async () => {
  await withConnected({}, async (at) => {
    const { lab } = at.tower;
    await lab.setFaults([{ operation: "createVmPlacementGroup", task: "fails" }]);
    await made(at);
    expect(await groups(at)).toEqual([]);
    await lab.setFaults([]);
    const id = await made(at);
    const [before] = await groups(at);
    for (const [does, more] of [
      ["update", { data: { name: "database" } }],
      ["delete", {}],
    ] as const) {
      await lab.setFaults([{ operation: `${does}VmPlacementGroup`, task: "fails" }]);
      expect(await changed(at, `/${does}-vm-placement-group`, { where: { id }, ...more })).toMatchObject({
        status: "FAILED",
      });
      expect(await groups(at)).toEqual([before]);
    }
  });
});

test.each(["task", "refused"] as const)("a second group of one name: %s", async (samePlacementGroup) => {
  await withConnected({ switches: { samePlacementGroup } }, async (at) => {
    await made(at);
    const again = () =>
      at.tower.post("/create-vm-placement-group", [{ cluster_id: at.cluster, name: "web", enabled: true }]);
    const { status, body, text } = await again();
    expect([status, text]).toEqual([samePlacementGroup === "task" ? 200 : 400, text]);
    at.tower.lab.site.pass(1);
    if (samePlacementGroup === "task")
      expect((await taskOf(at, { id: (body as unknown as WithTask[])[0]?.task_id })).error_message).toContain(
        "[PLACEMENT_GROUP_DUPLICATE_NAME]",
      );
    else expect(text).toContain("PLACEMENT_GROUP_DUPLICATE_NAME");
    expect(await groups(at)).toHaveLength(1);
  });
});

test.each(["locked", "refused"] as const)("while a task works on a group a second change is %s", async (busyKept) => {
  await withConnected({ speed: 0, switches: { busyKept } }, async (at) => {
    const { data } = await created(at);
    for (const path of ["/update-vm-placement-group", "/delete-vm-placement-group"]) {
      const { status, body } = await at.tower.post(path, { where: { id: data.id }, data: { enabled: false } });
      expect(status).toBe(400);
      if (busyKept === "locked") expect(body).toMatchObject({ code: "ResourceLocked", path });
      else expect(body).not.toHaveProperty("code");
    }
  });
});

test.each(["deleted", "refused"] as const)("a group that machines are in is %s", async (usedPlacementGroup) => {
  await withMachine({ switches: { usedPlacementGroup } }, async (at, vm) => {
    const id = await made(at, { vms: { id: vm } });
    const { status } = await at.tower.post("/delete-vm-placement-group", { where: { id } });
    expect(status).toBe(usedPlacementGroup === "deleted" ? 200 : 400);
    at.tower.lab.site.pass(1);
    const left = usedPlacementGroup === "deleted" ? [] : [{ id, name: "web" }];
    expect(await vmOf(at, vm)).toMatchObject({ vm_placement_group: left });
  });
});

test("what is not there, or is of another cluster, is refused", async () => {
  await withMachine({}, async (at, vm) => {
    const { tower, cluster } = at;
    const create = (more: object) =>
      tower.post("/create-vm-placement-group", [{ cluster_id: cluster, name: "web", enabled: true, ...more }]);
    expect((await create({ cluster_id: "none" })).status).toBe(404);
    expect((await create({ vm_host_must_enabled: true, must_hosts: { name: "none" } })).status).toBe(400);
    const where = { id: "none" };
    expect((await tower.post("/update-vm-placement-group", { where, data: {} })).status).toBe(404);
    expect((await tower.post("/delete-vm-placement-group", { where })).status).toBe(404);
    tower.lab.cloudtower.change(({ clusters }) => {
      clusters.push({ ...structuredClone(clusters[0] as (typeof clusters)[number]), id: "c-other" });
    });
    const refused = await create({ cluster_id: "c-other", vms: { id: vm } });
    expect(refused).toMatchObject({ status: 400, body: { message: `virtual machine ${vm} is of another cluster` } });
  });
});

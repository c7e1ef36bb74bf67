import { expect, test } from "vitest";
import { changed, madeVm, taskOf, vmRequest, withConnected } from "./machines.fixture";
import type { WithTask } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

interface Vlan {
  uuid: string;
  name: string;
  vlan_id: number;
}

test.each(TOWER_VERSIONS)(
  "a network that CloudTower makes is Fisheye's too, changed and deleted on either side (%s)",
  async (version) => {
    await withConnected({ speed: 0, cloudtowerVersion: version }, async (at) => {
      const { tower, session } = at;
      const [vds] = await tower.data<{ id: string; local_id: string }[]>("/get-vdses", { where: { name: "VDS-MGT" } });
      const path = `/network/vds/${vds?.local_id}/vlans`;
      const inFisheye = async () =>
        (await session.data<{ entities: Vlan[] }>("GET", path)).entities
          .filter(({ name }) => name.startsWith("VLAN-"))
          .map(({ name, vlan_id }) => `${name} ${vlan_id}`);
      const [made] = await tower.data<WithTask[]>("/create-vm-vlan", [
        { vds_id: vds?.id, name: "VLAN-30", vlan_id: 30 },
      ]);
      expect(made?.data).toMatchObject({
        entityAsyncStatus: "CREATING",
        local_id: expect.stringMatching(/^[0-9a-f]{8}-/),
        name: "VLAN-30",
        vlan_id: 30,
        network_ids: ["30"],
        mode_type: "VLAN_ACCESS",
        type: "VM",
        vds: { id: vds?.id, name: "VDS-MGT" },
      });
      expect(await inFisheye()).toEqual([]);
      const where = { id: made?.data.id };
      expect(await tower.post("/update-vm-vlan", { where, data: { vlan_id: 31 } })).toMatchObject({ status: 400 });
      tower.lab.site.pass(1);
      expect(await taskOf(at, { id: made?.task_id })).toMatchObject({ status: "SUCCESSED", resource_type: "Vlan" });
      expect(await inFisheye()).toEqual(["VLAN-30 30"]);
      tower.lab.site.pass(1);
      await changed(at, "/update-vm-vlan", { where, data: { vlan_id: 31, name: "VLAN-31" } });
      expect(await inFisheye()).toEqual(["VLAN-31 31"]);
      await session.data("PUT", `${path}/${made?.data["local_id"]}`, { vlan_id: 32 });
      expect(await tower.data("/get-vlans", { where })).toMatchObject([
        { name: "VLAN-31", vlan_id: 32, entityAsyncStatus: null },
      ]);
      expect(await tower.data("/delete-vm-vlan", { where })).toMatchObject([{ data: { id: made?.data.id } }]);
      tower.lab.site.pass(1);
      expect(await tower.data("/get-vlans", { where })).toEqual([]);
      expect(await inFisheye()).toEqual([]);
    });
  },
);

test("a task that fails leaves no network", async () => {
  await withConnected({}, async (at) => {
    const { tower } = at;
    const [vds] = await tower.data<{ id: string }[]>("/get-vdses");
    await tower.lab.setFaults([{ operation: "createVmVlan", count: 1, task: "fails" }]);
    const task = await changed(at, "/create-vm-vlan", [{ vds_id: vds?.id, name: "VLAN-30", vlan_id: 30 }]);
    expect(task.status).toBe("FAILED");
    expect(await tower.data("/get-vlans", { where: { name: "VLAN-30" } })).toEqual([]);
  });
});

test("what is not there is 404, what is taken, in use or the cluster's own 400, a trunk 501", async () => {
  await withConnected({}, async (at) => {
    const { tower } = at;
    const [vds] = await tower.data<{ id: string }[]>("/get-vdses", { where: { name: "VDS-MGT" } });
    const vlan = { vds_id: vds?.id, name: "VLAN-30", vlan_id: 30 };
    await changed(at, "/create-vm-vlan", [vlan, { vds_id: vds?.id, name: "VLAN-40", network_ids: ["40"] }]);
    expect(await tower.data("/get-vlans", { where: { name: "VLAN-40" } })).toMatchObject([{ vlan_id: 40 }]);
    await madeVm(at, vmRequest(at));
    for (const [path, body, wanted] of [
      ["/create-vm-vlan", [{ ...vlan, vds_id: "none" }], 404],
      ["/create-vm-vlan", [vlan], 400],
      ["/create-vm-vlan", [{ ...vlan, vlan_id: 4096 }], 400],
      ["/create-vm-vlan", [{ ...vlan, mode_type: "VLAN_TRUNK", network_ids: ["1", "2"] }], 501],
      ["/update-vm-vlan", { where: { name: "VLAN-30" }, data: { vlan_id: 40 } }, 400],
      ["/delete-vm-vlan", { where: { id: "none" } }, 404],
      ["/delete-vm-vlan", { where: { name: "mgt-network" } }, 400],
      ["/delete-vm-vlan", { where: { name: "default" } }, 400],
    ] as const)
      expect([path, body, (await tower.post(path, body)).status]).toEqual([path, body, wanted]);
  });
});

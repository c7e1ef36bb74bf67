import { expect, test } from "vitest";
import type { SitePlan } from "../../plan/site-plan";
import type { Lab, LabOptions } from "../lab";
import { startLab } from "../lab";
import { labPlan, type Session, standing, VIP, withLab } from "../lab.fixture";
import { type Connected, changed, madeVm, taskOf, vmRequest } from "./machines.fixture";
import { connect, logIn, PASSWORD, setUp, type Tower, towerOf, towerPlan, type WithTask } from "./tower.fixture";

const THERE = "10.0.20.11";
const THEIR_PASSWORD = "Canary-Root-1";

/** Another site, of five hosts; that the addresses of its hosts are those of the first one's does no harm to its VIP. */
function theirPlan(): SitePlan {
  const plan = labPlan(5);
  return { ...plan, cluster: { ...plan.cluster, name: "HCI-02", vip: THERE } };
}

interface Two extends Connected {
  /** The lab's own cluster; `cluster` and `vlan` are the neighbour's. */
  own: string;
  neighbour: Lab;
  dir: string;
}

/** Runs `body` with a CloudTower that two clusters are connected to: that of its own lab, and the neighbour's. */
async function withTwo(options: Partial<LabOptions>, body: (two: Two) => Promise<void>) {
  await withLab({ plan: theirPlan() }, async (neighbour) => {
    const session = await standing(neighbour, theirPlan());
    neighbour.smtxos.setManagementVip(THERE);
    await withLab({ plan: towerPlan(), ...options, neighbours: [neighbour.site] }, async (lab, dir) => {
      lab.cloudtower.install();
      await lab.site.settled;
      const tower = towerOf(lab);
      await setUp(tower);
      await standing(lab, towerPlan());
      lab.smtxos.setManagementVip(VIP);
      const { cluster: own, datacenter } = await connect(tower, lab.site.model.cluster?.rootPassword as string);
      const request = { ip: THERE, username: "root", password: THEIR_PASSWORD, datacenter_id: datacenter };
      const [made] = await tower.data<WithTask[]>("/connect-cluster", [request]);
      const cluster = made?.data.id as string;
      const where = { name: "default", vds: { cluster: { id: cluster } } };
      const [vlan] = await tower.data<{ id: string }[]>("/get-vlans", { where });
      await body({ tower, session, own, cluster, vlan: vlan?.id as string, neighbour, dir });
    });
  });
}

const states = async (tower: Tower) =>
  (await tower.data<{ name: string; connect_state: string }[]>("/get-clusters")).map(
    ({ name, connect_state }) => `${name} ${connect_state}`,
  );

const inFisheye = async (session: Session, vds: string) =>
  (await session.data<{ entities: { name: string }[] }>("GET", `/network/vds/${vds}/vlans`)).entities.map(
    ({ name }) => name,
  );

test.each(["4.6.0", "4.8.0"] as const)(
  "a neighbour's cluster is connected beside the lab's own, each with what stands in it (%s)",
  async (cloudtowerVersion) => {
    await withTwo({ cloudtowerVersion }, async ({ tower, own, cluster, neighbour }) => {
      expect(await tower.data("/get-clusters")).toMatchObject([
        { id: own, name: "HCI-01", local_id: tower.lab.site.model.cluster?.serial, management_vip: VIP, host_num: 3 },
        { id: cluster, name: "HCI-02", local_id: neighbour.site.model.cluster?.serial, ip: THERE, host_num: 5 },
      ]);
      expect(await tower.data("/get-datacenters")).toMatchObject([{ cluster_num: 2, host_num: 8 }]);
      const where = { cluster: { id: cluster } };
      expect(await tower.data("/get-hosts", { where })).toMatchObject(
        neighbour.site.model.hosts.map(({ uuid, serial }) => ({ local_id: uuid, serial })),
      );
      expect(await tower.data("/get-node-topoes", { where })).toHaveLength(5);
      expect(await tower.data("/get-alert-rules", { where, first: 1 })).toMatchObject([
        { local_id: expect.stringContaining(neighbour.site.model.cluster?.serial as string) },
      ]);
      const vdses = await tower.data<{ id: string; local_id: string }[]>("/get-vdses");
      expect(vdses.map(({ local_id }) => local_id)).toEqual(
        [tower.lab, neighbour].flatMap(({ site }) => site.model.cluster?.vdses.map(({ uuid }) => uuid)),
      );
      expect(new Set(vdses.map(({ id }) => id)).size).toBe(vdses.length);
    });
  },
);

test("what changes at the neighbour is shown", async () => {
  await withTwo({}, async ({ tower, session, cluster, neighbour }) => {
    neighbour.smtxos.changeSettings({ dns: ["10.0.0.114"] });
    const vds = neighbour.site.model.cluster?.vdses[0]?.uuid as string;
    await session.data("POST", `/network/vds/${vds}/vlans`, { name: "VLAN-1120", vlan_id: 1120, vds_uuid: vds });
    expect(await tower.data("/get-clusters", { where: { id: cluster } })).toMatchObject([{ dns: ["10.0.0.114"] }]);
    expect(await tower.data("/get-vlans", { where: { vlan_id: 1120 } })).toMatchObject([{ name: "VLAN-1120" }]);
    neighbour.smtxos.setRootPassword("Canary-Other-9");
    expect(await states(tower)).toEqual(["HCI-01 CONNECTED", "HCI-02 DISCONNECTED"]);
    neighbour.smtxos.setRootPassword(THEIR_PASSWORD);
    // Without an address it is lost, but not taken for the lab's own.
    neighbour.smtxos.setManagementVip(null);
    expect(await states(tower)).toEqual(["HCI-01 CONNECTED", "HCI-02 DISCONNECTED"]);
  });
});

test("a network and a machine that CloudTower makes in the neighbour's cluster stand there alone", async () => {
  await withTwo({}, async (at) => {
    const { tower, session, cluster, neighbour } = at;
    const where = { name: "VDS-MGT", cluster: { id: cluster } };
    const [vds] = await tower.data<{ id: string; local_id: string }[]>("/get-vdses", { where });
    const uuid = vds?.local_id as string;
    await tower.data("/create-vm-vlan", [{ vds_id: vds?.id, name: "VLAN-30", vlan_id: 30 }]);
    await tower.data("/get-vlans");
    expect(await inFisheye(session, uuid)).toContain("VLAN-30");
    const { id } = await madeVm(at, vmRequest(at));
    expect(neighbour.site.model.cluster?.vms.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "web-01 running",
    ]);
    expect(tower.lab.site.model.cluster?.vms).toEqual([]);
    expect(tower.lab.site.model.cluster?.vlans.map(({ name }) => name)).not.toContain("VLAN-30");
    expect(await changed(at, "/poweroff-vm", { where: { id } })).toMatchObject({ status: "SUCCESSED" });
    await changed(at, "/delete-vm", { where: { id } });
    await tower.data("/delete-vm-vlan", { where: { name: "VLAN-30" } });
    expect(await taskOf(at, { resource_type: "Vlan" })).toMatchObject({ status: "SUCCESSED" });
    expect(neighbour.site.model.cluster?.vms).toEqual([]);
    expect(await inFisheye(session, uuid)).not.toContain("VLAN-30");
  });
});

test("a write that is lost on its way changes nothing at the neighbour", async () => {
  await withTwo({}, async (at) => {
    await at.tower.lab.setFaults([{ operation: "createTowerVm", count: 1, lostUpdate: true }]);
    await at.tower.data("/create-vm", [vmRequest(at)]);
    expect(await at.tower.data("/get-vms")).toEqual([]);
    expect(at.neighbour.site.model.cluster?.vms).toEqual([]);
  });
});

test("a lab that is started again finds its neighbour's cluster when it is given it again, and loses it otherwise", async () => {
  await withTwo({}, async ({ tower, neighbour, dir }) => {
    const { site } = neighbour;
    const options: LabOptions = { plan: towerPlan(), dir, speed: "instant" };
    for (const [neighbours, expected] of [
      [[], ["HCI-01 CONNECTED", `${THERE} DISCONNECTED`]],
      [[site], ["HCI-01 CONNECTED", "HCI-02 CONNECTED"]],
    ] as const) {
      await tower.lab.stop();
      const lab = await startLab({ ...options, neighbours });
      try {
        const again = towerOf(lab);
        again.token = await logIn(again, PASSWORD);
        expect(await states(again)).toEqual(expected);
      } finally {
        await lab.stop();
      }
    }
  });
});

test("neighbours of one seed are refused, since their clusters could not be told apart", async () => {
  await withLab({ plan: theirPlan() }, async ({ site }) => {
    await expect(withLab({ plan: towerPlan(), seed: "HCI-02", neighbours: [site] }, async () => {})).rejects.toThrow(
      "have one seed",
    );
  });
});

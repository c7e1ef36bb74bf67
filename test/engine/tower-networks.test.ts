import { expect, test } from "vitest";
import { allRows } from "../../lab/cloudtower/tables";
import { type LabTower, TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import { VIP } from "../../lab/lab.fixture";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { addMachine, connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const without = connectedTower();
const HOSTS = [1, 2, 3].map((number) => ({ name: `node-0${number}`, nics: ["ens162"] }));

interface Networks {
  vds?: Record<string, unknown>;
  vlan?: Record<string, unknown>;
  /** How many networks; one unless told. */
  count?: number;
}

/** A virtual switch in the connected cluster. */
function vdsAlone(vds: Record<string, unknown> = {}): ResourceSpec[] {
  const own = { connection, cluster: { $ref: "cluster.clusterId" }, name: "vDS-Data", hosts: HOSTS, ...vds };
  return [...without, { type: "cloudtower:Vds", name: "vds", args: own, options: { dependsOn: ["cluster"] } }];
}

/** The switch, and networks of virtual machines on it. */
function networks({ vds, vlan = {}, count = 1 }: Networks = {}): ResourceSpec[] {
  const vlans = Array.from({ length: count }, (_, i): ResourceSpec => {
    const args = { connection, vds: { $ref: "vds.vdsId" }, name: `VLAN-${1120 + i}`, vlanId: 1120 + i, ...vlan };
    return { type: "cloudtower:Vlan", name: `vlan-${i}`, args, options: { dependsOn: ["vds"] } };
  });
  return [...vdsAlone(vds), ...vlans];
}

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
/** From the next run on. */
async function adopting(...labels: string[]): Promise<void> {
  site.engine.settings = { ...site.engine.settings, adopt: labels.join(",") };
  await site.engine.kill();
}
const standing = () => {
  const { vdses = [], vlans = [] } = site.lab.site.model.cluster ?? {};
  return { vdses: vdses.slice(2), vlans: vlans.filter(({ vds }) => vds !== vdses[0]?.uuid && vds !== vdses[1]?.uuid) };
};
const inputsOf = (name: string) => site.engine.state.find((each) => each.name === name)?.inputs;

test.each(TOWER_VERSIONS)(
  "CloudTower %s gets a switch and a network, which are changed in place, put back and deleted",
  async (version) => {
    await begin(version);
    await site.up(networks());
    const { vdses, vlans } = standing();
    expect(vdses).toMatchObject([
      { name: "vDS-Data", bondMode: "active-backup", hosts: Array(3).fill({ nics: ["ens162"] }) },
    ]);
    expect(vlans).toMatchObject([{ name: "VLAN-1120", vlanId: 1120, vds: vdses[0]?.uuid }]);
    expect(site.outputsOf("vds").bridge).toMatch(/^ovsbr-/);
    site.writes();
    await site.up(networks(), true);
    expect(site.writes()).toEqual([]);

    const changed = {
      vds: {
        name: "vDS-Backup",
        bondMode: "balance-slb",
        hosts: HOSTS.map((host) => ({ ...host, nics: ["ens194", "ens162"] })),
      },
      vlan: { name: "Production", vlanId: 1121 },
    };
    await site.up(networks(changed));
    expect(site.writes().sort()).toEqual(["updateTowerVds", "updateVmVlan"]);
    expect(standing()).toMatchObject({
      vdses: [{ uuid: vdses[0]?.uuid, name: "vDS-Backup", bondMode: "balance-slb" }],
      vlans: [{ uuid: vlans[0]?.uuid, name: "Production", vlanId: 1121 }],
    });
    // The same ports in another order are the same ports.
    const reordered = HOSTS.map((host) => ({ ...host, nics: ["ens162", "ens194"] })).reverse();
    await site.up(networks({ ...changed, vds: { ...changed.vds, hosts: reordered } }), true);
    expect(site.writes()).toEqual([]);

    site.lab.site.change(({ cluster }) => {
      for (const vds of cluster?.vdses ?? [])
        if (vds.name === "vDS-Backup") vds.hosts = vds.hosts.map((host) => ({ ...host, nics: ["ens162"] }));
      for (const vlan of cluster?.vlans ?? []) if (vlan.name === "Production") vlan.vlanId = 99;
    });
    await site.engine.refresh();
    expect(inputsOf("vds")).toMatchObject({ hosts: HOSTS });
    expect(inputsOf("vlan-0")).toMatchObject({ vlanId: 99 });
    await site.up(networks(changed));
    expect(site.writes().sort()).toEqual(["updateTowerVds", "updateVmVlan"]);
    expect(standing().vdses[0]?.hosts[0]?.nics.toSorted()).toEqual(["ens162", "ens194"]);

    await site.up(without);
    expect(site.writes()).toEqual(["deleteVmVlan", "deleteTowerVds"]);
    expect(standing()).toEqual({ vdses: [], vlans: [] });
  },
);

test("switches and networks of somebody else are refused, and taken over when that is allowed", async () => {
  await begin();
  await site.up(networks());
  const { vdses, vlans } = standing();
  await site.forget();
  await adopting("Organization/C89", "Datacenter/DC-01", `ClusterConnection/${VIP}`);
  await site.up(without);
  expect(await site.errorsOf(networks())).toMatch(/Vds\/vDS-Data stands already on TOWER .*adopt Vds/);
  await adopting("Vds/vDS-Data", "Vlan/VLAN-1120");
  site.writes();
  await site.up(networks());
  expect(site.writes()).toEqual([]);
  expect(standing()).toEqual({ vdses, vlans });
});

test("a host without the port, and a host that is not there, are named before anything is written", async () => {
  await begin();
  await site.up(without);
  site.writes();
  const [first, ...others] = HOSTS as [(typeof HOSTS)[number], ...typeof HOSTS];
  expect(await site.errorsOf(vdsAlone({ hosts: [{ ...first, nics: ["ens99"] }, ...others] }))).toMatch(
    /host node-01 has no port ens99: it has ens\d+/,
  );
  expect(await site.errorsOf(vdsAlone({ hosts: [{ ...first, name: "node-9" }, ...others] }))).toMatch(
    /host node-9 has no port ens162: it is none of the cluster's/,
  );
  expect(site.writes()).toEqual([]);
});

test("a network that machines are in, and the switch that it is on, stay", async () => {
  await begin();
  await site.up(networks());
  addMachine(site.lab);
  site.lab.site.change(({ cluster }) => {
    const vlan = cluster?.vlans.find(({ name }) => name === "VLAN-1120");
    const nic = { ovs: "", model: "virtio", mac: "52:54:00:00:00:01", mirror: false, link: "up" as const };
    for (const vm of cluster?.vms ?? []) vm.nics = [{ ...nic, vlan: vlan?.uuid ?? "" }];
  });
  site.writes();
  const said = await site.up(without);
  expect(said).toMatch(/network VLAN-1120 stays: machines have NICs in it \(1\)/);
  expect(said).toMatch(/virtual switch vDS-Data stays: on it are VLAN-1120/);
  await site.up(networks());
  expect(site.writes()).toEqual([]);
});

test("a network of the cluster's own is never taken for one of virtual machines", async () => {
  await begin();
  await site.up(without);
  const tower = site.lab.site.model.cloudtower as LabTower;
  const own = allRows(site.lab.site, tower, "Vlan").find(({ type }) => type === "MANAGEMENT") ?? {};
  const { vds, name } = own as unknown as { vds: { id: string }; name: string };
  const vlan = { connection, vds: vds.id, name, vlanId: 7 };
  await adopting("all");
  site.writes();
  await site.up([
    ...without,
    { type: "cloudtower:Vlan", name: "vlan", args: vlan, options: { dependsOn: ["cluster"] } },
  ]);
  expect(site.writes()).toEqual(["createVmVlan"]);
});

test("a refresh of forty networks walks their list, and asks for none alone but the first", async () => {
  await begin();
  await site.up(networks({ count: 40 }));
  const before = site.lab.requests().length;
  await site.engine.refresh();
  const asked = site.lab
    .requests()
    .slice(before)
    .filter(({ operation }) => operation === "getVlans");
  expect(asked.length).toBeLessThanOrEqual(4);
});

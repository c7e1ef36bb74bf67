import { z } from "zod";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabVlan } from "../smtxos/cluster-model";
import { SETTLES } from "../smtxos/job-end";
import { BUSY } from "./cluster-change";
import { found } from "./found";
import { connected, given } from "./keep";
import { each, parsed, Refused, rest } from "./rest";
import { asyncStatus, standingIn } from "./standing";
import { startTask } from "./start-task";
import { rowOf } from "./tables";
import type { LabTower, LabTowerCluster, VlanAct } from "./tower-model";
import { siteOf } from "./tower-site";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const vlanSchema = z.looseObject({
  name: z.string().min(1),
  vlan_id: z.int().min(0).max(4095).optional(),
  mode_type: z.enum(["VLAN_ACCESS", "VLAN_TRUNK", "VXLAN", "GENEVE"]).optional(),
  network_ids: z.array(z.string().regex(/^\d+$/)).optional(),
});
const createSchema = vlanSchema.extend({ vds_id: z.string() });
const updateSchema = whereSchema.extend({ data: vlanSchema.partial() });

const NOT_ENDED = "400 while another task on it has not ended; 400 for an id that another network on the switch has";

/** Networks of virtual machines, which are those of Fisheye. */
export const vmVlanOperations: Operation[] = [
  rest({
    id: "createVmVlan",
    path: "/create-vm-vlan",
    write: true,
    source:
      "facts, part A 9: an array of vds_id and name; part B 5A 10: answered with CREATING and its uuid; the vendor's schema",
    assumed: `VLAN 0 where vlan_id and network_ids are left out; of network_ids there may be one, for access; limits are not heeded; ${NOT_ENDED}`,
    example: { when: "makes", request: ({ idOf }) => [{ vds_id: idOf("Vds"), name: "VLAN-30", vlan_id: 30 }] },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(createSchema, call.body, (asked) => {
        const { cluster, vds } = switchOf(site, tower, asked.vds_id);
        const vlan: LabVlan = {
          uuid: site.id(`vlan ${vds} ${asked.name}`),
          vds,
          name: asked.name,
          vlanId: vlanIdOf(asked) ?? 0,
          use: "vm",
          settledAt: siteOf(site, cluster).now + SETTLES,
        };
        checkFree(site, cluster, vlan);
        return change(site, tower, call, cluster, vlan, { does: "create" });
      }),
  }),
  rest({
    id: "updateVmVlan",
    path: "/update-vm-vlan",
    write: true,
    source: "the vendor's schema",
    assumed: `what is left out stays; 400 for the deployment's own networks; ${NOT_ENDED}`,
    example: { when: "changes", request: () => ({ where: { name: "VLAN-30" }, data: { vlan_id: 31 } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const to = given({ name: data.name, vlanId: vlanIdOf(data) });
      const body = changeable(site, tower, where).map(({ cluster, vlan }) => {
        checkFree(site, cluster, { ...vlan, ...to });
        return change(site, tower, call, cluster, vlan, { does: "update", to });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteVmVlan",
    path: "/delete-vm-vlan",
    write: true,
    source: "the vendor's schema",
    assumed: "400 for the deployment's own networks, and for one that a machine has a NIC in",
    example: { when: "ends", request: () => ({ where: { name: "VLAN-30" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = changeable(site, tower, where).map(({ cluster, vlan }) => {
        const vms = standingIn(site, cluster)?.vms ?? [];
        const holder = vms.find(({ nics }) => nics.some((nic) => nic.vlan === vlan.uuid));
        if (holder) throw new Refused(400, `virtual machine ${holder.name} has a NIC in network ${vlan.name}`);
        const { task_id, data } = change(site, tower, call, cluster, vlan, { does: "delete" });
        return { task_id, data: { id: data?.id } };
      });
      return { status: 200, body };
    },
  }),
];

/** The id that a request gives; undefined: none. */
function vlanIdOf({ vlan_id, network_ids, mode_type = "VLAN_ACCESS" }: Partial<z.output<typeof vlanSchema>>) {
  if (mode_type !== "VLAN_ACCESS" || (network_ids?.length ?? 0) > 1)
    throw new Refused(501, "the lab has networks for access alone");
  return vlan_id ?? (network_ids?.[0] === undefined ? undefined : Number(network_ids[0]));
}

function switchOf(site: SiteState, tower: LabTower, id: string): { cluster: LabTowerCluster; vds: string } {
  const row = rowOf(site, tower, "Vds", id);
  const of = row?.["cluster"] as { id: string } | undefined;
  const cluster = tower.clusters.find((each) => each.id === of?.id);
  if (!row || !cluster) throw new Refused(404, `switch ${id} is not found`);
  return { cluster: connected(cluster), vds: row["local_id"] as string };
}

/** The networks of virtual machines that a condition finds, none of them in a task. */
function changeable(site: SiteState, tower: LabTower, where: object): { cluster: LabTowerCluster; vlan: LabVlan }[] {
  return found(site, tower, "Vlan", where).map((row) => {
    const cluster = tower.clusters.find((each) => vlanIdIn(site, each, row["local_id"] as string) === row.id);
    const vlan = [...((cluster && standingIn(site, cluster)?.vlans) ?? []), ...(cluster?.own.newVlans ?? [])].find(
      ({ uuid }) => uuid === row["local_id"],
    );
    if (!cluster || !vlan) throw new Refused(404, `network ${row.id} is not found`);
    if (vlan.use !== "vm") throw new Refused(400, `network ${vlan.name} is the cluster's own`);
    if (asyncStatus(site, cluster.own.busy[vlan.uuid]) !== null)
      throw new Refused(400, `a task on network ${vlan.name} has not ended`);
    return { cluster: connected(cluster), vlan };
  });
}

/** CloudTower's id of a network of the cluster's. */
function vlanIdIn(site: SiteState, { id }: LabTowerCluster, uuid: string): string {
  return site.fixedCuid(`${id} vlan ${uuid}`);
}

function checkFree(site: SiteState, cluster: LabTowerCluster, { uuid, vds, vlanId }: LabVlan): void {
  const all = [...(standingIn(site, cluster)?.vlans ?? []), ...cluster.own.newVlans];
  const other = all.find(
    (each) => each.vds === vds && each.vlanId === vlanId && each.use === "vm" && each.uuid !== uuid,
  );
  if (other) throw new Refused(400, `VLAN id ${vlanId} is that of network ${other.name} on the same switch`);
}

const WORDS = { create: "Create", update: "Update", delete: "Delete" };

function change(site: SiteState, tower: LabTower, call: Call, cluster: LabTowerCluster, vlan: LabVlan, act: VlanAct) {
  const id = vlanIdIn(site, cluster, vlan.uuid);
  const task_id = startTask(
    site,
    tower,
    call,
    {
      description: `${WORDS[act.does]} VM network ${vlan.name}`,
      mutation: `${act.does}Vlan`,
      resource: { type: "Vlan", id },
      args: {},
      change: { kind: "vlan", cluster: cluster.id, uuid: vlan.uuid, act },
    },
    (changed) => {
      const own = changed.clusters.find((one) => one.id === cluster.id)?.own;
      if (!own) return;
      if (act.does === "create") own.newVlans.push(vlan);
      own.busy[vlan.uuid] = { status: BUSY[act.does] };
    },
  );
  return { task_id, data: rowOf(site, tower, "Vlan", id) };
}

import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabVlan } from "../smtxos/cluster-model";
import { SETTLES } from "../smtxos/job-end";
import { connected, given } from "./keep";
import { changeable, changeOwned, ownedIn } from "./owned";
import { each, parsed, Refused, rest } from "./rest";
import { standingIn } from "./standing";
import { rowOf } from "./tables";
import type { LabTower, LabTowerCluster } from "./tower-model";
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
        return changeOwned(site, tower, call, cluster, "vlan", vlan, { does: "create" });
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
      const body = changeableVlans(site, tower, where).map(({ cluster, vlan }) => {
        checkFree(site, cluster, { ...vlan, ...to });
        return changeOwned(site, tower, call, cluster, "vlan", vlan, { does: "update", to });
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
      const body = changeableVlans(site, tower, where).map(({ cluster, vlan }) => {
        const vms = standingIn(site, cluster)?.vms ?? [];
        const holder = vms.find(({ nics }) => nics.some((nic) => nic.vlan === vlan.uuid));
        if (holder) throw new Refused(400, `virtual machine ${holder.name} has a NIC in network ${vlan.name}`);
        return changeOwned(site, tower, call, cluster, "vlan", vlan, { does: "delete" });
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
function changeableVlans(site: SiteState, tower: LabTower, where: object) {
  return changeable(site, tower, "vlan", where).map(({ cluster, object: vlan }) => {
    if (vlan.use !== "vm") throw new Refused(400, `network ${vlan.name} is the cluster's own`);
    return { cluster, vlan };
  });
}

function checkFree(site: SiteState, cluster: LabTowerCluster, { uuid, vds, vlanId }: LabVlan): void {
  const other = ownedIn(site, cluster, "vlan").find(
    (each) => each.vds === vds && each.vlanId === vlanId && each.use === "vm" && each.uuid !== uuid,
  );
  if (other) throw new Refused(400, `VLAN id ${vlanId} is that of network ${other.name} on the same switch`);
}

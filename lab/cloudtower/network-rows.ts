import type { SiteState } from "../site-state";
import type { LabCluster, LabVlan } from "../smtxos/cluster-model";
import { bondOf } from "../smtxos/jobs";
import { shownVlans } from "../smtxos/vlans";
import { nicId } from "./nic-rows";
import { type Entry, entry } from "./row";
import { nicsOn } from "./shown-vms";
import { asyncStatus } from "./standing";
import type { LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

/** The cluster's switches: the same that Fisheye lists, with ids of CloudTower's. */
export function switchesOf(site: SiteState, cluster: LabTowerCluster, standing: LabCluster): Entry[] {
  const id = (kind: string, uuid: string) => site.fixedCuid(`${cluster.id} ${kind} ${uuid}`);
  return [...standing.vdses, ...(cluster.own.newVdses ?? [])]
    .filter((vds) => vds.settledAt !== undefined)
    .map((vds) =>
      entry(
        {
          id: id("vds", vds.uuid),
          local_id: vds.uuid,
          name: vds.name,
          cluster: { id: cluster.id, name: standing.name },
        },
        () => {
          const vlans = shownVlans(siteOf(site, cluster), standing, vds).map(({ uuid, name }) => ({
            id: id("vlan", uuid),
            name,
          }));
          return {
            ...only(bondOf(siteOf(site, cluster), vds)),
            entityAsyncStatus: asyncStatus(site, cluster.own.busy[vds.uuid]),
            everoute_cluster: null,
            internal: false,
            labels: [],
            nics: vds.hosts.flatMap(({ hostUuid, nics }) =>
              nics.map((name) => ({ id: nicId(site, cluster, hostUuid, name), name })),
            ),
            type: "VM",
            vlans,
            vlans_num: vlans.length,
            work_mode: "single",
          };
        },
      ),
    );
}

function only({ bond_mode, ovsbr_name }: ReturnType<typeof bondOf>) {
  return { bond_mode, ovsbr_name };
}

/** Management and storage are the deployment's own. */
const TYPES: Record<LabVlan["use"], string> = { vm: "VM", mgt: "MANAGEMENT", storage: "STORAGE" };

/** The cluster's networks, and those that a task of CloudTower's is making. */
export function networksOf(site: SiteState, cluster: LabTowerCluster, standing: LabCluster): Entry[] {
  const id = (kind: string, uuid: string) => site.fixedCuid(`${cluster.id} ${kind} ${uuid}`);
  return standing.vdses.flatMap((vds) =>
    [
      ...shownVlans(siteOf(site, cluster), standing, vds),
      ...cluster.own.newVlans.filter((vlan) => vlan.vds === vds.uuid),
    ].map((vlan) =>
      entry(
        {
          id: id("vlan", vlan.uuid),
          local_id: vlan.uuid,
          name: vlan.name,
          vds: { id: id("vds", vds.uuid), name: vds.name },
        },
        () => ({
          entityAsyncStatus: asyncStatus(site, cluster.own.busy[vlan.uuid]),
          gateway_ip: null,
          gateway_subnetmask: null,
          labels: [],
          mode_type: "VLAN_ACCESS",
          network_ids: [String(vlan.vlanId)],
          qos_burst: null,
          qos_max_bandwidth: null,
          qos_min_bandwidth: null,
          qos_priority: null,
          subnetmask: null,
          type: TYPES[vlan.use],
          vlan_id: vlan.vlanId,
          vm_nics: nicsOn(site, cluster, vlan.uuid),
        }),
      ),
    ),
  );
}

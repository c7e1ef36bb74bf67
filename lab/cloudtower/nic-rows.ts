import type { SiteState } from "../site-state";
import type { LabVds } from "../smtxos/cluster-model";
import type { LabHost } from "../smtxos/host-model";
import { type Entry, entry } from "./row";
import { hostId, hostsIn, nestedHost, standingIn } from "./standing";
import type { LabTower, LabTowerCluster } from "./tower-model";

export function nicId(site: SiteState, { id }: LabTowerCluster, host: string, port: string): string {
  return site.fixedCuid(`${id} nic ${host} ${port}`);
}

/** The physical ports of every cluster's hosts. */
export function nicEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) => {
    const vdses = standingIn(site, cluster)?.vdses ?? [];
    return hostsIn(site, cluster).flatMap((host) =>
      host.hardware.ports.map((name) => nicEntry(site, cluster, host, name, switchOf(vdses, host, name))),
    );
  });
}

function switchOf(vdses: LabVds[], { uuid }: LabHost, port: string): LabVds | undefined {
  return vdses.find(({ hosts }) => hosts.some(({ hostUuid, nics }) => hostUuid === uuid && nics.includes(port)));
}

function nicEntry(site: SiteState, cluster: LabTowerCluster, host: LabHost, name: string, vds?: LabVds): Entry {
  const keys = {
    id: nicId(site, cluster, host.uuid, name),
    local_id: site.fixedId(`nic ${host.uuid} ${name}`),
    name,
    host: nestedHost(site, cluster, host),
    vds: vds ? { id: site.fixedCuid(`${cluster.id} vds ${vds.uuid}`), name: vds.name } : null,
  };
  const isUp = !host.hardware.unplugged.includes(name);
  return entry(keys, () => ({
    ...nobodysFields,
    mac_address: site.mac(`nic ${hostId(site, cluster, host.uuid)} ${name}`),
    running: isUp,
    speed: isUp ? 10_000_000_000 : null,
    up: isUp,
  }));
}

const nobodysFields = {
  driver: null,
  driver_state: null,
  entityAsyncStatus: null,
  gateway_ip: null,
  ibdev: null,
  iommu_status: null,
  ip_address: null,
  is_sriov: false,
  labels: [],
  max_vf_num: null,
  model: null,
  mtu: 1_500,
  nic_uuid: null,
  physical: true,
  rdma_enabled: false,
  subnet_mask: null,
  total_vf_num: null,
  type: null,
  used_vf_num: null,
  user_usage: null,
  vms: [],
};

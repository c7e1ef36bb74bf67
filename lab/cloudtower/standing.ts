import type { SiteState } from "../site-state";
import type { LabCluster, LabVm } from "../smtxos/cluster-model";
import type { LabHost } from "../smtxos/host-model";
import type { LabBusy, LabTower, LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

/** What stands in a cluster, for the lists that mirror it: one that was never connected shows nothing. */
export function standingIn(site: SiteState, cluster: LabTowerCluster): LabCluster | undefined {
  const { cluster: standing } = siteOf(site, cluster).model;
  return standing?.serial === cluster.serial ? standing : undefined;
}

/** Its hosts; none before the first connection. */
export function hostsIn(site: SiteState, cluster: LabTowerCluster): LabHost[] {
  return standingIn(site, cluster) ? siteOf(site, cluster).model.hosts.filter((host) => host.deployed) : [];
}

/** What an object is shown as being in, still for a while after its task (facts, part B 5A 7). */
export function asyncStatus(site: SiteState, busy: LabBusy | undefined): LabBusy["status"] | null {
  return busy && (busy.until === undefined || !site.isDue(busy.until)) ? busy.status : null;
}

/** The cluster as other objects have it nested. */
export function nestedCluster(site: SiteState, cluster: LabTowerCluster): { id: string; name: string } {
  return { id: cluster.id, name: standingIn(site, cluster)?.name ?? cluster.ip };
}

/** Its hosts as other objects have them nested; none before the first connection. */
export function nestedHosts(site: SiteState, cluster: LabTowerCluster) {
  return hostsIn(site, cluster).map((host) => nestedHost(site, cluster, host));
}

export function nestedHost(site: SiteState, cluster: LabTowerCluster, { uuid, hostname, managementIp }: LabHost) {
  return { id: hostId(site, cluster, uuid), management_ip: managementIp, name: hostname };
}

export function hostId(site: SiteState, { id }: LabTowerCluster, uuid: string): string {
  return site.fixedCuid(`${id} host ${uuid}`);
}

/** The host that a running machine stands on: as in Fisheye, the first one unless CloudTower has chosen another. */
export function hostOf(site: SiteState, cluster: LabTowerCluster, { host }: Pick<LabVm, "host">): LabHost | undefined {
  const hosts = hostsIn(site, cluster);
  return hosts.find(({ uuid }) => uuid === host) ?? hosts[0];
}

/** Of the hosts that a machine may be started on the one with the fewest, those under way counted, the first of several. */
export function freestHost(site: SiteState, tower: LabTower, cluster: LabTowerCluster): string | undefined {
  const running = standingIn(site, cluster)?.vms.filter(({ status }) => status === "running") ?? [];
  const on = new Map<string | undefined, number>();
  const count = (uuid: string | undefined) => on.set(uuid, (on.get(uuid) ?? 0) + 1);
  for (const vm of running) count(hostOf(site, cluster, vm)?.uuid);
  for (const { change, ended } of tower.tasks)
    if (!ended && change.kind === "vm" && change.cluster === cluster.id && "status" in change.act)
      if (change.act.status === "running") count(change.act.host);
  const [freest] = hostsIn(site, cluster).toSorted((a, b) => (on.get(a.uuid) ?? 0) - (on.get(b.uuid) ?? 0));
  return freest?.uuid;
}

import type { SiteState } from "../site-state";
import { type Entry, entry } from "./row";
import { vmsById } from "./shown-vms";
import { asyncStatus, nestedCluster, nestedHosts } from "./standing";
import { iso } from "./time";
import type { LabPlacementGroup, LabTower, LabTowerCluster } from "./tower-model";

/** The placement groups of every cluster. */
export function placementGroupEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    (cluster.kept.placementGroups ?? []).map((group) =>
      entry({ id: group.id, name: group.name }, () => groupFields(site, tower, cluster, group)),
    ),
  );
}

function groupFields(site: SiteState, tower: LabTower, cluster: LabTowerCluster, group: LabPlacementGroup) {
  const { must, prefer } = group;
  const shown = vmsById(site, tower);
  const hosts = (ids: string[]) => nestedHosts(site, cluster).filter(({ id }) => ids.includes(id));
  return {
    local_id: site.fixedId(`local ${group.id}`),
    cluster: nestedCluster(site, cluster),
    description: group.description,
    enabled: group.enabled,
    entityAsyncStatus: asyncStatus(site, group.busy),
    local_created_at: iso(group.createdAt),
    local_updated_at: iso(group.updatedAt),
    vm_vm_policy: group.vmPolicy,
    vm_vm_policy_enabled: group.vmPolicyEnabled,
    vm_host_must_enabled: must.enabled,
    vm_host_must_policy: must.policy,
    vm_host_must_host_uuids: hosts(must.hosts),
    vm_host_prefer_enabled: prefer.enabled,
    vm_host_prefer_policy: prefer.policy,
    vm_host_prefer_host_uuids: hosts(prefer.hosts),
    vms: group.vms.flatMap((id) => {
      const name = shown.get(id)?.vm.name;
      return name === undefined ? [] : [{ id, name }];
    }),
    ...(tower.version === "4.6.0" ? {} : { usage: null }),
  };
}

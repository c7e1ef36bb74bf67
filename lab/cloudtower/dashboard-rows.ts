import type { SiteState } from "../site-state";
import { type Entry, entry } from "./row";
import { nestedVms } from "./shown-vms";
import { asyncStatus, nestedCluster, nestedHosts } from "./standing";
import type { LabGraph, LabTower, LabTowerCluster } from "./tower-model";

/** The pages of graphs of every cluster. */
export function viewEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    cluster.kept.views.map(({ id, name, timeSpan, timeUnit, busy }) =>
      entry({ id, name }, () => ({
        local_id: site.fixedId(`local ${id}`),
        cluster: nestedCluster(site, cluster),
        entityAsyncStatus: asyncStatus(site, busy),
        graphs: cluster.kept.graphs.filter(({ view }) => view === id).map((graph) => ({ id: graph.id })),
        time_span: timeSpan,
        time_unit: timeUnit,
      })),
    ),
  );
}

export function graphEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    cluster.kept.graphs.map((graph) =>
      entry({ id: graph.id, title: graph.title }, () => graphFields(site, cluster, graph)),
    ),
  );
}

function graphFields(site: SiteState, cluster: LabTowerCluster, graph: LabGraph) {
  const { id, view, connected } = graph;
  const { name = "" } = cluster.kept.views.find((each) => each.id === view) ?? {};
  return {
    local_id: site.fixedId(`local ${id}`),
    cluster: nestedCluster(site, cluster),
    disks: [],
    entityAsyncStatus: asyncStatus(site, graph.busy),
    hosts: nestedHosts(site, cluster).filter((host) => connected.includes(host.id)),
    instance_ids: graph.instanceIds,
    luns: [],
    metric_count: graph.metricCount,
    metric_name: graph.metricName,
    metric_type: graph.metricType,
    namespaces: [],
    network: graph.network,
    nics: [],
    resource_type: graph.resourceType,
    service: graph.service,
    targets: {},
    type: graph.type,
    view: { id: view, name },
    vmNics: [],
    vmVolumes: [],
    vms: nestedVms(site, cluster).flatMap(({ nested: vm }) => (connected.includes(vm.id) ? [vm] : [])),
    witnesses: [],
    zones: [],
  };
}

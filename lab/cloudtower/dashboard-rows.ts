import type { SiteState } from "../site-state";
import { nestedVms } from "./shown-vms";
import { asyncStatus, nestedCluster, nestedHosts } from "./standing";
import type { LabGraph, LabTower, LabTowerCluster } from "./tower-model";
import type { Row } from "./where";

/** The pages of graphs of every cluster. */
export function viewRows(site: SiteState, tower: LabTower): Row[] {
  return tower.clusters.flatMap((cluster) =>
    cluster.kept.views.map(({ id, name, timeSpan, timeUnit, busy }) => ({
      id,
      local_id: site.fixedId(`local ${id}`),
      name,
      cluster: nestedCluster(site, cluster),
      entityAsyncStatus: asyncStatus(site, busy),
      graphs: cluster.kept.graphs.filter(({ view }) => view === id).map((graph) => ({ id: graph.id })),
      time_span: timeSpan,
      time_unit: timeUnit,
    })),
  );
}

export function graphRows(site: SiteState, tower: LabTower): Row[] {
  return tower.clusters.flatMap((cluster) => cluster.kept.graphs.map((graph) => graphRow(site, cluster, graph)));
}

function graphRow(site: SiteState, cluster: LabTowerCluster, graph: LabGraph): Row {
  const { id, view, connected } = graph;
  const { name = "" } = cluster.kept.views.find((each) => each.id === view) ?? {};
  return {
    id,
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
    title: graph.title,
    type: graph.type,
    view: { id: view, name },
    vmNics: [],
    vmVolumes: [],
    vms: nestedVms(site, cluster).flatMap(({ nested: vm }) => (connected.includes(vm.id) ? [vm] : [])),
    witnesses: [],
    zones: [],
  };
}

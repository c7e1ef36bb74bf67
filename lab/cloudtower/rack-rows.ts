import type { SiteState } from "../site-state";
import { type Entry, entry } from "./row";
import { hostsIn, nestedCluster, nestedHost } from "./standing";
import type { LabBrick, LabNode, LabTower, LabTowerCluster } from "./tower-model";

/** Ids of what each cluster has from its first connection on. */
function clusterTopoId(site: SiteState, { id }: LabTowerCluster): string {
  return site.fixedCuid(`${id} cluster topo`);
}

export function zoneTopoId(site: SiteState, { id }: LabTowerCluster): string {
  return site.fixedCuid(`${id} zone topo`);
}

/** The id of the place of a host, whose uuid it is. */
export function nodeTopoId(site: SiteState, { id }: LabTowerCluster, uuid: string): string {
  return site.fixedCuid(`${id} node topo ${uuid}`);
}

function localId(site: SiteState, id: string): string {
  return site.fixedId(`local ${id}`);
}

function synced({ clusters }: LabTower): LabTowerCluster[] {
  return clusters.filter((cluster) => cluster.serial !== null);
}

/** The root of each cluster's topology, with what is in no rack and in no chassis. */
export function clusterTopoEntries(site: SiteState, tower: LabTower): Entry[] {
  return synced(tower).map((cluster) => {
    const id = clusterTopoId(site, cluster);
    return entry({ id }, () => ({
      local_id: localId(site, id),
      name: nestedCluster(site, cluster).name,
      cluster: nestedCluster(site, cluster),
      zone_topoes: [{ id: zoneTopoId(site, cluster) }],
      brick_topoes: cluster.kept.bricks.filter(({ rack }) => rack === null).map(named),
      node_topoes: nodesOf(site, cluster)
        .filter(({ node }) => node.brick === null)
        .map(({ id: node, name }) => ({ id: node, name })),
    }));
  });
}

/** One zone a cluster: the lab has no stretched ones. */
export function zoneTopoEntries(site: SiteState, tower: LabTower): Entry[] {
  return synced(tower).map((cluster) => {
    const id = zoneTopoId(site, cluster);
    return entry({ id }, () => ({
      local_id: localId(site, id),
      cluster: nestedCluster(site, cluster),
      cluster_topo: { id: clusterTopoId(site, cluster), name: nestedCluster(site, cluster).name },
      rack_topoes: cluster.kept.racks.map(named),
    }));
  });
}

export function rackTopoEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    cluster.kept.racks.map(({ id, name, height }) =>
      entry({ id, name }, () => ({
        local_id: localId(site, id),
        height,
        cluster: nestedCluster(site, cluster),
        zone_topo: { id: zoneTopoId(site, cluster) },
        brick_topoes: cluster.kept.bricks.filter(({ rack }) => rack === id).map(named),
      })),
    ),
  );
}

export function brickTopoEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    cluster.kept.bricks.map((brick) =>
      entry({ id: brick.id, name: brick.name }, () => brickFields(site, cluster, brick)),
    ),
  );
}

function brickFields(site: SiteState, cluster: LabTowerCluster, brick: LabBrick) {
  const rack = cluster.kept.racks.find(({ id }) => id === brick.rack);
  return {
    local_id: localId(site, brick.id),
    height: brick.height,
    position: brick.position,
    capacity: brick.capacity,
    cluster: nestedCluster(site, cluster),
    cluster_topo: rack ? null : { id: clusterTopoId(site, cluster), name: nestedCluster(site, cluster).name },
    disk_layout: null,
    model: null,
    node_topoes: nodesOf(site, cluster)
      .filter(({ node }) => node.brick === brick.id)
      .map(({ id, name }) => ({ id, name })),
    power_layout: null,
    power_position: null,
    powers: [],
    rack_topo: rack ? named(rack) : null,
    tag_position_in_brick: brick.tags,
  };
}

/** Where each host sits: in no chassis until it is moved into one. */
export function nodeTopoEntries(site: SiteState, tower: LabTower): Entry[] {
  return synced(tower).flatMap((cluster) =>
    nodesOf(site, cluster).map(({ id, name, host, node }) =>
      entry({ id, name }, () => {
        const brick = cluster.kept.bricks.find((each) => each.id === node.brick);
        return {
          local_id: localId(site, id),
          host,
          position: node.place,
          cluster: nestedCluster(site, cluster),
          cluster_topo: brick ? null : { id: clusterTopoId(site, cluster), name: nestedCluster(site, cluster).name },
          brick_topo: brick ? named(brick) : null,
        };
      }),
    ),
  );
}

/** The places of a cluster's hosts. */
export function nodesOf(site: SiteState, cluster: LabTowerCluster) {
  return hostsIn(site, cluster).map((each) => {
    const id = nodeTopoId(site, cluster, each.uuid);
    const host = nestedHost(site, cluster, each);
    return { id, name: host.name, host, node: cluster.kept.nodes.find((node) => node.id === id) ?? unplaced(id) };
  });
}

/** As a host is that was never moved. */
export function unplaced(id: string): LabNode {
  return { id, brick: null, place: { row: null, column: null } };
}

function named({ id, name }: { id: string; name: string }): { id: string; name: string } {
  return { id, name };
}

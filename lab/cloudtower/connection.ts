import type { Model } from "../model";
import type { LabCluster } from "../smtxos/cluster-model";
import type { DisconnectedReason, LabConnection, LabTower, LabTowerCluster } from "./tower-model";
import type { TowerSite } from "./tower-site";

type Models = Readonly<Model>[];

/** The sites whose clusters a lab's CloudTower reaches: its own before its neighbours. */
export function modelsOf({ model, neighbours }: TowerSite): Models {
  return [model, ...neighbours.map((each) => each.model)];
}

/**
 * The cluster that is reached at an address: by its VIP (runbook stage 05 关联集群) or, as every host serves Fisheye, by
 * a host's address.
 */
export function clusterAt(models: Models, ip: string): LabCluster | undefined {
  const serves = ({ cluster, hosts }: Readonly<Model>) =>
    cluster?.managementVip === ip || hosts.some((host) => host.deployed && host.managementIp === ip);
  return models.find(serves)?.cluster;
}

/**
 * Why a cluster does not let CloudTower in; null: it does. The reasons are the schema's, which of them says what is
 * assumed.
 */
export function refusalOf(models: Models, to: LabConnection): DisconnectedReason | null {
  const cluster = clusterAt(models, to.ip);
  if (!cluster) return "LOAD_CLUSTER_NETWORK_ERROR";
  const right = to.username === "root" && cluster.rootPassword !== undefined && to.password === cluster.rootPassword;
  return right ? null : "LOAD_CLUSTER_UNAUTHORIZED";
}

/** Clusters whose connection has been lost or found again since they were looked at. */
export function connectionsChanged(models: Models, { clusters }: LabTower): boolean {
  return clusters.some(
    (each) => isSettled(each) && each.reason !== "LOAD_CLUSTER_FAILED" && refusalOf(models, each) !== each.reason,
  );
}

/** Looks at every cluster anew. */
export function lookAtConnections(models: Models, tower: LabTower, now: number): void {
  for (const cluster of tower.clusters) {
    if (!isSettled(cluster) || cluster.reason === "LOAD_CLUSTER_FAILED") continue;
    const reason = refusalOf(models, cluster);
    if (reason === cluster.reason) continue;
    setReason(models, cluster, reason, now);
  }
}

export function setReason(
  models: Models,
  cluster: LabTowerCluster,
  reason: DisconnectedReason | null,
  now: number,
): void {
  cluster.state = reason ? "DISCONNECTED" : "CONNECTED";
  cluster.reason = reason;
  cluster.disconnectedAt = reason ? now : null;
  if (!reason) cluster.serial = clusterAt(models, cluster.ip)?.serial ?? null;
}

function isSettled({ state }: LabTowerCluster): boolean {
  return state === "CONNECTED" || state === "DISCONNECTED";
}

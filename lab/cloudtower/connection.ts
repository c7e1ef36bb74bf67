import type { Model } from "../model";
import type { DisconnectedReason, LabConnection, LabTower } from "./tower-model";

/**
 * Why a cluster does not let CloudTower in; null: it does. It is reached by its VIP (runbook stage 05 关联集群) or, as
 * every host serves Fisheye, by a host's address. The reasons are the schema's, which of them says what is assumed.
 */
export function refusalOf({ cluster, hosts }: Readonly<Model>, to: LabConnection): DisconnectedReason | null {
  const served = hosts.some((host) => host.deployed && host.managementIp === to.ip) || cluster?.managementVip === to.ip;
  if (!cluster || !served) return "LOAD_CLUSTER_NETWORK_ERROR";
  const right = to.username === "root" && cluster.rootPassword !== undefined && to.password === cluster.rootPassword;
  return right ? null : "LOAD_CLUSTER_UNAUTHORIZED";
}

/** Clusters whose connection has been lost or found again since they were looked at. */
export function connectionsChanged(model: Readonly<Model>): boolean {
  return (model.cloudtower?.clusters ?? []).some(
    (each) => isSettled(each) && each.reason !== "LOAD_CLUSTER_FAILED" && refusalOf(model, each) !== each.reason,
  );
}

/** Looks at every cluster anew. */
export function lookAtConnections(model: Model, tower: LabTower, now: number): void {
  for (const cluster of tower.clusters) {
    if (!isSettled(cluster) || cluster.reason === "LOAD_CLUSTER_FAILED") continue;
    const reason = refusalOf(model, cluster);
    if (reason === cluster.reason) continue;
    setReason(cluster, reason, now);
  }
}

export function setReason(cluster: LabTower["clusters"][number], reason: DisconnectedReason | null, now: number): void {
  cluster.state = reason ? "DISCONNECTED" : "CONNECTED";
  cluster.reason = reason;
  cluster.synced ||= reason === null;
  cluster.disconnectedAt = reason ? now : null;
}

function isSettled({ state }: LabTower["clusters"][number]): boolean {
  return state === "CONNECTED" || state === "DISCONNECTED";
}

import { z } from "zod";
import { NotFound } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import { cloudtower, type TowerCaller } from "./client";

/** A cluster as CloudTower shows it: most of it is null until it has been connected once (facts, part B 5A 11). */
export const clusterRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  ip: z.string(),
  version: z.string().nullish(),
  local_id: z.string().nullish(),
  connect_state: z.string(),
  disconnected_reason: z.string().nullish(),
  entityAsyncStatus: z.string().nullish(),
  management_vip: z.string().nullish(),
  hosts: z.array(z.looseObject({ id: z.string(), management_ip: z.string().nullish() })).nullish(),
  datacenters: z.array(z.looseObject({ id: z.string() })).nullish(),
  settings: z.looseObject({ id: z.string() }).nullish(),
});
export type ClusterSeen = z.output<typeof clusterRow>;

/** All clusters, or those that `where` finds. */
export function listClusters(context: TowerCaller, where?: Record<string, unknown>): Promise<ClusterSeen[]> {
  return cloudtower(context).list({ what: "clusters", path: pathTo`/get-clusters`, where, row: clusterRow });
}

/** Undefined when CloudTower has none of that id. */
export async function findCluster(context: TowerCaller, id: string): Promise<ClusterSeen | undefined> {
  return (await listClusters(context, { id }))[0];
}

/** Throws NotFound when CloudTower has none of that id. */
export async function readCluster(context: TowerCaller, id: string): Promise<ClusterSeen> {
  const cluster = await findCluster(context, id);
  if (cluster) return cluster;
  throw new NotFound(
    `${context.connection.name} has no cluster ${id}`,
    "run pulumi refresh, then up: its connection was removed in CloudTower",
  );
}

/** Every address by which CloudTower may know a cluster: the one it was connected by, its VIP, its hosts'. */
export function addressesOf({ ip, management_vip, hosts }: ClusterSeen): string[] {
  const all = [ip, management_vip, ...(hosts ?? []).map(({ management_ip }) => management_ip)];
  return all.filter((address): address is string => Boolean(address));
}

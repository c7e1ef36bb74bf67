import { z } from "zod";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { createSlots } from "../kernel/slots";
import { cloudtower, oneOrMany, started } from "./client";
import { awaitTask } from "./task";

const named = z.looseObject({ id: z.string(), name: z.string().nullish() });
const rackRow = z.looseObject({ id: z.string(), name: z.string(), height: z.number() });
const zoneRow = z.looseObject({ id: z.string(), cluster_topo: z.looseObject({ id: z.string() }) });
const brickRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  height: z.number(),
  position: z.number(),
  capacity: z.looseObject({ row: z.number().nullish(), column: z.number().nullish() }).nullish(),
});
const nodeRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  host: named.nullish(),
  brick_topo: named.nullish(),
  position: z.looseObject({ row: z.number().nullish(), column: z.number().nullish() }).nullish(),
});
export type RackRow = z.output<typeof rackRow>;
export type BrickRow = z.output<typeof brickRow>;
export type NodeRow = z.output<typeof nodeRow>;
export type ZoneRow = z.output<typeof zoneRow>;

export function listRacks(context: Context, where: Record<string, unknown>): Promise<RackRow[]> {
  return cloudtower(context).list({ what: "racks", path: pathTo`/get-rack-topoes`, where, row: rackRow });
}

export function listZones(context: Context, cluster: string): Promise<ZoneRow[]> {
  const where = { cluster: { id: cluster } };
  return cloudtower(context).list({ what: "zones", path: pathTo`/get-zone-topoes`, where, row: zoneRow });
}

/** The chassis of a rack. */
export function listBricks(context: Context, rack: string): Promise<BrickRow[]> {
  const where = { rack_topo: { id: rack } };
  return cloudtower(context).list({ what: "chassis", path: pathTo`/get-brick-topoes`, where, row: brickRow });
}

/** Where each host of a cluster sits. */
export function listNodes(context: Context, cluster: string): Promise<NodeRow[]> {
  const where = { cluster: { id: cluster } };
  return cloudtower(context).list({ what: "places of hosts", path: pathTo`/get-node-topoes`, where, row: nodeRow });
}

/** The host that a place is of; its own name is the host's. */
export function hostOf({ host, name }: NodeRow): string {
  return host?.name ?? name;
}

/** A host's place within its chassis; what is in none comes first. */
export function columnOf({ position }: NodeRow): number {
  return (position?.row ?? 0) * 1_000 + (position?.column ?? 0);
}

/**
 * Carries out one change of a cluster's topology after another: a host that moves between two racks is looked up and
 * moved by both, and the one that lets go of it would take it out of where the other has put it. What is decided on is
 * to be read inside.
 */
export async function inTurn<T>(context: Context, cluster: string, work: () => Promise<T>): Promise<T> {
  const { connection, workspace, signal } = context;
  const turns = workspace.shared(`topology of ${cluster} on ${connection.name}`, () => createSlots(1));
  const release = await turns.take(signal);
  try {
    return await work();
  } finally {
    release();
  }
}

export interface TopologyWrite {
  operation: string;
  path: Path;
  body: unknown;
  /** A creation is not: it is never sent twice. */
  idempotent: boolean;
}

/** Makes or changes part of a topology, and waits for its tasks, where there are any; the ids. */
export async function writeTopology(context: Context, { operation, ...call }: TopologyWrite): Promise<string[]> {
  const answers = await cloudtower(context).write({ operation, ...call, schema: oneOrMany(started) });
  for (const { task_id } of answers ?? []) await awaitTask(context, operation, task_id);
  return (answers ?? []).map(({ data }) => data.id);
}

import type { z } from "zod";
import { type Batch, createBatch } from "../kernel/batch";
import { PlanConflict } from "../kernel/errors";
import type { Path } from "../kernel/path";
import { createSharedReads, type SharedReads } from "../kernel/shared-reads";
import { cloudtower, forAll, heldReads, type TowerCaller } from "./client";
import type { Where } from "./walk";

/** A list of CloudTower's, and what of its rows is read: one constant a list, whichever kinds read it. */
export interface TowerList<R extends { id: string }> {
  /** As in "Unable to list the …": `labels`. */
  what: string;
  path: Path;
  row: z.ZodType<R>;
}

/** The rows of a list by id, as all resources of its connection share them. `scope`: where those of a stack lie. */
export function towerRows<R extends { id: string }>(
  context: TowerCaller,
  list: TowerList<R>,
  scope?: Where,
): SharedReads<R> {
  const caller = forAll(context);
  const byId = (rows: R[]) => new Map(rows.map((row) => [row.id, row]));
  return heldUntilWritten(context, `${list.path} ${JSON.stringify(scope ?? {})}`, {
    ask: async (ids) => byId(await listed(caller(), list, ids.length === 1 ? { id: ids[0] } : { id_in: ids })),
    walk: async () => byId(await listed(caller(), list, scope)),
  });
}

/** The disks or NICs of machines by the machine's id: ids of their own change with every update (cloudtower-api-faq). */
export function partsOfVms<R extends { id: string; vm: { id: string } }>(
  context: TowerCaller,
  list: TowerList<R>,
  cluster: string,
): SharedReads<R[]> {
  const caller = forAll(context);
  const byVm = (rows: R[]) => grouped(rows, ({ vm }) => vm.id);
  return heldUntilWritten(context, `${list.path} of ${cluster}`, {
    ask: async (ids) => byVm(await listed(caller(), list, { vm: ids.length === 1 ? { id: ids[0] } : { id_in: ids } })),
    walk: async () => byVm(await listed(caller(), list, { vm: { cluster: { id: cluster } } })),
  });
}

/** What has a name within a scope, as it stands: in one request for all whose names are asked for at the same time. */
export function byName<R extends { id: string; name: string }>(
  context: TowerCaller,
  list: TowerList<R>,
  scope: Where,
): Batch<string, R[]> {
  return named(context, list, scope, "names", (names) => ({ name_in: names }));
}

/** The same of what is called by its name or by its id. */
export function byNameOrId<R extends { id: string; name: string }>(
  context: TowerCaller,
  list: TowerList<R>,
  scope: Where,
): Batch<string, R[]> {
  return named(context, list, scope, "names and ids", (names) => ({ OR: [{ name_in: names }, { id_in: names }] }));
}

function named<R extends { id: string; name: string }>(
  context: TowerCaller,
  list: TowerList<R>,
  scope: Where,
  by: "names" | "names and ids",
  condition: (names: string[]) => Where,
): Batch<string, R[]> {
  const { connection, workspace } = context;
  const caller = forAll(context);
  const ask = async (names: string[]) => {
    const rows = await listed(caller(), list, { AND: [scope, condition(names)] });
    const called = (name: string) => rows.filter((row) => row.name === name || (by !== "names" && row.id === name));
    return new Map(names.map((name) => [name, called(name)]));
  };
  const key = `cloudtower ${by} ${connection.name} ${list.path} ${JSON.stringify(scope)}`;
  return workspace.shared(key, () => createBatch<string, R[]>({ ask, clock: workspace.clock }));
}

/** The one that is called so. Throws PlanConflict where there is none, and where there are several, with `otherwise`. */
export function onlyOne<R extends { id: string }>(
  found: R[],
  { noun, plural, called }: { noun: string; plural: string; called: string },
  otherwise: string,
): R {
  const [only] = found;
  if (!only) throw new PlanConflict(`the cluster has no ${noun} ${called}`, "put the plan right, or make it first");
  if (found.length === 1) return only;
  const ids = found.map(({ id }) => id).join(", ");
  throw new PlanConflict(`${found.length} of the cluster's ${plural} are called ${called}: ids ${ids}`, otherwise);
}

function heldUntilWritten<V>(
  context: TowerCaller,
  key: string,
  source: Parameters<typeof createSharedReads<V>>[0],
): SharedReads<V> {
  const all = heldReads(context);
  const known = all.get(key) ?? createSharedReads<V>(source, context.workspace.clock);
  all.set(key, known as SharedReads<never>);
  return known as SharedReads<V>;
}

function listed<R extends { id: string }>(caller: TowerCaller, list: TowerList<R>, where: Where | undefined) {
  return cloudtower(caller).list({ ...list, where });
}

function grouped<R>(rows: R[], keyOf: (row: R) => string): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

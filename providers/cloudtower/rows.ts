import type { z } from "zod";
import { orphanSignal } from "../kernel/orphan";
import type { Path } from "../kernel/path";
import { createSharedReads, type SharedReads } from "../kernel/shared-reads";
import { cloudtower, heldReads, type TowerCaller } from "./client";
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
  const byId = (rows: R[]) => new Map(rows.map((row) => [row.id, row]));
  return heldUntilWritten(context, `${list.path} ${JSON.stringify(scope ?? {})}`, {
    ask: async (ids) => byId(await listed(context, list, ids.length === 1 ? { id: ids[0] } : { id_in: ids })),
    walk: async () => byId(await listed(context, list, scope)),
  });
}

/** The disks or NICs of machines by the machine's id: ids of their own change with every update (cloudtower-api-faq). */
export function partsOfVms<R extends { id: string; vm: { id: string } }>(
  context: TowerCaller,
  list: TowerList<R>,
  cluster: string,
): SharedReads<R[]> {
  const byVm = (rows: R[]) => grouped(rows, ({ vm }) => vm.id);
  return heldUntilWritten(context, `${list.path} of ${cluster}`, {
    ask: async (ids) => byVm(await listed(context, list, { vm: ids.length === 1 ? { id: ids[0] } : { id_in: ids } })),
    walk: async () => byVm(await listed(context, list, { vm: { cluster: { id: cluster } } })),
  });
}

/** What has a name within a scope. Writes of a run do not have it read anew: what a walk lacks is asked for by its name. */
export function byName<R extends { id: string; name: string }>(
  context: TowerCaller,
  list: TowerList<R>,
  scope: Where,
): SharedReads<R[]> {
  const { connection, workspace } = context;
  const named = (rows: R[]) => grouped(rows, ({ name }) => name);
  const source = {
    ask: async (names: string[]) => named(await listed(context, list, { AND: [scope, { name_in: names }] })),
    walk: async () => named(await listed(context, list, scope)),
  };
  const key = `cloudtower names ${connection.name} ${list.path} ${JSON.stringify(scope)}`;
  return workspace.shared(key, () => createSharedReads<R[]>(source, workspace.clock));
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

/** For whoever asks along: none of them may end what the others wait for. */
function listed<R extends { id: string }>(context: TowerCaller, list: TowerList<R>, where: Where | undefined) {
  return cloudtower({ ...context, signal: orphanSignal }).list({ ...list, where });
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

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
  // For whoever asks along: none of them may end what the others wait for.
  const caller = { ...context, signal: orphanSignal };
  const rows = async (where: Where | undefined) => {
    const read = await cloudtower(caller).list({ ...list, where });
    return new Map(read.map((row) => [row.id, row]));
  };
  const source = {
    ask: (ids: string[]) => rows(ids.length === 1 ? { id: ids[0] } : { id_in: ids }),
    walk: () => rows(scope),
  };
  const all = heldReads(context);
  const key = `${list.path} ${JSON.stringify(scope ?? {})}`;
  const known = all.get(key) ?? createSharedReads<R>(source, context.workspace.clock);
  all.set(key, known as SharedReads<never>);
  return known as SharedReads<R>;
}

import type { Call } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { found } from "./found";
import { keep, keptOf } from "./keep";
import { locked, Refused } from "./rest";
import { asyncStatus } from "./standing";
import { rowOf } from "./tables";
import type { KeptObject, KeptStep, LabKept, LabTower, LabTowerCluster } from "./tower-model";

export const busyKept = oneOf(
  "busyKept",
  ["locked", "refused"],
  "A second change of a placement group or a snapshot plan while a task works on it: ResourceLocked, or 400 in words.",
  "ResourceLocked is documented for machines and volumes alone (facts, part B 5A 6 and 7); the schema gives these an entityAsyncStatus too",
);

/** Objects that a cluster keeps in CloudTower, and that tasks make, change and delete, one change at a time. */
export interface KeptKind<List extends keyof LabKept> {
  list: List;
  /** As the vendor's schema names it. */
  kind: string;
  /** What messages call one. */
  noun: string;
  /** What a lock's answer names. */
  lock: string;
}

/** Those that a condition finds, none of them in a task. */
export function idle<List extends keyof LabKept>(
  site: SiteState,
  tower: LabTower,
  { list, kind, noun, lock }: KeptKind<List>,
  where: object,
): { cluster: LabTowerCluster; object: KeptObject<List> }[] {
  return found(site, tower, kind, where).map(({ id }) => {
    const kept = keptOf(tower, list, id);
    if (asyncStatus(site, kept.object.busy) === null) return kept;
    if (site.switches.of(busyKept) === "locked") throw locked(lock, id);
    throw new Refused(400, `a task on ${noun} ${id} has not ended`);
  });
}

/** Takes a step's task on, and answers with it and the object as it stands; `fails`: how the task ends. */
export function byTask(
  site: SiteState,
  tower: LabTower,
  call: Call,
  cluster: LabTowerCluster,
  { kind, noun }: Pick<KeptKind<keyof LabKept>, "kind" | "noun">,
  step: KeptStep,
  { mutation = `${step.act}${kind}`, fails }: { mutation?: string; fails?: Parameters<typeof keep>[7] } = {},
) {
  const words = mutation.replace(kind, ` ${noun}`).replace(/^./, (letter) => letter.toUpperCase());
  const about = { mutation, description: `${words} ${step.id}`, resource: { type: kind, id: step.id }, args: {} };
  const task_id = keep(site, tower, call, cluster, about, [step], "task", fails);
  return { task_id, data: step.act === "delete" ? { id: step.id } : rowOf(site, tower, kind, step.id) };
}

import type { KeptStep, LabKept } from "./tower-model";

type Lists = Partial<Record<keyof LabKept, { id: string; busy?: { status: string; until?: number } }[]>>;

/** Takes steps on that a task carries out later: what is new stands at once, and all of it is shown as busy. */
export function takeKept(kept: LabKept, steps: KeptStep[]): void {
  for (const step of steps) {
    if (step.act === "create") put(kept, step, step.object);
    const status = ({ create: "CREATING", update: "UPDATING", delete: "DELETING" } as const)[step.act];
    const object = find(kept, step);
    if (object) object.busy = { status };
  }
}

/** Ends steps that were taken on. `until`: site time until which they are shown as busy. */
export function endKept(kept: LabKept, steps: KeptStep[], well: boolean, until: number): void {
  if (well) applyKept(kept, steps);
  for (const step of steps) {
    if (!well && step.act === "create") remove(kept, step);
    const object = find(kept, step);
    if (object?.busy) object.busy.until = until;
  }
}

/** Carries steps out. */
export function applyKept(kept: LabKept, steps: KeptStep[]): void {
  for (const step of steps) {
    const object = find(kept, step);
    // A machine is in one plan at most: who is asked for here leaves the others.
    if (step.list === "snapshotPlans" && step.act !== "delete") leaveOthers(kept, step);
    if (step.act === "delete") remove(kept, step);
    else if (step.act === "create") object ?? put(kept, step, step.object);
    else if (object) Object.assign(object, step.to);
    // A host's place is kept from its first move on.
    else if (step.list === "nodes") put(kept, step, { id: step.id, ...step.to });
  }
}

function leaveOthers(
  kept: LabKept,
  step: Extract<KeptStep, { list: "snapshotPlans"; act: "create" | "update" }>,
): void {
  const { vms = [] } = step.act === "create" ? step.object : step.to;
  for (const plan of kept.snapshotPlans ?? [])
    if (plan.id !== step.id) plan.vms = plan.vms.filter((vm) => !vms.includes(vm));
}

function find(kept: LabKept, { list, id }: KeptStep) {
  return (kept as Lists)[list]?.find((each) => each.id === id);
}

function put(kept: LabKept, { list }: KeptStep, object: { id: string }): void {
  const lists = kept as Lists;
  lists[list] ??= [];
  lists[list].push(structuredClone(object));
}

function remove(kept: LabKept, { list, id }: KeptStep): void {
  const lists = kept as Lists;
  lists[list] = lists[list]?.filter((each) => each.id !== id);
}

import type { Call } from "../operation";
import type { SiteState } from "../site-state";
import { changeTower } from "./change-tower";
import { userOf } from "./rest";
import type { LabTask, LabTower } from "./tower-model";

/**
 * Takes a task on, well or as a fault of the call says; its id. `taken` changes the model with it; `fails`: why it
 * fails, whatever the fault says.
 */
export function startTask(
  site: SiteState,
  tower: LabTower,
  call: Call,
  task: Pick<LabTask, "description" | "mutation" | "resource" | "args" | "change">,
  taken: (tower: LabTower) => void,
  fails?: { outcome: "fails"; failure: string; ec: string } | undefined,
): string {
  const id = site.cuid(`task ${task.mutation} ${task.resource.id}`);
  const user = userOf(tower, call)?.id ?? null;
  changeTower(site, (changed) => {
    changed.tasks.push({ id, user, createdAt: site.now, ...(fails ?? outcomeOf(call)), ...task });
    taken(changed);
  });
  return id;
}

function outcomeOf({ task }: Call): Pick<LabTask, "outcome" | "failure"> {
  if (task === undefined) return { outcome: "well" };
  if (task === "stuck") return { outcome: "never-ends" };
  if (task === "paused") return { outcome: "paused" };
  return { outcome: "fails", failure: task === "fails" ? "the lab was told to let it fail" : task.fails };
}

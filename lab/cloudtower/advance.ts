import type { Model } from "../model";
import type { LabSwitches } from "../switches";
import { connectionsChanged, lookAtConnections } from "./connection";
import { endTask, tasksDue } from "./task-end";

/** What has happened in CloudTower by `now`, as a change to the model; undefined: nothing. */
export function towerChange(
  { cloudtower, ...model }: Readonly<Model>,
  now: number,
  instant: boolean,
  switches: LabSwitches,
): ((model: Model) => void) | undefined {
  if (!cloudtower) return undefined;
  const due = tasksDue(cloudtower, now, instant).map(({ id }) => id);
  if (due.length === 0 && !connectionsChanged({ ...model, cloudtower })) return undefined;
  const isDue = (moment: number) => instant || now >= moment;
  return (changed) => {
    const tower = changed.cloudtower;
    if (!tower) return;
    for (const id of due) endTask(changed, tower, id, now, switches, isDue);
    lookAtConnections(changed, tower, now);
  };
}

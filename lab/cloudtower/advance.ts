import type { Model } from "../model";
import { connectionsChanged, lookAtConnections, modelsOf } from "./connection";
import { endTask, tasksDue } from "./task-end";
import type { TowerSite } from "./tower-site";

/** What has happened in a site's CloudTower by now, as a change to its model; undefined: nothing. */
export function towerChange(site: TowerSite): ((model: Model) => void) | undefined {
  const { cloudtower } = site.model;
  if (!cloudtower) return undefined;
  const due = tasksDue(cloudtower, (moment) => site.isDue(moment)).map(({ id }) => id);
  if (due.length === 0 && !connectionsChanged(modelsOf(site), cloudtower)) return undefined;
  return (model) => {
    const tower = model.cloudtower;
    if (!tower) return;
    for (const id of due) endTask(site, model, tower, id);
    lookAtConnections(modelsOf(site), tower, site.now);
  };
}

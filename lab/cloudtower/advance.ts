import type { Model } from "../model";
import type { SiteState } from "../site-state";
import { connectionsChanged, lookAtConnections, modelsOf } from "./connection";
import { endImport, importsDue } from "./library-images";
import { endTask, tasksDue } from "./task-end";
import type { TowerSite } from "./tower-site";

/** Brings CloudTower to this moment, and before it the neighbours' clusters that it reaches. */
export function advanceTower(site: SiteState): void {
  for (const neighbour of site.neighbours) neighbour.advance();
  const { cloudtower } = site.model;
  if (cloudtower)
    for (const fetched of importsDue(cloudtower, (moment) => site.isDue(moment))) endImport(site, cloudtower, fetched);
  const change = towerChange(site);
  if (change) site.change(change);
}

/** What has happened in a site's CloudTower by now, as a change to its model; undefined: nothing. */
function towerChange(site: TowerSite): ((model: Model) => void) | undefined {
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

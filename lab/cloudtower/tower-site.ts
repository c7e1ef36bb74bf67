import type { Model } from "../model";
import type { SwitchStates } from "../switch";
import type { LabTowerCluster } from "./tower-model";

/** A site as its own CloudTower, or that of a neighbour, works on it. */
export interface TowerSite {
  readonly model: Readonly<Model>;
  readonly now: number;
  readonly switches: SwitchStates;
  readonly neighbours: readonly TowerSite[];
  isDue(moment: number): boolean;
  change(change: (model: Model) => void): void;
}

/**
 * The site in which a cluster of CloudTower's stands: that of its own lab, or a neighbour. What is the cluster's own is
 * asked there; ids, tasks and their times are CloudTower's, and so its own lab's.
 */
export function siteOf<Site extends { readonly model: Readonly<Model>; readonly neighbours: readonly Site[] }>(
  site: Site,
  { serial }: LabTowerCluster,
): Site {
  return site.neighbours.find(({ model }) => serial !== null && model.cluster?.serial === serial) ?? site;
}

import { labClock } from "./clock";
import { type ModelFile, openModel } from "./model";
import type { SiteOptions } from "./site-options";
import { SiteState } from "./site-state";
import { SiteTime } from "./site-time";
import { SwitchStates } from "./switch";
import type { LabSwitches } from "./switches";
import type { SiteSystem } from "./system";
import { systems } from "./systems";

interface OpenOptions extends SiteOptions {
  dir: string;
  speed: number | "instant";
  seed?: string;
  switches?: Partial<LabSwitches>;
  neighbours?: readonly SiteState[];
}

/** The site that is kept in a folder, or a new one, as all systems want it. */
export function openSite(options: OpenOptions): { site: SiteState; file: ModelFile } {
  const { plan, dir, speed, seed = plan.cluster.name, neighbours = [] } = options;
  const all: readonly SiteSystem[] = systems;
  const seeds = all.map((system) => (model: ModelFile["model"]) => system.seed?.(model, options));
  const file = openModel(dir, seed, seeds);
  // Equal seeds make clusters of one serial number, which could not be told apart.
  if (new Set([file.model, ...neighbours.map((each) => each.model)].map((each) => each.seed)).size <= neighbours.length)
    throw new Error("two of the lab's site and its neighbours have one seed: give each its own");
  const site = new SiteState({
    file,
    time: new SiteTime(labClock(speed, file.model.time)),
    switches: new SwitchStates(options.switches ?? {}),
    options,
    advances: all.map((system) => (each: SiteState) => system.advance(each)),
    neighbours,
  });
  return { site, file };
}

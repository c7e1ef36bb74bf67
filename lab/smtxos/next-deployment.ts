import type { SiteState } from "../site-state";
import type { Deployment } from "./host-model";

const outcomes = new WeakMap<SiteState, Deployment["outcome"]>();

/** How a deployment ends that the site accepts now, where no fault says it. */
export function nextOutcome(site: SiteState): Deployment["outcome"] {
  return outcomes.get(site) ?? "well";
}

/** Not in the model: a lab that is started again lets deployments end well. */
export function setNextOutcome(site: SiteState, outcome: Deployment["outcome"]): void {
  outcomes.set(site, outcome);
}

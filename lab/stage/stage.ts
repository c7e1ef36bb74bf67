import type { SitePlan } from "../../plan/site-plan";
import type { SiteState } from "../site-state";
import { type Builder, builderOf } from "./builder";
import { addCloudTower } from "./cloudtower";
import { deployCluster } from "./cluster";
import { configureCluster } from "./configured";
import { SITE_STAGES, type SiteStage } from "./site-stage";
import { addTemplate } from "./template";

const STEPS: Record<SiteStage, (builder: Builder) => void | Promise<void>> = {
  scan: () => {},
  cluster: deployCluster,
  configured: configureCluster,
  cloudtower: addCloudTower,
  template: addTemplate,
};

/** A site that cannot be brought to a stage; the message says what to do. */
export class StageRefused extends Error {}

/**
 * Brings a site to a stage by the lab's own operations, and remembers it: a site that stands there already is left as
 * it is, one that stands before goes on, one that somebody else has begun or that stands further is refused.
 */
export async function bringToStage(site: SiteState, plan: SitePlan, stage: SiteStage): Promise<void> {
  if (SITE_STAGES.indexOf(stage) >= SITE_STAGES.indexOf("cloudtower") && !plan.cloudtower)
    throw new StageRefused("the plan has no CloudTower (cloudtower.address), so no lab starts with one");
  const { stage: stands, cluster, deployment } = site.model;
  if (stands === undefined && (cluster || deployment))
    throw new StageRefused(
      "the site that is kept there was deployed by a client: give another --dir for one at a stage",
    );
  const done = SITE_STAGES.indexOf(stands ?? "scan");
  if (done > SITE_STAGES.indexOf(stage))
    throw new StageRefused(`the site that is kept there stands at ${stands} already: give another --dir`);
  const builder = builderOf(site, plan);
  for (const step of SITE_STAGES.slice(done + 1, SITE_STAGES.indexOf(stage) + 1)) {
    await STEPS[step](builder);
    site.change((model) => {
      model.stage = step;
    });
  }
  await site.settled;
}

import type { SitePlan } from "../plan/site-plan";
import type { HardwareOption } from "./hardware";

/** What a site is made from. A system that must be told more adds it here from its own folder (`declare module`). */
export interface SiteOptions {
  /** The site to be: its hosts, fresh from the factory. */
  plan: SitePlan;
  /** Disks by name of a profile for all hosts, or other hardware by management address; counts for new hosts only. */
  hardware?: HardwareOption;
}

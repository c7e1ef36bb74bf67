import type { Operation } from "./operation";
import type { Switch } from "./switch";

/** One of the systems of which a site consists; all that the lab knows of it, declared in its folder's system.ts. */
export interface SiteSystem {
  name: string;
  /** Every call that it answers. */
  operations: readonly Operation[];
  /** What the facts do not settle of it. */
  switches: readonly Switch[];
}

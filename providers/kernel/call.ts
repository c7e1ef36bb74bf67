import type { Adopt } from "./adopt";
import type { Log } from "./engine-log";
import type { Operation } from "./resource";
import type { Workspace } from "./workspace";

/** What one call of an engine brings along beside the inputs. */
export interface Call {
  urn: string;
  workspace: Workspace;
  log: Log;
  adopt: Adopt;
  /** Whether the engine's state has the resource, where a check without old inputs does not say it; see Hidden. */
  known: boolean;
  /** What the user set for this kind, vendor milliseconds. */
  timeouts: Partial<Record<Operation, number>>;
}

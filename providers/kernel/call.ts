import type { Adopt } from "./adopt";
import type { Log } from "./engine-log";
import type { OperationName } from "./resource";
import type { Workspace } from "./workspace";

/** What a call of the engine brings along beside the resource's inputs. */
export interface Call {
  urn: string;
  workspace: Workspace;
  log: Log;
  adopt: Adopt;
  /** Whether the state has the resource, as the program says it; a check without old inputs does not. See `__known`. */
  known: boolean;
  /** The time-outs that the user has set for this kind, vendor milliseconds. */
  timeouts: Partial<Record<OperationName, number>>;
}

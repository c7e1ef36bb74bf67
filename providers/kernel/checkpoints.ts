import { PlanConflict } from "./errors";
import type { Kind } from "./resource";
import { fieldNames } from "./schema";

/** Whether the engine that runs the program writes its state at the end alone (PULUMI_SKIP_CHECKPOINTS, experimental). */
function areSkipped(environment: NodeJS.ProcessEnv): boolean {
  const isSet = (value: string | undefined) => value === "1" || value?.toLowerCase() === "true";
  return isSet(environment.PULUMI_EXPERIMENTAL) && isSet(environment.PULUMI_SKIP_CHECKPOINTS);
}

/**
 * Whether a run that is killed before the engine has written its state can be gone on from without that: what it has
 * made says itself whose it is, or there is nothing on a site that it makes.
 */
function isFoundAgain(kind: Kind): boolean {
  if (kind.sort === "object") return kind.bearsMark ?? false;
  return kind.sort === "look-up" || !fieldNames(kind.inputs).includes("connection");
}

/** Throws PlanConflict for a resource that a killed run without checkpoints would leave behind as nobody's. */
export function refuseWithoutCheckpoints(kind: Kind, name: string, environment = process.env): void {
  if (!areSkipped(environment) || isFoundAgain(kind)) return;
  throw new PlanConflict(
    `${kind.type} ${name} bears no mark by which it would be found again, and the engine is told to write no checkpoints (PULUMI_SKIP_CHECKPOINTS): a run that is killed would leave it behind as nobody's`,
    "run without PULUMI_SKIP_CHECKPOINTS",
  );
}

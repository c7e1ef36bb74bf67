import { z } from "zod";
import { PlanConflict } from "../kernel/errors";

/** Of an object that belongs to no site alone. */
export const sharedSchema = z
  .boolean()
  .default(false)
  .describe("other sites use it too: one that stands is taken, and it is neither renamed nor deleted");

/** Says that an object of several sites is not renamed, or otherwise changed, by one of them. */
export function refuseRename(what: string, stands: string, wanted: string): never {
  throw new PlanConflict(
    `${what} ${stands} is shared with other sites and is not ${stands === wanted ? "changed" : `renamed to ${wanted}`}`,
    `${stands === wanted ? "change" : "rename"} it in CloudTower, in every plan and then up --refresh; or put the plan back to what stands`,
  );
}

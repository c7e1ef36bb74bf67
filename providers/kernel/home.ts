import { readlinkSync } from "node:fs";
import { PlanConflict } from "./errors";
import type { Reach } from "./reach";

/** Where a stack lives, by whose answers have made its state: a lab's, or a real site's. */
export type Home = "lab" | "real";

/** Where a stack would live by this reach.json. */
export function homeBy(reach: Reach): Home {
  return reach.lab ? "lab" : "real";
}

/**
 * Holds a stack to its home: a stack of a lab whose reach.json is gone would speak to the plan's real addresses with
 * real credentials, and a stack of a real site would take a lab for that site. `lived` is the home by the state,
 * undefined where the state has nothing yet. Only the setting moves a stack. Throws PlanConflict before anything is
 * sent.
 */
export function refuseOtherHome(question: {
  stack: string;
  reach: Reach;
  lived: Home | undefined;
  /** The stack setting `home`. */
  setting: Home | undefined;
}): void {
  const { stack, reach, lived, setting: said } = question;
  const now = homeBy(reach);
  const home = said ?? lived ?? now;
  if (reach.lab && reach.namespace !== undefined && reach.namespace !== networkNamespace())
    throw new PlanConflict(
      `the lab of the stack ${stack} has the plan's own addresses in another network namespace (${reach.namespace}, by ${reach.file ?? "reach.json"}): nothing is sent to them from here`,
      "run this where that lab runs; or remove that file once the lab is over",
    );
  if (home === now) return;
  const by = said ? `by its setting home` : `by its state`;
  if (home === "lab")
    throw new PlanConflict(
      `the stack ${stack} lives in a lab (${by}), and ${reach.file ?? "reach.json"} is missing or no lab's: nothing is sent to the plan's own addresses`,
      `start its lab again with the plan's folder (npx sitewright lab start stacks/${stack}), or put back the reach.json that its lab wrote; only to leave the lab for good: pulumi config set home real, then up; where its lab is lost for good: pulumi stack rm --force`,
    );
  throw new PlanConflict(
    `the stack ${stack} is one of a real site (${by}), and ${reach.file ?? "reach.json"} leads to a lab: nothing is sent`,
    "remove that file; only to go on in the lab with this stack: pulumi config set home lab",
  );
}

/** The network namespace of this process, as the system names it; `host` where it has none. */
function networkNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/net");
  } catch {
    return "host";
  }
}

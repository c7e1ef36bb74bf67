import * as pulumi from "@pulumi/pulumi";
import type { MediaFile } from "../plan/media";
import type { SitePlan } from "../plan/site-plan";
import type { Journal } from "../providers/kernel/journal";
import type { Standing } from "./standing";

/** What stands at CloudTower's address. */
export type AtAddress = "nothing" | "cloudtower" | "something else";

/**
 * How a site comes to its CloudTower. `install`: this stack makes its machine and installs it; `standsOn` is what it was
 * installed from, once it was. `existing`: another site's, or made by hand; the cluster is connected to it.
 */
export type TowerPlan = { kind: "install"; image: MediaFile; standsOn: MediaFile | undefined } | { kind: "existing" };

export interface TowerQuestion {
  plan: SitePlan;
  /** The stack setting `cloudtower`. */
  setting: string | undefined;
  image: MediaFile | undefined;
  standing: Standing[];
  journal: Journal;
  /** Looks at CloudTower's address; asked only where nothing else tells. */
  look: (address: string) => Promise<AtAddress>;
}

const SETTINGS = ["install", "existing", "none"];

/**
 * Decides how the site comes to its CloudTower, before anything is registered. Undefined: it gets none. What this stack
 * has begun or taken it goes on with; else a CloudTower that answers at the planned address is taken. Throws RunError
 * where something else answers there.
 */
export async function towerPlan(question: TowerQuestion): Promise<TowerPlan | undefined> {
  const { plan, setting, image, standing, journal, look } = question;
  const address = plan.cloudtower?.address;
  if (setting !== undefined && !SETTINGS.includes(setting))
    throw new pulumi.RunError(
      `the stack setting cloudtower is "${setting}": set it to one of ${SETTINGS.join(", ")}, or take it out (pulumi config rm cloudtower), and the site is looked at`,
    );
  if (!address || setting === "none") return undefined;
  const kept = standing.find(({ kind, name }) => kind === "smtxos:IsoImage" && name === ISO);
  const installed = standing.some(({ kind }) => kind === "smtxos:CloudTowerInstallation");
  const begun = kept !== undefined || installed || journal.begun().some(({ kind }) => kind === "smtxos:IsoImage");
  // It has taken one before: that it does not answer just now makes no room for a second.
  const taken = !begun && setting === undefined && standing.some(({ kind }) => kind.startsWith("cloudtower:"));
  if (setting === "existing" || taken) return { kind: "existing" };
  if (!begun && setting === undefined) {
    const found = await look(address);
    if (found === "cloudtower") {
      pulumi.log.info(`a CloudTower answers at ${address}: the cluster is connected to it, and none is installed`);
      return { kind: "existing" };
    }
    if (found === "something else")
      throw new pulumi.RunError(
        `something answers at ${address}, the planned address of CloudTower (集群管理信息 E3), and it is no CloudTower; nothing was registered — free the address or plan another; to leave CloudTower out: pulumi config set cloudtower none`,
      );
  }
  const standsOn = installed ? imageOf(kept) : undefined;
  const from = image ?? standsOn ?? imageOf(kept);
  if (from) return { kind: "install", image: from, standsOn };
  pulumi.log.warn(
    `CloudTower is planned at ${address} and not installed: its ISO image is needed for that, cloudtower-v<version>….iso in the folder of the stack setting media (pulumi config set media <folder>); to leave it out without this word: pulumi config set cloudtower none`,
  );
  return undefined;
}

/** What the image of CloudTower goes by in the program. */
export const ISO = "cloudtower-iso";

function imageOf(standing: Standing | undefined): MediaFile | undefined {
  const { name, size, file } = standing?.outputs ?? {};
  if (typeof name !== "string" || typeof size !== "number" || typeof file !== "string") return undefined;
  return { name, size, file };
}

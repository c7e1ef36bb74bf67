import * as pulumi from "@pulumi/pulumi";
import { componentNetwork } from "../plan/component-network";
import type { MediaFile } from "../plan/media";
import { TOWER_CONNECTION } from "../plan/rules/vms";
import type { SitePlan } from "../plan/site-plan";
import type { Journal } from "../providers/kernel/journal";
import type { Settings } from "./settings";
import { imageOf, isWhole, type Standing } from "./standing";
import type { TowerLogin } from "./tower-login";

/** What stands at CloudTower's address. */
export type AtAddress = "nothing" | "cloudtower" | "something else";

/** How a site comes to its CloudTower. */
export type TowerPlan =
  | {
      /** This stack makes its machine and installs it. */
      kind: "install";
      /** The file that its machine is made from; undefined where the machine stands and the image has gone. */
      iso: MediaFile | undefined;
      /** Name of the newest image at hand, or of the one that it was installed from. */
      image: string;
      /** Whether the machine stands, and whether CloudTower is installed in it: what it stands on is not rebuilt. */
      stands: "no" | "machine" | "installed";
    }
  /** Another site's, or made by hand; the cluster is connected to it. */
  | { kind: "existing" };

export interface TowerQuestion {
  plan: SitePlan;
  /** The stack setting `cloudtower`. */
  setting: Settings["cloudtower"];
  image: MediaFile | undefined;
  standing: Standing[];
  journal: Journal;
  /** Who logs in to CloudTower. */
  account: { username: string | undefined; login: TowerLogin | undefined };
  /** Whether this stack may be torn down. */
  teardown: boolean;
  /** Whether what stands already is taken over: the stack setting `adopt`. */
  adopting: boolean;
  /** Looks at CloudTower's address; asked only where nothing else tells. */
  look: (address: string) => Promise<AtAddress>;
}

/** What CloudTower's image, machine and installation go by in the program. */
export const [ISO, MACHINE, INSTALLATION] = ["cloudtower-iso", "cloudtower-vm", "cloudtower-installation"] as const;
/** What CloudTower and the SSH of its machine are called; their log-ins are looked up by it. */
export const [TOWER, GUEST] = [TOWER_CONNECTION, "cloudtower-ssh"] as const;
/** In the words of the setting that says so. */
const NONE = "pulumi config set cloudtower none";

/**
 * Decides how the site comes to its CloudTower, before anything is registered. Undefined: it gets none. What this stack
 * has begun or taken it goes on with; else a CloudTower that answers at the planned address is taken. Throws RunError
 * where something else answers there, and where the plan leaves out a CloudTower that this stack has installed.
 */
export async function towerPlan(question: TowerQuestion): Promise<TowerPlan | undefined> {
  const { plan, setting, standing, adopting } = question;
  const address = plan.cloudtower?.address;
  refuseToLeaveOut(question);
  if (!address || setting === "none") return undefined;
  const begun = isBegun(question, address);
  // It has taken one before: that it does not answer just now makes no room for a second.
  const taken = !begun && setting === undefined && standing.some(({ kind }) => kind.startsWith("cloudtower:"));
  if (setting === "existing" || taken) return { kind: "existing" };
  if (!begun) {
    const found = await question.look(address);
    if (found === "something else")
      throw new pulumi.RunError(
        `something answers at ${address}, the planned address of CloudTower (集群管理信息 E3), and it is no CloudTower; nothing was registered — free the address or plan another; to leave CloudTower out: ${NONE}`,
      );
    if (found === "cloudtower" && setting === undefined) {
      pulumi.log.info(`a CloudTower answers at ${address}: the cluster is connected to it, and none is installed`);
      return { kind: "existing" };
    }
    if (found === "cloudtower" && !adopting)
      throw new pulumi.RunError(
        `a CloudTower answers at ${address} already, and the stack setting cloudtower is "install"; nothing was registered — to connect the cluster to it: pulumi config rm cloudtower; if this stack has installed it and the state was lost: pulumi config set adopt all`,
      );
  }
  return install(question, address);
}

/** What has been installed has others' clusters and this site's own on it: a setting or a plan alone does not end it. */
function refuseToLeaveOut({ plan, setting, standing, teardown }: TowerQuestion): void {
  const installed = standing.find((each) => each.name === INSTALLATION && isWhole(each));
  const left =
    setting === "existing" || setting === "none" ? `the stack setting cloudtower is "${setting}"` : undefined;
  const { address } = plan.cloudtower ?? {};
  const planned =
    address === undefined
      ? "the plan has none any more (集群管理信息 row 3)"
      : `https://${address}` !== installed?.outputs["url"]
        ? `the plan has it at ${address} (集群管理信息 E3)`
        : undefined;
  const why = left ?? planned;
  if (!installed || !why || teardown) return;
  throw new pulumi.RunError(
    `this stack has installed the CloudTower at ${installed.outputs["url"]}, and ${why}; it would be lost, so nothing was registered — take that back${left ? " (pulumi config rm cloudtower)" : ""}; to tear the site down: pulumi config set teardown true`,
  );
}

/** Whether this stack has begun to install it, by the state or, where that was lost, by the journal. */
function isBegun({ standing, journal }: TowerQuestion, address: string): boolean {
  if (standing.some(({ name }) => [ISO, MACHINE, INSTALLATION].some((each) => each === name))) return true;
  const installation = { kind: "smtxos:CloudTowerInstallation", connection: GUEST, key: address };
  const stage = journal.last(installation)?.stage;
  return stage === "intended" || stage === "made" || journal.begun().some(({ kind }) => kind === "smtxos:IsoImage");
}

function install({ plan, image, standing, account }: TowerQuestion, address: string): TowerPlan | undefined {
  const named = (name: string) => standing.find((each) => each.name === name);
  const [machine, installation] = [named(MACHINE), named(INSTALLATION)];
  const kept = imageOf(named(ISO));
  const stands = !machine || !isWhole(machine) ? "no" : installation && isWhole(installation) ? "installed" : "machine";
  if (stands === "installed") {
    const was = installation?.outputs["image"];
    return { kind: "install", stands, iso: kept, image: image?.name ?? kept?.name ?? String(was) };
  }
  if (stands === "machine" && kept && image && image.name !== kept.name)
    pulumi.log.warn(
      `CloudTower's machine was made from ${kept.name} and is not yet installed: ${image.name} is used once the machine is made anew — to have that, delete it in Fisheye, then pulumi refresh and up`,
    );
  refuseOtherThanRoot(account);
  if (!componentNetwork(plan, address))
    throw new pulumi.RunError(
      `CloudTower is to be installed at ${address} (集群管理信息 E3), which lies in the subnet of neither row 4 nor row 5 of 虚拟网络; nothing was registered — plan an address of theirs; to leave CloudTower out: ${NONE}`,
    );
  const iso = stands === "machine" ? (kept ?? image) : (image ?? kept);
  if (iso) return { kind: "install", stands, iso, image: iso.name };
  pulumi.log.warn(
    `CloudTower is planned at ${address} and not installed: its ISO image is needed for that, cloudtower-v<version>….iso in the folder of the stack setting media (pulumi config set media <folder>); to leave it out without this word: ${NONE}`,
  );
  return undefined;
}

/** Said before an hour of upload and installation and not after it: the first account is root, of CloudTower's own. */
function refuseOtherThanRoot({ username = "root", login = "LOCAL" }: TowerQuestion["account"]): void {
  if (username === "root" && login === "LOCAL") return;
  throw new pulumi.RunError(
    `CloudTower is to be installed, and its first account is root (LOCAL), not ${username} (${login}); nothing was registered — plan root as its web administrator (集群管理信息 F3) without the stack setting cloudtowerLogin; other accounts are made in CloudTower later`,
  );
}

import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { alertSettings } from "./components/alert-setting";
import { knownCredentials } from "./components/credentials";
import { keepAnswersOutOfDebugLog } from "./components/debug-log";
import { assertFreshBuild } from "./components/fresh-build";
import { Site } from "./components/site";
import { type Standing, standingResources } from "./components/standing";
import { storageSetting } from "./components/storage-setting";
import { toolsImage } from "./components/tools-image";
import { towerLogin } from "./components/tower-login";
import { TOWER, type TowerPlan, towerPlan } from "./components/tower-plan";
import { type Delivery, deliveryOf } from "./plan/delivery";
import { describeFindings } from "./plan/describe-findings";
import { type Media, type MediaFile, mediaIn } from "./plan/media";
import { PlanUnreadable } from "./plan/plan-unreadable";
import { readPlan } from "./plan/read";
import type { SitePlan } from "./plan/site-plan";
import { atAddress } from "./providers/cloudtower/at-address";
import { warnOfLeftBehind } from "./providers/kernel/define";
import { homeOf, stateOfStack } from "./providers/kernel/engine-state";
import { SitewrightError } from "./providers/kernel/errors";
import { type Home, homeBy, refuseOtherHome } from "./providers/kernel/home";
import { openWorkspace, type Workspace } from "./providers/kernel/workspace";

/** The program: the plan in the stack's folder becomes what its kind says. What it prints is what a person needs next. */
async function main() {
  keepAnswersOutOfDebugLog();
  const root = join(__dirname, "..");
  assertFreshBuild(root);
  const config = new pulumi.Config();
  const folder = join(root, "stacks", pulumi.getStack());
  const folderOfMedia = config.get("media");
  const passwordKnown = (connection: string) => knownCredentials(connection).password !== undefined;
  const loaded = await orRefuse(() => readPlan(folder, { passwordKnown }));
  if (!loaded.ok)
    throw new pulumi.RunError(`the plan has errors; nothing was registered\n${describeFindings(loaded.findings)}`);

  switch (loaded.kind) {
    case "site":
      return orRefuse(async () => {
        const workspace = workspaceOf(config);
        await refuseMovedStack(workspace, config);
        const delivery = await deliveryOf(loaded.file, loaded.plan, root, pulumi.getStack());
        const media = folderOfMedia ? mediaIn(folderOfMedia, root) : undefined;
        const standing = await standingResources();
        const tower = await towerOf(loaded.plan, config, workspace, media, standing);
        const home = homeBy(workspace.transport.reach);
        return siteOf(loaded.plan, config, { home, delivery, svtImage: toolsImage(media, standing), tower });
      });
  }
}

/** The one of this process. */
function workspaceOf(config: pulumi.Config): Workspace {
  const workspace = openWorkspace(pulumi.getStack(), (key) => config.get(key));
  if (!pulumi.runtime.isDryRun()) workspace.transport.trust.keep();
  return workspace;
}

/** Before anything is looked at: a lab's stack without its lab would ask the plan's own addresses. */
async function refuseMovedStack({ stack, transport }: Workspace, config: pulumi.Config) {
  const lived = homeOf(await stateOfStack());
  refuseOtherHome({ stack, reach: transport.reach, lived, setting: config.get("home") });
}

function towerOf(
  plan: SitePlan,
  config: pulumi.Config,
  workspace: Workspace,
  media: Media | undefined,
  standing: Standing[],
) {
  return towerPlan({
    plan,
    setting: config.get("cloudtower"),
    image: media?.cloudtower,
    standing,
    journal: workspace.journal,
    account: {
      username: knownCredentials(TOWER, { username: plan.cloudtower?.username }).username,
      login: towerLogin(config.get("cloudtowerLogin")),
    },
    teardown: config.getBoolean("teardown") ?? false,
    adopting: config.get("adopt") !== undefined,
    look: (address) => atAddress(workspace, address),
  });
}

function siteOf(
  plan: SitePlan,
  config: pulumi.Config,
  found: { home: Home; delivery: Delivery | undefined; svtImage: MediaFile | undefined; tower: TowerPlan | undefined },
) {
  const site = new Site(plan.cluster.name, {
    plan,
    teardown: config.getBoolean("teardown") ?? false,
    deployHostIp: config.get<"management" | "linkLocal">("deployHostIp"),
    flashMix: config.get<"data">("flashMix"),
    balanceTcpAs: config.get<"balance-tcp" | "lacp">("balanceTcpAs"),
    cpuModel: config.get("cpuModel"),
    ...found,
    towerLogin: towerLogin(config.get("cloudtowerLogin")),
    storagePolicy: storageSetting(config.get("storagePolicy")),
    alerts: alertSettings(config.getObject("alertRules")),
    redactDelivered: config.getBoolean("redactDelivered"),
  });
  return {
    cluster: plan.cluster.name,
    fisheye: `https://${plan.cluster.vip ?? plan.hosts[0]?.management}`,
    serial: site.license.serial,
    version: site.cluster.version,
    ...(site.cloudtower && {
      cloudtower: {
        url: `https://${plan.cloudtower?.address}`,
        serial: site.cloudtower.license.serial,
        version: site.cloudtower.license.version,
      },
    }),
    hosts: site.cluster.members,
    delivered: site.delivered?.target ?? "none: a copy is made of a planning workbook, and this plan is a site.yaml",
  };
}

/** What a user can mend is told without a stack trace: Pulumi prints one for every error but its own RunError. */
async function orRefuse<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PlanUnreadable || error instanceof SitewrightError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** Where refresh and destroy run the program, what stands must not depend on a plan that can be used. */
async function wayAround(): Promise<string> {
  if (!process.env.PULUMI_RUN_PROGRAM || (await standingResources()).length === 0) return "";
  return "\nTo refresh or destroy what stands without the plan, with the settings of the last up: PULUMI_RUN_PROGRAM=false in the environment";
}

/**
 * A RunError is shown by its message alone. Its stack goes, since Pulumi colours it all the same, for a span: frames in
 * Pulumi's own files are named by source maps that leave out a folder, and Node.js 20 needs 20 s to fail on such a line.
 */
async function withShortErrors() {
  try {
    const outputs = await main();
    await warnOfLeftBehind(workspaceOf(new pulumi.Config()).journal);
    return outputs;
  } catch (error) {
    if (!pulumi.RunError.isInstance(error)) throw error;
    const refusal = new pulumi.RunError(`${error.message}${await wayAround()}`);
    refusal.stack = undefined;
    throw refusal;
  }
}

export = withShortErrors;

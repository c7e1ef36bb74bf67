import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { knownCredentials } from "./components/credentials";
import { keepAnswersOutOfDebugLog } from "./components/debug-log";
import { assertFreshBuild } from "./components/fresh-build";
import { type Settings, settingsOf, warnOfCredentials, writtenSettings } from "./components/settings";
import { Site } from "./components/site";
import { type Standing, standingResources } from "./components/standing";
import { RUNBOOK_STORAGE } from "./components/storage-setting";
import { toolsImage } from "./components/tools-image";
import { TOWER, type TowerPlan, towerPlan } from "./components/tower-plan";
import { VirtualMachines } from "./components/virtual-machines";
import { accountsOf } from "./plan/accounts";
import { type Delivery, deliveryOf } from "./plan/delivery";
import { describeFindings } from "./plan/describe-findings";
import { type Media, type MediaFile, mediaIn } from "./plan/media";
import { PlanUnreadable } from "./plan/plan-unreadable";
import { readAnyPlan } from "./plan/read";
import type { SitePlan } from "./plan/site-plan";
import { machinesOf } from "./plan/vms/machines";
import type { VmsPlan } from "./plan/vms/vms-plan";
import { atAddress } from "./providers/cloudtower/at-address";
import { onlyAdopts } from "./providers/kernel/adopt";
import { warnOfLeftBehind } from "./providers/kernel/define";
import { homeOf, stateOfStack } from "./providers/kernel/engine-state";
import { SitewrightError } from "./providers/kernel/errors";
import { type Home, homeBy, refuseOtherHome } from "./providers/kernel/home";
import { watchEngine } from "./providers/kernel/orphan";
import { openWorkspace, type Workspace } from "./providers/kernel/workspace";

/** The program: the plan in the stack's folder becomes what its kind says. What it prints is what a person needs next. */
async function main() {
  watchEngine();
  keepAnswersOutOfDebugLog();
  const root = join(__dirname, "..");
  assertFreshBuild(root);
  const settings = settingsOf(writtenSettings());
  const folder = join(root, "stacks", pulumi.getStack());
  const passwordKnown = (connection: string) => knownCredentials(connection).password !== undefined;
  const loaded = await orRefuse(() => readAnyPlan(folder, { passwordKnown }));
  if (!loaded.ok)
    throw new pulumi.RunError(`the plan has errors; nothing was registered\n${describeFindings(loaded.findings)}`);

  switch (loaded.kind) {
    case "site":
      return orRefuse(async () => {
        const workspace = workspaceOf();
        await refuseMovedStack(workspace, settings);
        warnOfCredentials(
          settings,
          accountsOf(loaded.plan).map(({ connection }) => connection),
        );
        const delivery = await deliveryOf(loaded.file, loaded.plan, root, pulumi.getStack());
        const media = settings.media ? mediaIn(settings.media, root) : undefined;
        const standing = await standingResources();
        const tower = await towerOf(loaded.plan, settings, workspace, media, standing);
        const home = homeBy(workspace.transport.reach);
        return siteOf(loaded.plan, settings, { home, delivery, svtImage: toolsImage(media, standing), tower });
      });
    case "virtual-machines":
      return orRefuse(async () => {
        const workspace = workspaceOf();
        await refuseMovedStack(workspace, settings);
        warnOfCredentials(settings, [TOWER]);
        return machinesIn(loaded.plan, settings, homeBy(workspace.transport.reach));
      });
  }
}

/** The one of this process. */
function workspaceOf(): Workspace {
  const written = writtenSettings();
  const workspace = openWorkspace(pulumi.getStack(), (name) => written[name]);
  if (!pulumi.runtime.isDryRun()) workspace.transport.trust.keep();
  return workspace;
}

/** Before anything is looked at: a lab's stack without its lab would ask the plan's own addresses. */
async function refuseMovedStack({ stack, transport }: Workspace, { home }: Settings) {
  const lived = homeOf(await stateOfStack());
  refuseOtherHome({ stack, reach: transport.reach, lived, setting: home });
}

function towerOf(
  plan: SitePlan,
  settings: Settings,
  workspace: Workspace,
  media: Media | undefined,
  standing: Standing[],
) {
  return towerPlan({
    plan,
    setting: settings.cloudtower,
    image: media?.cloudtower,
    standing,
    journal: workspace.journal,
    account: {
      username: knownCredentials(TOWER, { username: plan.cloudtower?.username }).username,
      login: settings.cloudtowerLogin,
    },
    teardown: settings.teardown ?? false,
    adopting: settings.adopt !== undefined || onlyAdopts(),
    look: (address) => atAddress(workspace, address),
  });
}

function siteOf(
  plan: SitePlan,
  settings: Settings,
  found: { home: Home; delivery: Delivery | undefined; svtImage: MediaFile | undefined; tower: TowerPlan | undefined },
) {
  const site = new Site(plan.cluster.name, {
    plan,
    ...settings,
    ...found,
    teardown: settings.teardown ?? false,
    towerLogin: settings.cloudtowerLogin,
    storagePolicy: settings.storagePolicy ?? RUNBOOK_STORAGE,
    alerts: settings.alertRules ?? [],
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

function machinesIn(plan: VmsPlan, settings: Settings, home: Home) {
  const { machines } = new VirtualMachines(plan.cluster, {
    cloudtower: plan.cloudtower,
    cluster: plan.cluster,
    machines: machinesOf(plan),
    placementGroups: plan.placementGroups,
    home,
    teardown: settings.teardown ?? false,
    towerLogin: settings.cloudtowerLogin,
  });
  const told = pulumi.all(machines.map(({ name, addresses }) => pulumi.all([name, addresses])));
  return {
    cluster: plan.cluster,
    cloudtower: `https://${plan.cloudtower}`,
    // A run that only takes over knows none of a machine that does not stand.
    addresses: told.apply((all) =>
      Object.fromEntries(all.map(([name, own]) => [name, own?.join(", ") || "none told"])),
    ),
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
    await warnOfLeftBehind(workspaceOf().journal);
    return outputs;
  } catch (error) {
    if (!pulumi.RunError.isInstance(error)) throw error;
    const refusal = new pulumi.RunError(`${error.message}${await wayAround()}`);
    refusal.stack = undefined;
    throw refusal;
  }
}

export = withShortErrors;

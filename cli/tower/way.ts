import { basename, dirname, resolve } from "node:path";
import { describeFindings } from "../../plan/describe-findings";
import { readAnyPlan } from "../../plan/read";
import { TOWER_CONNECTION } from "../../plan/rules/vms";
import { type Credentials, credentialsFor } from "../../providers/kernel/credentials";
import { namePasswordStack } from "../../providers/kernel/password-places";
import { engineFor } from "../engine";
import { UsageError } from "../exit";
import {
  SHOW_SETTINGS,
  type StackSettings,
  stackSettings,
  storedPasswords,
  storedSecrets,
  storedUsername,
} from "../stack-settings";
import type { TowerOptions } from "./tower-options";

/** The way to the CloudTower that a command was told. */
export interface Way {
  address: string;
  cluster: string | undefined;
  /** The folder of reach.json and trust.yaml. */
  folder: string;
  stack: string;
  settings: StackSettings | undefined;
  /** The log-in that the plan itself holds. */
  carried: Credentials;
}

/** `own`: a stack that is not the one of --plan, and counts where none is given. */
export async function wayTo(
  { plan, stack, cloudtower, cluster }: TowerOptions,
  own?: { folder: string; settings: StackSettings | undefined },
): Promise<Way> {
  if ((plan === undefined) === (cloudtower === undefined))
    throw new UsageError("which CloudTower? Either --plan PLAN or --cloudtower HOST says it");
  if (cloudtower !== undefined) {
    if (stack !== undefined) throw new UsageError("--stack goes with --plan");
    const { folder, settings } = own ?? { folder: process.cwd(), settings: undefined };
    return { address: cloudtower, cluster, folder, stack: settings?.stack ?? cloudtower, settings, carried: {} };
  }
  const loaded = await readAnyPlan(plan ?? "");
  if (!loaded.ok) throw new UsageError(`the plan has errors\n${describeFindings(loaded.findings)}`);
  const folder = dirname(resolve(loaded.file));
  const name = stack ?? basename(folder);
  namePasswordStack(name);
  const about = { folder, stack: name, settings: stackSettings(folder, name) };
  if (loaded.kind === "virtual-machines")
    return { ...about, address: loaded.plan.cloudtower, cluster: cluster ?? loaded.plan.cluster, carried: {} };
  const { cloudtower: planned, cluster: ofPlan } = loaded.plan;
  if (!planned) throw new UsageError(`the plan has no CloudTower (${loaded.file})`);
  const carried = { username: planned.username, password: planned.password || undefined };
  return { ...about, address: planned.address, cluster: cluster ?? ofPlan.name, carried };
}

/** As a run of the stack finds it. Its secrets are decrypted only where nothing before them has what they hold. */
export async function logInOf({ settings, carried }: Way): Promise<Credentials> {
  const near = credentialsFor(TOWER_CONNECTION, { environment: process.env });
  const config = settings && (await storedText(settings, near));
  return credentialsFor(TOWER_CONNECTION, {
    environment: process.env,
    config: (name) => (name === "credentials" ? config : undefined),
    carried,
  });
}

async function storedText(settings: StackSettings, near: Credentials): Promise<string> {
  const { connections, sealed } = storedPasswords(settings);
  const { username, hidden } = storedUsername(settings, TOWER_CONNECTION);
  const isPasswordMissing = near.password === undefined && (sealed || connections.has(TOWER_CONNECTION));
  if (isPasswordMissing || (near.username === undefined && hidden))
    return JSON.stringify(storedSecrets(settings, await engineFor(settings).run(SHOW_SETTINGS)));
  return JSON.stringify({ connections: { [TOWER_CONNECTION]: { username } } });
}

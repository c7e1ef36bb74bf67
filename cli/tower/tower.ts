import { isIPv6 } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { cloudtowerLogin, type TowerLogin } from "../../components/tower-login";
import { describeFindings } from "../../plan/describe-findings";
import { readAnyPlan } from "../../plan/read";
import { TOWER_CONNECTION } from "../../plan/rules/vms";
import type { TowerCaller } from "../../providers/cloudtower/client";
import { realClock } from "../../providers/kernel/clock";
import { type Credentials, credentialsFor } from "../../providers/kernel/credentials";
import { formatDuration } from "../../providers/kernel/duration";
import { TaskFailed, TimedOut } from "../../providers/kernel/errors";
import { refuseOtherHome } from "../../providers/kernel/home";
import { createLogIns } from "../../providers/kernel/log-ins";
import { namePasswordStack } from "../../providers/kernel/password-places";
import { readReach, speedFactor } from "../../providers/kernel/reach";
import type { Context } from "../../providers/kernel/resource";
import { readAs } from "../../providers/kernel/setting";
import { readSetting } from "../../providers/kernel/settings";
import { createTrust } from "../../providers/kernel/trust";
import { wait } from "../../providers/kernel/wait";
import { reasonOf } from "../../providers/kernel/wire-errors";
import { engineFor } from "../engine";
import { UsageError } from "../exit";
import {
  plainSetting,
  SHOW_SETTINGS,
  type StackSettings,
  stackSettings,
  storedPasswords,
  storedSecrets,
  storedUsername,
} from "../stack-settings";

/** Which CloudTower a command speaks with, as it was told. */
export interface TowerOptions {
  plan?: string;
  stack?: string;
  cloudtower?: string;
  login?: TowerLogin;
  cluster?: string;
}

/** What a command works with. */
export interface Tower {
  caller: TowerCaller & Pick<Context, "progress">;
  /** Name of the cluster that machines are looked for in; undefined: in any. */
  cluster: string | undefined;
  /** Does the same for several at once. What fails is told, keeps nothing else, and ends the command with 1. */
  forEach<T, R>(all: T[], work: (one: T) => Promise<R>): Promise<R[]>;
}

interface Way {
  address: string;
  cluster: string | undefined;
  /** The folder of reach.json and trust.yaml. */
  folder: string;
  stack: string;
  settings: StackSettings | undefined;
  /** The log-in that the plan itself holds. */
  carried: Credentials;
}

/** Milliseconds of the vendor's that a command waits for a task, as for a resource that has no time of its own. */
const TIMEOUT = 10 * 60_000;

/** Has a command take which CloudTower it is to speak with. */
export function asksTower(command: Command): Command {
  return command
    .option("--plan <plan>", "plan file or its folder: CloudTower is its, and so are stack, reach.json and trust.yaml")
    .option(
      "--stack <name>",
      "with --plan: the stack whose settings and secrets count; the name of its folder unless given",
    )
    .option(
      "--cloudtower <host>",
      "without a plan: CloudTower's address or host name; reach.json and trust.yaml are those of the working folder",
      hostName,
    )
    .addOption(
      new Option(
        "--login <source>",
        "who knows the user; as the stack's setting cloudtowerLogin, or LOCAL, unless given",
      ).choices(["LOCAL", "LDAP", "AUTHN", "API_KEY"]),
    )
    .option("--cluster <name>", "the cluster to look for machines in; the plan's, or any, unless given");
}

/** For the help of these commands. */
export const TOWER_HELP = `
The log-in is that of the connection cloudtower: SITEWRIGHT_CLOUDTOWER_USERNAME (root unless set) and
SITEWRIGHT_CLOUDTOWER_PASSWORD, the file that SITEWRIGHT_SECRETS names, with --plan the stack's secrets (pulumi decrypts
them) and the plan.`;

/** Does a command's work with its CloudTower. `timeout`: vendor milliseconds to wait for tasks. */
export async function withTower<T>(
  options: TowerOptions & { timeout?: number },
  work: (tower: Tower) => Promise<T>,
): Promise<T> {
  const way = await wayTo(options);
  const { address, cluster, folder, stack, settings } = way;
  const setting = (name: string) => settings && plainSetting(settings, name);
  const reach = readReach(process.env.SITEWRIGHT_REACH ?? join(folder, "reach.json"));
  refuseOtherHome({ stack, reach, lived: undefined, setting: readSetting("home", setting) });
  const source = options.login ?? readAs("cloudtowerLogin", cloudtowerLogin, setting("cloudtowerLogin"));
  const trust = createTrust({ folder, reach, mode: readSetting("trust", setting), notice: console.error });
  const clock = realClock(speedFactor(reach));
  const timeoutMs = readSetting("requestTimeout", setting) ?? 10_000;
  const { timeout = TIMEOUT } = options;
  const clients = new Map<string, unknown>();
  const watch = clock.stopwatch();
  const { signal } = new AbortController();
  const caller: Tower["caller"] = {
    connection: { name: TOWER_CONNECTION, addresses: [address], ...(await logInOf(way)), ...(source && { source }) },
    signal,
    progress: console.error,
    workspace: {
      clock,
      logIns: createLogIns(),
      transport: { reach, trust, clock, timeoutMs },
      shared<S>(key: string, make: () => S): S {
        if (!clients.has(key)) clients.set(key, make());
        return clients.get(key) as S;
      },
    },
    wait: (what, look, hints) =>
      wait(watch, {
        what,
        look,
        interval: hints?.interval,
        cap: hints?.cap,
        throughOutage: hints?.throughOutage,
        deadline: Math.min(hints?.atMost ?? timeout, Math.max(0, timeout - watch.elapsed())),
        limit: timeout,
        knob: "--timeout",
        progress: console.error,
        signal,
      }),
  };
  try {
    return await work({
      caller,
      cluster,
      async forEach(all, work) {
        const ended = await Promise.allSettled(all.map(work));
        for (const one of ended) if (one.status === "rejected") failed(adviceOfACommand(one.reason, timeout));
        return ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      },
    });
  } catch (error) {
    throw adviceOfACommand(error, timeout);
  } finally {
    for (const each of clients.values()) (each as { close?: () => void }).close?.();
  }
}

/** Tells what has failed, and goes on: the command ends with 1. */
export function failed(error: unknown): void {
  console.error(`sitewright: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** What to do next is said for a stack's run; a command is run once more itself. */
function adviceOfACommand(error: unknown, timeout: number): unknown {
  if (error instanceof TimedOut)
    return new TimedOut(
      reasonOf(error),
      `if it needs longer, give a longer --timeout (now ${formatDuration(timeout)})`,
    );
  if (error instanceof TaskFailed)
    return new TaskFailed(reasonOf(error), "look at the task in CloudTower, and put right what it names");
  return error;
}

async function wayTo({ plan, stack, cloudtower, cluster }: TowerOptions): Promise<Way> {
  if ((plan === undefined) === (cloudtower === undefined))
    throw new UsageError("which CloudTower? Either --plan PLAN or --cloudtower HOST says it");
  if (cloudtower !== undefined) {
    if (stack !== undefined) throw new UsageError("--stack goes with --plan");
    const folder = process.cwd();
    return { address: cloudtower, cluster, folder, stack: cloudtower, settings: undefined, carried: {} };
  }
  const loaded = await readAnyPlan(plan ?? "");
  if (!loaded.ok) throw new UsageError(`the plan has errors\n${describeFindings(loaded.findings)}`);
  const folder = dirname(resolve(loaded.file));
  const name = stack ?? basename(folder);
  namePasswordStack(name);
  const about = { folder, stack: name, settings: stackSettings(folder, name) };
  if (loaded.kind === "virtual-machines")
    return { ...about, address: loaded.plan.cloudtower, cluster: cluster ?? loaded.plan.cluster, carried: {} };
  const { cloudtower: planned, cluster: own } = loaded.plan;
  if (!planned) throw new UsageError(`the plan has no CloudTower (${loaded.file})`);
  const carried = { username: planned.username, password: planned.password || undefined };
  return { ...about, address: planned.address, cluster: cluster ?? own.name, carried };
}

/** As a run of the stack finds it. Its secrets are decrypted only where nothing before them has a password. */
async function logInOf({ settings, carried }: Way): Promise<Credentials> {
  const near = credentialsFor(TOWER_CONNECTION, { environment: process.env });
  const config = settings && (await storedText(settings, near.password === undefined));
  return credentialsFor(TOWER_CONNECTION, {
    environment: process.env,
    config: (name) => (name === "credentials" ? config : undefined),
    carried,
  });
}

async function storedText(settings: StackSettings, isNeeded: boolean): Promise<string> {
  const { connections, sealed } = storedPasswords(settings);
  if (isNeeded && (sealed || connections.has(TOWER_CONNECTION)))
    return JSON.stringify(storedSecrets(settings, await engineFor(settings).run(SHOW_SETTINGS)));
  const username = storedUsername(settings, TOWER_CONNECTION);
  return JSON.stringify({ connections: { [TOWER_CONNECTION]: { username } } });
}

function hostName(text: string): string {
  if (isIPv6(text) || /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(text)) return text;
  throw new InvalidArgumentError("It is a host name or an address, without https:// and port.");
}

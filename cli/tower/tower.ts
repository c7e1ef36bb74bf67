import { cloudtowerLogin, type TowerLogin } from "../../components/tower-login";
import { TOWER_CONNECTION } from "../../plan/rules/vms";
import type { TowerCaller } from "../../providers/cloudtower/client";
import { DEFAULT_TIMEOUT } from "../../providers/kernel/context";
import { formatDuration } from "../../providers/kernel/duration";
import { TaskFailed, TimedOut } from "../../providers/kernel/errors";
import { refuseOtherHome } from "../../providers/kernel/home";
import { createLogIns } from "../../providers/kernel/log-ins";
import type { Context } from "../../providers/kernel/resource";
import { readAs } from "../../providers/kernel/setting";
import { readSetting } from "../../providers/kernel/settings";
import { madeOnce, reachOf, transportOf } from "../../providers/kernel/transport";
import { waitWithin } from "../../providers/kernel/wait-within";
import { reasonOf } from "../../providers/kernel/wire-errors";
import { plainSetting } from "../stack-settings";
import type { TowerOptions } from "./tower-options";
import { logInOf, wayTo } from "./way";

/** What a command works with. */
export interface Tower {
  caller: TowerCaller & Pick<Context, "progress">;
  /** Who knows the user that it logs in as. */
  login: TowerLogin;
  /** Name of the cluster that machines are looked for in; undefined: in any. */
  cluster: string | undefined;
  /** Does the same for several at once. What fails is told, keeps nothing else, and ends the command with 1. */
  forEach<T, R>(all: T[], work: (one: T) => Promise<R>): Promise<R[]>;
}

/**
 * Does a command's work with its CloudTower. `timeout`: vendor milliseconds to wait for tasks; `own`: the stack that
 * counts where no plan is told.
 */
export async function withTower<T>(
  options: TowerOptions & { timeout?: number; own?: Parameters<typeof wayTo>[1] },
  work: (tower: Tower) => Promise<T>,
): Promise<T> {
  const way = await wayTo(options, options.own);
  const { address, cluster, folder, stack, settings } = way;
  const setting = (name: string) => settings && plainSetting(settings, name);
  const reach = reachOf(folder);
  refuseOtherHome({ stack, reach, lived: undefined, setting: readSetting("home", setting) });
  const source = options.login ?? readAs("cloudtowerLogin", cloudtowerLogin, setting("cloudtowerLogin"));
  const transport = transportOf(folder, setting, { notice: console.error });
  const { timeout = DEFAULT_TIMEOUT } = options;
  const clients = madeOnce();
  const { signal } = new AbortController();
  const progress = console.error;
  const { clock } = transport;
  const caller: Tower["caller"] = {
    connection: { name: TOWER_CONNECTION, addresses: [address], ...(await logInOf(way)), ...(source && { source }) },
    signal,
    progress,
    workspace: { clock, logIns: createLogIns(), transport, shared: clients.shared },
    wait: waitWithin(clock.stopwatch(), { timeout, knob: "--timeout", progress, signal }),
  };
  try {
    return await work({
      caller,
      login: source ?? "LOCAL",
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
    for (const each of clients.made.values()) (each as { close?: () => void }).close?.();
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

import { expect, vi } from "vitest";
import { descendants, type Process, runs } from "../kit/processes";
import type { SiteProject } from "./site-project";

/** A run that is killed at the given point, and whose lock is taken off. */
export async function killedRun(site: SiteProject, args: string[], point: (output: string) => boolean): Promise<void> {
  await killEngine(site, args, point);
  const cancelled = await site.pulumi("cancel", "--yes");
  expect(cancelled.code, cancelled.output).toBe(0);
}

/** Starts a run, kills its engine at the given point, and sees all that it had started go. Its process id. */
export async function killEngine(
  site: SiteProject,
  args: string[],
  point: (output: string) => boolean,
): Promise<number> {
  const run = site.start(...args);
  let started: Process[] = [];
  let over = false;
  void run.ended.then(() => {
    over = true;
  });
  try {
    await vi.waitUntil(() => over || point(run.output()), { interval: 20, timeout: 45_000 });
    expect(over, run.output()).toBe(false);
    started = descendants(run.pid);
    expect(started.some(({ command }) => command.includes("dynamic-provider"))).toBe(true);
  } finally {
    run.kill();
  }
  await run.ended;
  const [hosts, ours] = [started.filter(isLanguageHost), started.filter((each) => !isLanguageHost(each))];
  // Provider and program notice within 200 ms and end 300 ms later; the rest is room for a machine under load.
  await expect.poll(() => ours.filter(runs), { interval: 50, timeout: 5_000 }).toEqual([]);
  // The engine's own language host finds out within five minutes; nothing is written by it.
  for (const host of hosts.filter(runs)) process.kill(host.pid, "SIGKILL");
  return run.pid;
}

function isLanguageHost({ command }: Process): boolean {
  return /pulumi-language-nodejs/.test(command.split(" ").slice(0, 2).join(" "));
}

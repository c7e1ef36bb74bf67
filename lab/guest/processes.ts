import { ConnectionGone } from "../ssh-terminal";
import { type Context, changeGuest, guestOf, Killed } from "./context";
import { BREAKS_AFTER, BREAKS_BEHIND, courseOf, nextMomentOf } from "./course";
import type { LabProcess } from "./guest-model";

/** So many processes are remembered. */
const MANY = 50;

/** Starts a program that takes its time, and waits for its end. Returns its exit code. */
export async function runProcess(
  context: Context,
  program: LabProcess["program"],
  command: string,
  lasts?: number,
): Promise<number> {
  const pid = startProcess(context, { program, command, ...(lasts !== undefined && { lasts }) });
  context.job?.begun();
  context.session.begun(program);
  let shown = 0;
  for (;;) {
    const process = guestOf(context).processes.find((each) => each.pid === pid);
    if (!process) throw new Killed();
    if (process.output === undefined) {
      for (const { text } of courseOf(process).lines.slice(shown, process.written)) context.out.write(`${text}\n`);
      shown = process.written;
    }
    if (process.ended !== undefined) return process.ended;
    await nextTurn(context, nextMomentOf(process) ?? Number.POSITIVE_INFINITY);
  }
}

/**
 * Waits for a moment of the site's time, or for any change before it. A program that is freed from the connection
 * waits until the lab stops, any other until the connection is gone.
 */
async function nextTurn({ session, freed }: Context, moment: number): Promise<void> {
  const { site, stopped, lost } = session;
  const over = freed ? stopped : AbortSignal.any([stopped, lost]);
  await site.until(moment, over).catch(() => {
    throw new ConnectionGone();
  });
}

function startProcess(context: Context, started: Pick<LabProcess, "program" | "command" | "lasts">): number {
  const { session, freed, out, job } = context;
  let pid = 0;
  changeGuest(context, (guest) => {
    pid = job && !job.taken ? job.pid : ++guest.lastPid;
    const startedAt = session.site.now;
    const process: LabProcess = {
      pid,
      ...started,
      startedAt,
      ...(!freed && { session: session.id }),
      ...(out.file !== undefined && { output: out.file }),
      written: 0,
    };
    const running = guest.processes.filter((each) => each.program === "installer" && each.ended === undefined);
    // Those that ended last stay: who waits for one may not have seen it yet.
    guest.processes = [...guest.processes.slice(-MANY), process];
    if (started.program === "preinstall" && session.breaks.preinstall)
      process.breaks = { lines: 0, at: startedAt, ...session.breaks.preinstall };
    if (started.program !== "installer") return;
    guest.installerStarts += 1;
    const broken = session.breaks.installer;
    if (broken) process.breaks = { lines: BREAKS_BEHIND, at: startedAt + BREAKS_AFTER, ...broken };
    // What two do to each other no document says; that they do harm is assumed.
    if (running.length > 0)
      for (const each of [...running, process])
        each.breaks = { lines: each.written, at: startedAt, says: "ERROR another installer is running" };
    else if (!guest.prepared && session.site.switches.unprepared === "fails")
      process.breaks = {
        lines: 0,
        at: startedAt,
        says: "ERROR the environment is not prepared, run preinstall.sh first",
      };
  });
  if (job) job.taken = true;
  return pid;
}

/** What the connection takes along when it ends: SIGHUP. */
export function hangUp(context: Pick<Context, "session">): void {
  const { site, vm, id, stopped } = context.session;
  if (stopped.aborted) return;
  const mine = (each: LabProcess) => each.session === id && each.ended === undefined;
  if (!site.model.cluster?.guests[vm]?.processes.some(mine)) return;
  site.change(({ cluster }) => {
    const guest = cluster?.guests[vm];
    if (guest) guest.processes = guest.processes.filter((each) => !mine(each));
  });
}

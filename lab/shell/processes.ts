import { courseOf, nextMomentOf } from "../guest/course";
import { ConnectionGone } from "../ssh-terminal";
import { type Context, changeSystem, Killed, systemOf } from "./context";
import type { LabProcess, LabSystem } from "./system";

/** So many processes are remembered. */
const MANY = 50;

/** What is started: its program, its command line, and, of sleep, how long it lasts. */
type Started = Pick<LabProcess, "program" | "command" | "lasts">;
/** What else its start does to the machine. */
type Starts = (system: LabSystem, process: LabProcess) => void;

/** Starts a program that takes its time, and waits for its end. Returns its exit code. */
export async function runProcess(context: Context, started: Started, starts: Starts = () => {}): Promise<number> {
  const pid = startProcess(context, started, starts);
  context.job?.begun();
  context.session.begun(started.program);
  let shown = 0;
  for (;;) {
    const process = systemOf(context).processes.find((each) => each.pid === pid);
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

function startProcess(context: Context, started: Started, starts: Starts): number {
  const { session, freed, out, job } = context;
  let pid = 0;
  changeSystem(context, (system) => {
    pid = job && !job.taken ? job.pid : ++system.lastPid;
    const process: LabProcess = {
      pid,
      ...started,
      startedAt: session.site.now,
      ...(!freed && { session: session.id }),
      ...(out.file !== undefined && { output: out.file }),
      written: 0,
    };
    // Those that ended last stay: who waits for one may not have seen it yet.
    system.processes = [...system.processes.slice(-MANY), process];
    starts(system, process);
  });
  if (job) job.taken = true;
  return pid;
}

/** What the connection takes along when it ends: SIGHUP. */
export function hangUp({ session }: Pick<Context, "session">): void {
  const { site, computer, id, stopped } = session;
  if (stopped.aborted) return;
  const mine = (each: LabProcess) => each.session === id && each.ended === undefined;
  if (!computer.systemIn(site.model)?.processes.some(mine)) return;
  site.change((model) => {
    const system = computer.systemIn(model);
    if (system) system.processes = system.processes.filter((each) => !mine(each));
  });
}

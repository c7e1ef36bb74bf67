import { readFileSync } from "node:fs";
import { Orphaned } from "./errors";

/**
 * A provider whose engine was killed goes on working and never exits: it was seen to commit the same
 * objects a second time after the next run had made them. A program whose engine was killed was seen to report that to
 * the engine, and then that it could not, and so on: a core and four gigabytes until its memory was full. So both
 * watch their parent: once the parent is another process, no further write starts, requests in flight are aborted, and
 * the process exits within a second.
 */
const orphaned = new AbortController();

/** Aborted with an Orphaned error once the engine is gone. */
export const orphanSignal: AbortSignal = orphaned.signal;

/** Process id of the engine that started this process: the parent, or the grandparent behind a shell or a language host. */
export function engineProcess(): number {
  return isBetween(process.ppid) ? (parentOf(process.ppid) ?? process.ppid) : process.ppid;
}

let isWatching = false;

/** Starts the watch, unless it runs already; to be called in a process that an engine started. */
export function watchEngine(): void {
  if (isWatching) return;
  isWatching = true;
  const parent = process.ppid;
  const engine = isBetween(parent) ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    const alone = process.ppid !== parent || (engine !== undefined && parentOf(parent) !== engine);
    if (!alone) return;
    clearInterval(timer);
    orphaned.abort(new Orphaned("the engine that started this process is gone; nothing more is written"));
    // Time for the aborts to take effect, well within the second after which the next run takes this process for dead.
    setTimeout(() => process.exit(1), 300);
  }, 200);
  timer.unref();
}

/** Field 4 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets. Undefined without /proc. */
function parentOf(pid: number): number | undefined {
  const fields = statFields(pid);
  return fields ? Number(fields[1]) : undefined;
}

/** Start time of a process, to tell it from a later one with the same id; undefined when it does not run. */
export function startTime(pid: number): string | undefined {
  const fields = statFields(pid);
  if (fields) return fields[0] === "Z" ? undefined : fields[19];
  if (process.platform === "linux") return undefined;
  try {
    process.kill(pid, 0); // where there is no /proc, whether it is alive is all that can be told
    return "running";
  } catch {
    return undefined;
  }
}

/** What follows the name in /proc/<pid>/stat: state, parent, …; index 19 is the start time. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Whether a process stands between an engine and what it has started: a shell, or the host of a program's language. */
function isBetween(pid: number): boolean {
  try {
    // Pulumi's own script for dynamic providers runs under its own name, and so does its host, cut to 15 characters.
    return /^(ba|da|a|z|k)?sh$|^pulumi-(resource|language)/.test(readFileSync(`/proc/${pid}/comm`, "utf8").trim());
  } catch {
    return false;
  }
}

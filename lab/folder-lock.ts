import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Takes the lab's folder for this process: two labs on one folder would overwrite each other's site. What a
 * process that has ended left behind is taken over. Returns what gives the folder back.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, "lab.pid");
  const holder = readHolder(file);
  if (holder && isAlive(holder)) {
    throw new Error(
      `a lab runs on ${folder} already (process ${holder.pid}); stop it first, or give another folder. If no lab runs, remove ${file}`,
    );
  }
  if (holder) rmSync(file, { force: true });
  const mine: Holder = { pid: process.pid, started: startOf(process.pid) };
  try {
    writeFileSync(file, JSON.stringify(mine), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new Error(`another lab is starting on ${folder}; stop it first, or give another folder`);
  }
  return () => rmSync(file, { force: true });
}

interface Holder {
  pid: number;
  /** When the process began, where the system tells: a process id is used again. */
  started?: string;
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Holder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    // A lab was killed while it wrote the file.
    if (error instanceof SyntaxError) return { pid: 0 };
    throw error;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return started === undefined || started === startOf(pid);
}

/** Clock ticks from boot to the process's start (proc(5), stat, field 22); undefined where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A process that has ended and is not yet collected holds nothing.
    return state === "Z" ? "ended" : rest[18];
  } catch {
    return undefined;
  }
}

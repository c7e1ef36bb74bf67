import { readdirSync, readFileSync } from "node:fs";

export interface Process {
  pid: number;
  /** Its arguments as any user of the machine sees them. */
  command: string;
}

/** A process's children, their children and so on, as /proc has them now. */
export function descendants(pid: number): Process[] {
  const parents = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    const parent = parentOf(Number(name));
    if (parent !== undefined) parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
  }
  const below = (of: number): number[] => (parents.get(of) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid).flatMap((each) => {
    const command = read(each, "cmdline")?.replaceAll("\0", " ").trim();
    return command === undefined ? [] : [{ pid: each, command }];
  });
}

/** Whether it runs still; one that is dead and not yet waited for does not. */
export function runs({ pid, command }: Process): boolean {
  return read(pid, "cmdline")?.replaceAll("\0", " ").trim() === command;
}

/** What a process was told by its environment; empty when it is gone. */
export function environmentOf(pid: number): string {
  return read(pid, "environ") ?? "";
}

function parentOf(pid: number): number | undefined {
  const stat = read(pid, "stat");
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function read(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return undefined; // gone meanwhile
  }
}

import { readFileSync } from "node:fs";

/** proc(5): USER_HZ, a hundred on every Linux that Node.js runs on. */
const TICKS = 100;

/**
 * CPU seconds of this process and of its threads since its start, and of the processes that it has started and waited
 * for, where the system tells them (Linux: cutime and cstime of /proc/self/stat).
 */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6 + ofChildren();
}

function ofChildren(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // Behind the name, which may hold spaces and brackets, the 14th and 15th field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[13]) + Number(fields[14])) / TICKS;
  } catch {
    return 0; // not on this system
  }
}

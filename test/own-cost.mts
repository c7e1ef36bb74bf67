import { readFileSync } from "node:fs";
import { afterAll } from "vitest";
import { engineRuns } from "./kit/engine-runs.js";

// Around each file of tests: what it has cost. Registered before the file's own hooks, and so run after them.
const before = cpuSeconds();
const { runs, commands } = engineRuns;
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures a hook wants; this one none.
afterAll(({}, { meta }) => {
  meta.cost = {
    cpuSeconds: cpuSeconds() - before,
    engineRuns: engineRuns.runs - runs,
    engineCommands: engineRuns.commands - commands,
  };
});

/**
 * CPU seconds of this process and of all that it, and what it has started, has waited for (proc(5): utime, stime, cutime,
 * cstime); of this process alone where there is no /proc.
 */
function cpuSeconds(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // USER_HZ is 100 on every platform that Linux has it on.
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  }
}

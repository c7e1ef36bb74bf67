import { afterAll } from "vitest";
import { cpuSeconds } from "./cpu-seconds.mjs";
import { engineRuns } from "./kit/engine-runs.js";

/** What this process had taken when the file before this one ended: files that are not isolated share it. */
const counted = globalThis as typeof globalThis & {
  costCounted?: { cpuSeconds: number; runs: number; commands: number };
};

// After each file of tests: notes what it has cost, for the reporter. Registered before the file's own hooks, and so run
// after them.
// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures a hook wants; this one none.
afterAll(({}, { meta }) => {
  const before = counted.costCounted ?? { cpuSeconds: 0, runs: 0, commands: 0 };
  const now = { cpuSeconds: cpuSeconds(), ...engineRuns };
  meta.cost = {
    cpuSeconds: now.cpuSeconds - before.cpuSeconds,
    engineRuns: now.runs - before.runs,
    engineCommands: now.commands - before.commands,
  };
  counted.costCounted = now;
});

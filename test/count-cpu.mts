// Before each file of tests: notes what the file took, for the reporter. Its hook runs after all others of the file.
import { afterAll } from "vitest";
import { cpuSeconds } from "./cpu-seconds.mjs";

/** What this process had taken when the file before this one ended: files that are not isolated share it. */
const counted = globalThis as typeof globalThis & { cpuCounted?: number };

// biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures a hook wants; this one none.
afterAll(({}, { meta }) => {
  const now = cpuSeconds();
  meta.cpuSeconds = now - (counted.cpuCounted ?? 0);
  counted.cpuCounted = now;
});

import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { DearFirst } from "./test/dear-first.mts";
import { CountReporter } from "./test/reporter.mts";
import { withoutProxyToLoopback } from "./toolchain/loopback.mjs";

// The tests and all that they start speak with servers on this machine.
Object.assign(process.env, withoutProxyToLoopback(process.env));

/**
 * Files that leave nothing behind in their process: it runs many, loads modules once, and hands a provider's thread on from
 * one file to the next.
 */
const TOGETHER = [
  "plan/**/*.test.ts",
  "lab/**/!(ports).test.ts",
  "test/{engine,store,crash}/**/!(random-stories).test.ts",
];
const NEVER = ["**/node_modules/**", "dist/**", ".pulumi/**"];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "alone", include: ["**/*.test.ts"], exclude: [...NEVER, ...TOGETHER] } },
      { extends: true, test: { name: "together", include: TOGETHER, exclude: NEVER, isolate: false } },
    ],
    globalSetup: "test/warm-code.mts",
    setupFiles: ["test/own-ports.mts", "test/own-cost.mts", "test/own-checks.mts"],
    // Tests start servers and engines of their own: a process each. Three at a time keep two cores at work, as some wait.
    pool: "forks",
    execArgv: ["--require", join(import.meta.dirname, "test", "kit", "quick-start.cjs")],
    maxWorkers: 3,
    sequence: { sequencer: DearFirst },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // The first prints a line as each file ends, also into a log; the second prints the count in the last line.
    reporters: ["default", new CountReporter()],
  },
});

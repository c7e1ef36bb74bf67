import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { CountReporter } from "./test/reporter.mts";
import { withoutProxyToLoopback } from "./toolchain/loopback.mjs";

// The tests and all that they start speak with servers on this machine.
Object.assign(process.env, withoutProxyToLoopback(process.env));

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**", ".pulumi/**"],
    globalSetup: "test/warm-code.mts",
    setupFiles: ["test/own-ports.mts", "test/own-cost.mts"],
    // Tests start servers and engines of their own: a process each, and no more than two slow cores can carry.
    pool: "forks",
    execArgv: ["--require", join(import.meta.dirname, "test", "kit", "quick-start.cjs")],
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // The first prints a line as each file ends, also into a log; the second prints the count in the last line.
    reporters: ["default", new CountReporter()],
  },
});

// `npm run ci`: all that must hold before a change is taken. Every step runs even when one before it failed; the last
// line counts the tests and the other checks together.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { elapsed } from "./run.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Colours are for terminals: a log is read as text.
if (!process.stdout.isTTY) process.env.NO_COLOR ??= "1";
const counts = join(root, ".pulumi", "test-counts.json");
const npm = (/** @type {string[]} */ ...args) =>
  spawnSync("npm", args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });

/** @type {[name: string, script: string][]} */
const checks = [
  ["set-up", "setup"],
  ["lint", "lint"],
  ["types", "types"],
  ["dead code", "dead"],
  ["layering", "layers"],
  ["licences", "licences"],
];

/** @type {{name: string, passed: number, failed: number, skipped: number, time: string}[]} */
const results = [];
for (const [name, script] of checks) {
  process.stdout.write(`\n== ${name}\n`);
  const start = Date.now();
  const passed = npm("run", "--silent", script).status === 0;
  results.push({ name, passed: Number(passed), failed: Number(!passed), skipped: 0, time: elapsed(start) });
}

process.stdout.write("\n== tests (npm test)\n");
mkdirSync(dirname(counts), { recursive: true });
rmSync(counts, { force: true });
process.env.SITEWRIGHT_TEST_COUNTS = counts;
const start = Date.now();
const tests = npm("test");
const { passed, failed, skipped } = existsSync(counts)
  ? JSON.parse(readFileSync(counts, "utf8"))
  : { passed: 0, failed: 0, skipped: 0 };
// A run that broke off without a failed test has failed all the same.
const broken = tests.status !== 0 && failed === 0 ? 1 : 0;
results.push({ name: "tests", passed, failed: failed + broken, skipped, time: elapsed(start) });

process.stdout.write("\n");
for (const result of results) {
  const state = result.failed > 0 ? "FAILED" : "ok";
  const skips = result.skipped > 0 ? `, ${result.skipped} skipped` : "";
  process.stdout.write(
    `${result.name.padEnd(10)} ${state.padEnd(7)} ${result.passed} passed, ${result.failed} failed${skips}, ${result.time}\n`,
  );
}
const sum = (/** @type {"passed" | "failed"} */ key) => results.reduce((total, result) => total + result[key], 0);
process.stdout.write(`${sum("passed")} passed, ${sum("failed")} failed\n`);
process.exitCode = sum("failed") > 0 ? 1 : 0;

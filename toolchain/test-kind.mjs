// `npm run test:kind cloudtower:Label`: what a kind has to pass, and no more. The tests that go over all registered kinds
// and all operations of the lab, the files that speak of the kind, and of the crash matrix the kind's own ways.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each names what a kind, an operation or a switch still lacks. */
const OVER_ALL = [
  "providers/handler.test.ts",
  "providers/identity.test.ts",
  "providers/hostile-ids.test.ts",
  "cli/schema-page.test.ts",
  "cli/schema-page-example.test.ts",
  "lab/coverage.test.ts",
  "lab/cloudtower/openapi.test.ts",
  "test/crash/every-kind.test.ts",
  "test/engine/examples.test.ts",
  "test/engine/kept.test.ts",
];
/** Of these files the tests of such names alone. */
const IN_PART = ["test/crash", "test/site/open-questions.test.ts"];

const [type = ""] = process.argv.slice(2);
if (!/^\w+:\w+$/.test(type)) {
  process.stderr.write("npm run test:kind TYPE: the kind's type, such as cloudtower:Label\n");
  process.exit(2);
}

const own = ["test/engine", "test/site", "lab"]
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((path) => join(folder, String(path))))
  .filter((path) => path.endsWith(".test.ts") && !OVER_ALL.includes(path) && !IN_PART.includes(path))
  .filter((path) => readFileSync(join(root, path), "utf8").includes(`"${type}"`));

/** @param {string[]} args */
const vitest = (...args) => spawnSync("npx", ["vitest", "run", ...args], { cwd: root, stdio: "inherit" }).status ?? 1;
const whole = vitest(...OVER_ALL, ...own);
const part = vitest(...IN_PART, "-t", `${type} |every switch of the lab`);
process.exitCode = whole || part;

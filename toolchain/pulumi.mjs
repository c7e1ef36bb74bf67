// `npm run pulumi -- …`: the project's engine with its home, backend and passphrase, in the project's folder.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { plainOutput } from "./debug-output.mjs";
import { engineEnvironment } from "./engine.mjs";
import { SetupError, spanOf } from "./run.mjs";
import { asksForHelp, HELP, holdLockError, takeWait } from "./wait-for-lock.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LONGEST_PAUSE = 10_000;

/** `pulumi stack select` writes its choice here (pkg/workspace of Pulumi). @param {string} home */
function stackIsSelected(home) {
  const project = join(root, "Pulumi.yaml");
  const name = readFileSync(project, "utf8").match(/^name:\s*(\S+)/m)?.[1];
  const hash = createHash("sha1").update(project).digest("hex");
  const file = join(home, "workspaces", `${name}-${hash}-workspace.json`);
  return existsSync(file) && Boolean(JSON.parse(readFileSync(file, "utf8")).stack);
}

async function main() {
  const { args, wait } = takeWait(process.argv.slice(2));
  // State, settings and logs are nobody else's to read.
  process.umask(0o077);
  const env = engineEnvironment(root);
  env.PWD = root; // Pulumi believes it, and names the settings file after it
  // Else refresh and destroy, and the refresh of preview and up, have the settings of the last up: a password that was
  // wrong then, or has been changed since, stays wrong. For one run without the program: PULUMI_RUN_PROGRAM=false.
  env.PULUMI_RUN_PROGRAM ??= "true";
  env.PULUMI_TRACING_NO_PAYLOADS ??= "true";
  // The demo's stack, so that `npm run pulumi -- preview` works after it. PULUMI_STACK beats a selection, therefore only
  // where there is none.
  const elsewhere = process.env.SITEWRIGHT_BACKEND_URL;
  if (!elsewhere && !env.PULUMI_STACK && !stackIsSelected(/** @type {string} */ (env.PULUMI_HOME)))
    env.PULUMI_STACK = "lab";

  warn(args);
  process.exitCode = await run(args, env, wait);
  if (asksForHelp(args)) process.stdout.write(HELP);
}

/** @param {string[]} args */
function warn(args) {
  const plain = plainOutput(args, process.env);
  if (plain.length > 0) {
    process.stderr.write(
      `warning: ${plain.join(", ")} lets the engine write passwords in plain, to the terminal or into files of the ` +
        "system's temporary folder (pulumi*.INFO.*): delete what it has written, and hand it to nobody\n",
    );
  }
  if (/:\/\/[^/?#]*:[^/?#]*@|[?&]password=/.test(process.env.SITEWRIGHT_BACKEND_URL ?? "")) {
    process.stderr.write(
      "warning: SITEWRIGHT_BACKEND_URL has a password in it, and the engine prints that address, as where a stack is " +
        "locked: give it as PGPASSWORD, or in the file that PGPASSFILE names\n",
    );
  }
}

/**
 * Runs the engine, again as long as somebody else holds the stack's lock and there is time.
 * @param {string[]} args @param {NodeJS.ProcessEnv} env @param {number} wait
 * @returns {Promise<number>} its exit code
 */
async function run(args, env, wait) {
  // Before the engine starts: a signal that comes between its start and the handler would end this process alone, and
  // leave the engine without anybody who waits for it.
  let interrupted = 0;
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let child;
  const stopped = new AbortController();
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      stopped.abort(128 + constants.signals[signal]);
      // ^C reaches the engine from the terminal; sent twice it would abandon what runs. npm repeats it as well.
      if (signal === "SIGINT" && (process.stdin.isTTY || Date.now() - interrupted < 1000)) return;
      interrupted = Date.now();
      child?.kill(signal);
    });
  }

  const deadline = Date.now() + wait;
  for (let turn = 0; ; turn++) {
    const held = holdLockError((bytes) => process.stderr.write(bytes));
    // On a terminal its standard output has the prompts and the progress: that stays the terminal.
    child = spawn("pulumi", args, { cwd: root, env, stdio: ["inherit", "inherit", wait > 0 ? "pipe" : "inherit"] });
    child.stderr?.on("data", held.take);
    const code = await endOf(child);
    child = undefined;
    const left = deadline - Date.now();
    const holders = code !== 0 && left > 0 && !stopped.signal.aborted ? held.holders() : undefined;
    if (holders === undefined) {
      held.passOn();
      return code;
    }
    process.stderr.write(`the stack is locked by ${holders}: trying again, for ${spanOf(left)} at most\n`);
    const pause = Math.min(1000 * 2 ** turn, LONGEST_PAUSE, left);
    await sleep(pause, undefined, { signal: stopped.signal }).catch(() => {});
    if (stopped.signal.aborted) return stopped.signal.reason;
  }
}

/** Its exit code, as a shell gives it. @param {import("node:child_process").ChildProcess} child @returns {Promise<number>} */
function endOf(child) {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      process.stderr.write(`pulumi could not be started: ${error.message}\n`);
      resolve(1);
    });
    // Standard error ends with the engine; what a killed one has left behind holds it open.
    child.on("close", (code) => resolve(code ?? 1));
    child.on("exit", (_code, signal) => {
      if (!signal) return;
      /** @type {import("node:net").Socket | null} */ (child.stderr)?.unref();
      resolve(128 + constants.signals[signal]);
    });
  });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

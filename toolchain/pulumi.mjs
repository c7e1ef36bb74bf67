// `npm run pulumi -- …`: the project's engine with its home, backend and passphrase, in the project's folder.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { plainOutput } from "./debug-output.mjs";
import { engineEnvironment } from "./engine.mjs";
import { SetupError } from "./run.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** `pulumi stack select` writes its choice here (pkg/workspace of Pulumi). @param {string} home */
function stackIsSelected(home) {
  const project = join(root, "Pulumi.yaml");
  const name = readFileSync(project, "utf8").match(/^name:\s*(\S+)/m)?.[1];
  const hash = createHash("sha1").update(project).digest("hex");
  const file = join(home, "workspaces", `${name}-${hash}-workspace.json`);
  return existsSync(file) && Boolean(JSON.parse(readFileSync(file, "utf8")).stack);
}

function main() {
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
  if (!env.PULUMI_STACK && !stackIsSelected(/** @type {string} */ (env.PULUMI_HOME))) env.PULUMI_STACK = "lab";

  const plain = plainOutput(process.argv.slice(2), process.env);
  if (plain.length > 0) {
    process.stderr.write(
      `warning: ${plain.join(", ")} lets the engine write passwords in plain, to the terminal or into files of the ` +
        "system's temporary folder (pulumi*.INFO.*): delete what it has written, and hand it to nobody\n",
    );
  }

  // Before the engine starts: a signal that comes between its start and the handler would end this process alone, and
  // leave the engine without anybody who waits for it.
  let interrupted = 0;
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      // ^C reaches the engine from the terminal; sent twice it would abandon what runs. npm repeats it as well.
      if (signal === "SIGINT" && (process.stdin.isTTY || Date.now() - interrupted < 1000)) return;
      interrupted = Date.now();
      child.kill(signal);
    });
  }
  const child = spawn("pulumi", process.argv.slice(2), { cwd: root, env, stdio: "inherit" });
  child.on("error", (error) => {
    process.stderr.write(`pulumi could not be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
  });
}

try {
  main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

// `npm run setup`: everything that the demo, the tests and the commands need. Does only what is missing.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, buildIsCurrent } from "./build.mjs";
import { ensureEngine, presentEngine } from "./engine.mjs";
import { installPackages, packagesAreCurrent } from "./install.mjs";
import { withLock } from "./lock.mjs";
import { SetupError, say, stopChildrenOnSignals } from "./run.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function checkMachine() {
  if (process.platform === "win32") {
    throw new SetupError(
      "native Windows is not supported: use WSL 2 (`wsl --install`), clone inside it and run the same command there",
    );
  }
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node.js ${process.versions.node} is too old: install 20.19 or newer (https://nodejs.org)`);
  }
}

async function isComplete() {
  return packagesAreCurrent(root) && buildIsCurrent(root) && existsSync(join(root, ".pulumi", "engine.json"));
}

async function setUp() {
  checkMachine();
  stopChildrenOnSignals();
  // The common case takes no lock, so that tests and commands side by side do not wait for each other.
  const ready = (await isComplete()) && (await presentEngine(root));
  const engine = ready
    ? await ensureEngine(root)
    : await withLock(join(root, ".pulumi", "setup.lock"), async () => {
        if (!packagesAreCurrent(root)) await installPackages(root);
        if (!buildIsCurrent(root)) await build(root);
        return await ensureEngine(root);
      });
  const origin = { path: "from PATH", download: "downloaded", build: "built here" }[engine.source];
  say(`ready: Node.js ${process.versions.node}, packages, program, Pulumi ${engine.version} (${origin})`);
}

try {
  await setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`set-up: ${error.message}\n`);
  process.exitCode = 1;
}

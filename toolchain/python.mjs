// A Python of the project's own, .pulumi/python, for tests that hold our files against other people's programs.
// Nothing but tests needs it, so set-up leaves it to them. `node toolchain/python.mjs` makes it ahead of time.
import { existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { elapsed, excerpt, run, SetupError, say, stopChildrenOnSignals } from "./run.mjs";

const HOW = "install it (Debian, Ubuntu: apt install python3 python3-venv)";

/** There is no python3 at all. */
export class NoPython extends SetupError {}

/**
 * Makes a virtual environment, if it is not there as its requirements want it; a few milliseconds if it is. Packages
 * come from the index that pip is configured for.
 * @param {string} root
 * @param {string} [requirements] file in the project
 * @param {string} [name] of its folder in .pulumi
 * @returns {Promise<string>} the path of its executable
 * @throws {NoPython} where Python is missing @throws {SetupError} one line where its venv is; pip's own where it fails
 */
export async function ensurePython(root, requirements = join("toolchain", "requirements.txt"), name = "python") {
  const folder = join(root, ".pulumi", name);
  const python = join(folder, "bin", "python");
  const stamp = join(folder, ".requirements");
  const file = join(root, requirements);
  const wanted = readFileSync(file, "utf8");
  const isCurrent = () => existsSync(python) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isCurrent()) return python;
  await withLock(join(root, ".pulumi", `${name}.lock`), async () => {
    if (isCurrent()) return;
    const start = Date.now();
    say("installing Python packages for the tests (pip)");
    // A stamp comes last, so what has none is half made.
    rmSync(folder, { recursive: true, force: true });
    const made = await run("python3", ["-m", "venv", folder]);
    if (made.code === -1) throw new NoPython(`the tests need python3, and there is none on PATH: ${HOW}`);
    if (made.code !== 0) {
      const lacks = /ensurepip|No module named venv/.test(made.stdout + made.stderr);
      throw new SetupError(
        lacks ? `the tests need Python's venv, and it is missing: ${HOW}` : `python3 -m venv failed:\n${excerpt(made)}`,
      );
    }
    const pip = [
      "-m",
      "pip",
      "install",
      "--disable-pip-version-check",
      "--no-input",
      "--quiet",
      "--require-hashes",
      "--requirement",
      file,
    ];
    const installed = await run(python, pip, { progress: () => `pip is at work, ${elapsed(start)}` });
    if (installed.code !== 0)
      throw new SetupError(`pip install failed; put right what it says:\n${excerpt(installed)}`);
    writeFileSync(stamp, wanted);
    say(`Python packages installed, ${elapsed(start)}`);
  });
  return python;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  stopChildrenOnSignals();
  try {
    await ensurePython(dirname(dirname(fileURLToPath(import.meta.url))));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`set-up: ${error.message}\n`);
    process.exitCode = 1;
  }
}

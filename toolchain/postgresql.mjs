// PostgreSQL, for the test that has a stack's state in it: the server that is installed, else Debian's package. Nothing but
// that test needs it, so set-up leaves it to it. `node toolchain/postgresql.mjs` installs it ahead of time.
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./lock.mjs";
import { elapsed, excerpt, run, SetupError, say, stopChildrenOnSignals } from "./run.mjs";

const PROGRAMS = ["initdb", "postgres"];
const HOW = "install it (Debian, Ubuntu: apt install postgresql; as root the tests do so themselves)";

/**
 * Installs it where it is missing, this is root and there is apt-get. Its package makes a cluster of its own, as it always
 * does; the tests have theirs in a temporary folder.
 * @param {string} root the project's folder
 * @param {string} [debian] where Debian has it, a folder a version, none of them on PATH
 * @returns {Promise<string>} the folder of its programs
 * @throws {SetupError} one line where it is missing and cannot be installed; apt-get's own where that fails
 */
export async function ensurePostgresql(root, debian = "/usr/lib/postgresql") {
  const standing = programsIn(debian);
  if (standing) return standing;
  const missing = "the tests need PostgreSQL's server, and there is none on PATH";
  const apt = (process.env.PATH ?? "").split(delimiter).find((folder) => existsSync(join(folder, "apt-get")));
  if (process.getuid?.() !== 0 || !apt) throw new SetupError(`${missing}: ${HOW}`);
  return await withLock(join(root, ".pulumi", "postgresql.lock"), async () => {
    const start = Date.now();
    say("installing PostgreSQL for the tests (apt-get)");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const progress = () => `apt-get is at work, ${elapsed(start)}`;
    // A machine that is new has no lists, or old ones.
    await run("apt-get", ["update", "-q"], { env, progress });
    const wanted = ["install", "-q", "-y", "--no-install-recommends", "postgresql"];
    const installed = await run("apt-get", wanted, { env, progress });
    const made = programsIn(debian);
    if (installed.code !== 0 || !made) throw new SetupError(`${missing}; ${HOW}. apt-get said:\n${excerpt(installed)}`);
    say(`PostgreSQL installed, ${elapsed(start)}`);
    return made;
  });
}

/** @param {string} debian @returns {string | undefined} */
function programsIn(debian) {
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const path = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return [...path, ...versions.map((version) => join(debian, version, "bin"))].find((folder) =>
    PROGRAMS.every((program) => existsSync(join(folder, program))),
  );
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  stopChildrenOnSignals();
  try {
    say(`PostgreSQL's programs lie in ${await ensurePostgresql(dirname(dirname(fileURLToPath(import.meta.url))))}`);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`set-up: ${error.message}\n`);
    process.exitCode = 1;
  }
}

// npm packages: are they those of package-lock.json, and if not, get them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { elapsed, excerpt, run, SetupError, say } from "./run.mjs";

/**
 * npm writes node_modules/.package-lock.json as the last act of an installation. So a killed one, a newer lock file and
 * a hand-made `npm install` are all told apart without a mark of our own.
 * @param {string} root @returns {boolean}
 */
export function packagesAreCurrent(root) {
  const wanted = packagesIn(join(root, "package-lock.json"));
  const present = packagesIn(join(root, "node_modules", ".package-lock.json"));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    const { version, optional, devOptional, link } = entry;
    if (!path.startsWith("node_modules/")) return true; // the project itself and its workspace
    if (link) return existsSync(join(root, path));
    const found = present[path];
    return found ? found.version === version : optional || devOptional; // such as binaries of other platforms
  });
}

/** @param {string} root @returns {Promise<void>} @throws {SetupError} with npm's own last lines */
export async function installPackages(root) {
  if (!existsSync(join(root, "package-lock.json")))
    throw new SetupError("package-lock.json is missing: is this a whole clone?");
  say("installing npm packages (npm ci)");
  const start = Date.now();
  // Under `npm run` npm tells where it is itself; NODE_ENV=production must not leave out the compiler.
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const result = await run(command, [...args, "ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    env: process.env,
    progress: () => `npm ci is at work, ${elapsed(start)}`,
  });
  if (result.code !== 0)
    throw new SetupError(`npm ci failed; put right what it says and run \`npm run setup\` again:\n${excerpt(result)}`);
  say(`npm packages installed, ${elapsed(start)}`);
}

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, optional?: boolean, devOptional?: boolean, link?: boolean}> | undefined}
 */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

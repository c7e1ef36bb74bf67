// Builds a command from the pinned Go modules in a folder of toolchain/ (go.mod, go.sum, tools.go).
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { elapsed, excerpt, run, SetupError, say } from "./run.mjs";

/**
 * @param {string} folder with go.mod, whose `go` line is the least version that will do
 * @returns {Promise<string>} the go command to use
 * @throws {SetupError} no Go, or one that is too old
 */
export async function findGo(folder) {
  const least = readFileSync(join(folder, "go.mod"), "utf8").match(/^go (\d+)\.(\d+)/m);
  const [major, minor] = [Number(least?.[1]), Number(least?.[2])];
  const path = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const found = path.map((directory) => join(directory, "go")).filter((file) => existsSync(file));
  let tooOld = "";
  for (const go of found) {
    const { stdout } = await run(go, ["env", "GOVERSION"], { env: { ...process.env, GOTOOLCHAIN: "local" } });
    const version = stdout.match(/go(\d+)\.(\d+)\S*/);
    if (!version) continue;
    if (Number(version[1]) > major || (Number(version[1]) === major && Number(version[2]) >= minor)) return go;
    tooOld = ` (${go} is ${version[0]})`;
  }
  throw new SetupError(`Go ${major}.${minor} or newer is missing${tooOld}`);
}

/**
 * Lists what is to be compiled (which fetches the modules), then compiles.
 * @param {object} task
 * @param {string} task.go the go command
 * @param {string} task.folder where go.mod lies
 * @param {string} task.package import path of the command
 * @param {string} task.version linked into Pulumi's version variable
 * @param {string} task.output file to write
 * @param {string} task.caches folder for Go's caches where the home has no room for them
 * @returns {Promise<void>}
 * @throws {SetupError} with the compiler's own last lines
 */
export async function goBuild(task) {
  const name = task.package.split("/").pop();
  const env = goEnvironment(task.caches);
  const options = { cwd: task.folder, env };
  const start = Date.now();

  let modules = 0;
  say(`${name} ${task.version}: fetching its Go modules`);
  const list = await run(task.go, ["list", "-mod=readonly", "-deps", "-f", "{{.ImportPath}}", task.package], {
    ...options,
    onLine: (line) => {
      if (line.startsWith("go: downloading ")) modules++;
    },
    progress: () => `${name}: ${modules} modules fetched, ${elapsed(start)}`,
  });
  if (list.code !== 0) throw new SetupError(`Go could not fetch the modules of ${name}:\n${excerpt(list)}`);
  const packages = list.stdout.trim().split("\n").length;

  let compiled = 0;
  say(`${name}: ${modules} modules fetched, ${elapsed(start)}; compiling at most ${packages} packages`);
  const version = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${task.version}`;
  const flags = ["-mod=readonly", "-trimpath", "-v", "-ldflags", `-s -w ${version}`];
  const build = await run(task.go, ["build", ...flags, "-o", task.output, task.package], {
    ...options,
    onLine: (line) => {
      if (/^[\w./~-]+$/.test(line)) compiled++;
    },
    progress: () => `${name}: ${compiled} of at most ${packages} packages compiled, ${elapsed(start)}`,
  });
  if (build.code !== 0) throw new SetupError(`Go could not build ${name}:\n${excerpt(build)}`);
  say(`${name}: built, ${elapsed(start)}`);
}

/** Caches that a set-up had to keep in the project are of no use after it. @param {string} caches */
export function dropGoCaches(caches) {
  rmSync(caches, { recursive: true, force: true });
}

/** @param {string} caches @returns {NodeJS.ProcessEnv} */
function goEnvironment(caches) {
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    GOTOOLCHAIN: "local", // never fetches another compiler
    GOWORK: "off", // a go.work in a folder above must not join in
    GOFLAGS: "-buildvcs=false",
  };
  if (!homeIsWritable()) {
    mkdirSync(caches, { recursive: true });
    env.HOME = caches;
    env.GOPATH ??= join(caches, "path");
    env.GOCACHE ??= join(caches, "build");
    env.GOFLAGS += " -modcacherw"; // or the folder could not be removed afterwards
  }
  return env;
}

function homeIsWritable() {
  if (!process.env.HOME) return false;
  try {
    accessSync(homedir(), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

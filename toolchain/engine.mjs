// The project's Pulumi engine: where it comes from and the environment that it runs in. Engine, state and settings
// live under .pulumi/ of the project; the user's own Pulumi login, state and home are never touched.
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { downloadRelease } from "./download.mjs";
import { dropGoCaches, findGo, goBuild } from "./gobuild.mjs";
import { withoutProxyToLoopback } from "./loopback.mjs";
import { run, SetupError, say } from "./run.mjs";

const toolchain = dirname(fileURLToPath(import.meta.url));
/**
 * The release that is downloaded, with the checksums that others than its vendor's download site tell of it. The one that
 * `toolchain/pulumi-cli` builds is the same, and the oldest that may be on PATH: the project is tested with it.
 * @type {{version: string, sha256: Record<string, string>}}
 */
const { version: RELEASE, sha256: SUMS } = JSON.parse(readFileSync(join(toolchain, "release.json"), "utf8"));
/** @public On purpose: the lab has no secret worth keeping. A real site is run with the user's own passphrase. */
export const PUBLIC_PASSPHRASE = "sitewright-lab";
const EXECUTABLES = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
/**
 * The language host that can be built takes its options from flags only: it does not see `typescript: false` of
 * Pulumi.yaml, which is there for the release.
 */
const HOST_SCRIPT = `#!/bin/sh
exec "\${0%/*}/../libexec/pulumi-language-nodejs" -typescript=false "$@"
`;
/**
 * The vendor's own script starts node as a child of the shell. With `exec` node is the engine's own child, so that it
 * sees the engine die, and a signal to the plugin reaches it. The working directory is the program's.
 */
const PROVIDER_SCRIPT = `#!/bin/sh
script=$(node -p 'require.resolve("@pulumi/pulumi/cmd/dynamic-provider")') || exit 1
exec node "$script" "$@"
`;

/**
 * @typedef {object} Engine
 * @property {string} pulumi absolute path of the folder with the executables
 * @property {string} version such as "3.248.0"
 * @property {"path" | "download" | "build"} source
 */

/**
 * Starts nothing and needs no lock: is there an engine that can be used as it is?
 * @param {string} root the project's folder @returns {Promise<Engine | undefined>}
 */
export async function presentEngine(root) {
  return (await engineOnPath(root)) ?? engineInVersions(root);
}

/**
 * Sees to it that there is an engine, in this order: PATH, versions folder, the vendor's download, a build with Go.
 * The choice is written to .pulumi/engine.json, where `engineEnvironment` finds it.
 * @param {string} root the project's folder
 * @returns {Promise<Engine>}
 * @throws {SetupError} where neither way is open, with both named
 */
export async function ensureEngine(root) {
  const engine = (await presentEngine(root)) ?? (await download(root)) ?? (await build(root));
  const file = join(root, ".pulumi", "engine.json");
  const text = `${JSON.stringify(engine, null, 2)}\n`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  }
  return engine;
}

/**
 * The environment in which `pulumi` is the project's engine with the project's home, state and passphrase, whatever
 * proxies there are. Makes the folders that it names. SITEWRIGHT_BACKEND_URL has the state elsewhere: then passphrase and
 * login are the user's own. It has a name of its own because PULUMI_BACKEND_URL may be set for other projects' stacks.
 * @param {string} root the project's folder, absolute
 * @param {NodeJS.ProcessEnv} [base]
 * @returns {NodeJS.ProcessEnv & {PATH: string}}
 * @throws {SetupError} when set-up has not run
 */
export function engineEnvironment(root, base = process.env) {
  const engine = recordedEngine(root);
  if (!engine || !existsSync(join(engine.pulumi, "pulumi"))) {
    throw new SetupError("the project has no Pulumi engine yet: run `npm run setup` first");
  }
  const home = join(root, ".pulumi", "home");
  const state = join(root, ".pulumi", "state");
  // A state has what the plan tells of a site, and its secrets under a passphrase that everybody knows.
  for (const folder of [home, state]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    makePrivate(folder);
  }
  /** @type {NodeJS.ProcessEnv & {PATH: string}} */
  const environment = {
    ...withoutProxyToLoopback(base),
    PATH: [engine.pulumi, base.PATH].filter(Boolean).join(delimiter),
    PULUMI_HOME: home,
    // Without the file of attributes beside each of its files: that one is not written whole, and an engine that is killed
    // meanwhile leaves a stack that cannot be read any more ("failed to load checkpoint: EOF").
    PULUMI_BACKEND_URL: base.SITEWRIGHT_BACKEND_URL || `${pathToFileURL(state).href}?metadata=skip`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The engine's own four a core would have tasks of a site wait for each other. How much one system is asked at a time
    // its connection says.
    PULUMI_PARALLEL: base.PULUMI_PARALLEL || "64",
  };
  if (base.SITEWRIGHT_BACKEND_URL) return environment;
  // The user's login to Pulumi's service has no business with a state in a folder.
  delete environment.PULUMI_ACCESS_TOKEN;
  if (!base.PULUMI_CONFIG_PASSPHRASE && !base.PULUMI_CONFIG_PASSPHRASE_FILE)
    environment.PULUMI_CONFIG_PASSPHRASE = PUBLIC_PASSPHRASE;
  return environment;
}

/** What an earlier release has made open to all, with all that is in it. @param {string} folder */
function makePrivate(folder) {
  if ((statSync(folder).mode & 0o077) === 0) return;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() || entry.isDirectory()) chmodSync(path, statSync(path).mode & 0o700);
  }
  chmodSync(folder, 0o700);
}

/** @param {string} root @returns {Engine | undefined} */
function recordedEngine(root) {
  try {
    return JSON.parse(readFileSync(join(root, ".pulumi", "engine.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {string} root @returns {Promise<Engine | undefined>} */
async function engineOnPath(root) {
  const own = join(root, ".pulumi");
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder && !folder.startsWith(own));
  const folder = path.find((candidate) => isExecutable(join(candidate, "pulumi")));
  if (!folder) return undefined;
  const command = join(folder, "pulumi");
  // The command line looks for these two on PATH, then beside its own real file.
  const places = [...path, dirname(realpathSync(command))];
  const missing = EXECUTABLES.find((name) => !places.some((place) => isExecutable(join(place, name))));
  if (missing) {
    say(`${command} is not used: ${missing} is neither beside it nor on PATH`);
    return undefined;
  }
  const version = await versionOf(command, root);
  if (!version || compareVersions(version, RELEASE) < 0) {
    say(
      `${command} is not used: ${version ? `it is ${version}, older than ${RELEASE}` : "it does not tell its version"}`,
    );
    return undefined;
  }
  return { pulumi: folder, version, source: "path" };
}

/** @param {string} root @returns {Engine | undefined} */
function engineInVersions(root) {
  /** @type {[Engine["source"], string][]} */
  const wanted = [
    ["download", downloadRecipe()],
    ["build", buildRecipe()],
  ];
  const folder = join(root, ".pulumi", "home", "versions", RELEASE);
  const bin = join(folder, "bin");
  if (!EXECUTABLES.every((name) => isExecutable(join(bin, name)))) return undefined;
  const made = readIfThere(join(folder, "recipe"));
  const source = wanted.find(([, recipe]) => recipe === made)?.[0];
  return source && { pulumi: bin, version: RELEASE, source };
}

/** @param {string} root @returns {Promise<Engine | undefined>} undefined, with the reason said, where it cannot be had */
async function download(root) {
  if (process.env.SITEWRIGHT_PULUMI_DOWNLOAD === "off") return undefined;
  return await inScratch(root, async (scratch) => {
    try {
      const folder = await downloadRelease(RELEASE, SUMS, scratch);
      const version = await versionOf(join(folder, "pulumi"), root);
      if (version !== RELEASE) throw new SetupError(`the downloaded pulumi does not run here (version: ${version})`);
      writeScript(join(folder, "pulumi-resource-pulumi-nodejs"), PROVIDER_SCRIPT);
      return { pulumi: place(root, RELEASE, folder, downloadRecipe()), version, source: "download" };
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`the Pulumi engine cannot be downloaded (${error.message})`);
      return undefined;
    }
  });
}

/** @param {string} root @returns {Promise<Engine>} */
async function build(root) {
  const cli = join(toolchain, "pulumi-cli");
  const host = join(toolchain, "pulumi-language-nodejs");
  let go;
  try {
    go = await findGo(cli);
  } catch (error) {
    throw new SetupError(
      `no Pulumi engine: ${/** @type {Error} */ (error).message}, and there is no download. Either install Go ` +
        `(https://go.dev/dl), or put the Pulumi CLI ${RELEASE} or newer on PATH (https://www.pulumi.com/docs/install), ` +
        "and run `npm run setup` again",
    );
  }
  say(`building the Pulumi engine ${RELEASE} with Go: a few minutes, once`);
  return await inScratch(root, async (scratch) => {
    const caches = join(scratch, "go");
    const bin = join(scratch, "bin");
    const libexec = join(scratch, "libexec");
    for (const folder of [bin, libexec]) mkdirSync(folder);
    const common = { go: /** @type {string} */ (go), caches };
    await goBuild({ ...common, ...moduleOf(host), output: join(libexec, "pulumi-language-nodejs") });
    await goBuild({ ...common, ...moduleOf(cli), output: join(bin, "pulumi") });
    dropGoCaches(caches);
    writeScript(join(bin, "pulumi-language-nodejs"), HOST_SCRIPT);
    writeScript(join(bin, "pulumi-resource-pulumi-nodejs"), PROVIDER_SCRIPT);
    const version = await versionOf(join(bin, "pulumi"), root);
    if (version !== RELEASE) throw new SetupError(`the built pulumi does not run here (version: ${version})`);
    return { pulumi: place(root, RELEASE, bin, buildRecipe(), libexec), version, source: "build" };
  });
}

/** @param {string} folder with go.mod and tools.go @returns {{folder: string, package: string, version: string}} */
function moduleOf(folder) {
  const command = readFileSync(join(folder, "tools.go"), "utf8").match(/import _ "([^"]+)"/)?.[1];
  const version = readFileSync(join(folder, "go.mod"), "utf8").match(/^require \S+ v(\S+)/m)?.[1];
  if (!command || !version) throw new SetupError(`${folder} is not a pinned Go module`);
  return { folder, package: command, version };
}

/** Changes when what would be downloaded changes. */
function downloadRecipe() {
  const sums = createHash("sha256").update(JSON.stringify(SUMS)).digest("hex");
  return `download ${RELEASE} ${sums}`;
}

/** Changes when what would be built changes. @returns {string} */
function buildRecipe() {
  const hash = createHash("sha256");
  for (const folder of ["pulumi-cli", "pulumi-language-nodejs"]) {
    for (const name of ["go.mod", "go.sum", "tools.go"]) hash.update(readFileSync(join(toolchain, folder, name)));
  }
  hash.update(HOST_SCRIPT + PROVIDER_SCRIPT);
  return `build ${hash.digest("hex")}`;
}

/** @param {string} file @param {string} text */
function writeScript(file, text) {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

/**
 * Puts a finished engine in its place in one step, so that a killed set-up leaves nothing half done.
 * @param {string} root @param {string} version @param {string} bin @param {string} recipe @param {string[]} others
 * @returns {string} where `bin` is now
 */
function place(root, version, bin, recipe, ...others) {
  const versions = join(root, ".pulumi", "home", "versions");
  const ready = join(dirname(bin), "ready");
  mkdirSync(ready);
  renameSync(bin, join(ready, "bin"));
  for (const other of others) renameSync(other, join(ready, "libexec"));
  writeFileSync(join(ready, "recipe"), recipe);
  mkdirSync(versions, { recursive: true });
  const target = join(versions, version);
  if (existsSync(target)) renameSync(target, join(dirname(ready), "replaced"));
  renameSync(ready, target);
  return join(target, "bin");
}

/**
 * A folder for the work, on the same file system as its goal. Those that killed set-ups left go too: only one set-up
 * is at work at a time.
 * @template T @param {string} root @param {(scratch: string) => Promise<T>} work @returns {Promise<T>}
 */
async function inScratch(root, work) {
  const parent = join(root, ".pulumi", "tmp");
  const remove = () => rmSync(parent, { recursive: true, force: true, maxRetries: 3 });
  remove();
  mkdirSync(parent, { recursive: true });
  try {
    return await work(mkdtempSync(join(parent, "engine-")));
  } finally {
    remove();
  }
}

/** @param {string} command @param {string} root @returns {Promise<string | undefined>} without the v */
async function versionOf(command, root) {
  const env = { ...process.env, PULUMI_HOME: join(root, ".pulumi", "home"), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { code, stdout } = await run(command, ["version"], { env, timeoutMs: 20_000 });
  return code === 0 ? stdout.match(/^v?(\d+\.\d+\.\d+)/m)?.[1] : undefined;
}

/** @param {string} left @param {string} right @returns {number} negative when left is older */
function compareVersions(left, right) {
  return left.localeCompare(right, "en", { numeric: true });
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** @param {string} file */
function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

// The compiled program, dist/: does it belong to the sources as they are, and if not, compile them.
import { createHash } from "node:crypto";
import {
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { elapsed, excerpt, run, SetupError, say } from "./run.mjs";

const CONFIGS = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"];

/**
 * By content, so that a fresh checkout or a touched file is judged right; and by time, because the program itself
 * refuses to run when a source is newer than dist/.
 * @param {string} root @returns {boolean}
 */
export function buildIsCurrent(root) {
  const stamp = join(root, "dist", ".sources");
  if (!existsSync(stamp)) return false;
  const sources = sourcesOf(root);
  const built = statSync(stamp).mtimeMs;
  return (
    sources.every((file) => statSync(join(root, file)).mtimeMs <= built) &&
    readFileSync(stamp, "utf8") === digests(root, sources)
  );
}

/** @param {string} root @returns {Promise<void>} @throws {SetupError} with the compiler's messages */
export async function build(root) {
  say("compiling the program (tsc)");
  const start = Date.now();
  const sources = sourcesOf(root);
  const before = digests(root, sources);
  const tsc = join(root, "node_modules", "typescript", "lib", "tsc.js");
  const result = await run(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    env: process.env,
    progress: () => `tsc is at work, ${elapsed(start)}`,
  });
  if (result.code !== 0) throw new SetupError(`the program does not compile:\n${excerpt(result)}`);
  removeOrphans(root, new Set(sources));
  // What tsc did not write again keeps its time; the stamps say when dist/ was last right.
  const info = join(root, "dist", ".tsbuildinfo");
  const now = new Date();
  if (existsSync(info)) utimesSync(info, now, now);
  writeFileSync(join(root, "dist", ".sources"), before);
  say(`program compiled, ${elapsed(start)}`);
}

/**
 * The files that tsconfig.build.json compiles: no tests. @param {string} root
 * @returns {string[]} paths below root, sorted
 */
function sourcesOf(root) {
  const read = (/** @type {string} */ file) => JSON.parse(readFileSync(join(root, file), "utf8"));
  /** @type {string[]} */
  const include = read("tsconfig.json").include;
  /** @type {string[]} */
  const exclude = read("tsconfig.build.json").exclude ?? [];
  return include
    .filter((entry) => !exclude.includes(entry) && existsSync(join(root, entry)))
    .flatMap((entry) => (statSync(join(root, entry)).isDirectory() ? walk(root, join(root, entry)) : [entry]))
    .filter((file) => [".ts", ".mts", ".cts", ".json"].includes(extname(file)) && !file.endsWith(".test.ts"))
    .sort();
}

/** @param {string} root @param {string} folder @returns {string[]} */
function walk(root, folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : walk(root, path);
    return entry.isFile() ? [relative(root, path)] : [];
  });
}

/** @param {string} root @param {string[]} sources */
function digests(root, sources) {
  const digest = (/** @type {string} */ file) =>
    createHash("sha256")
      .update(readFileSync(join(root, file)))
      .digest("hex");
  return [...CONFIGS, ...sources]
    .filter((file) => existsSync(join(root, file)))
    .map((file) => `${digest(file)}  ${file}\n`)
    .join("");
}

/**
 * tsc leaves the output of a deleted source where it is, and an import would still find it.
 * @param {string} root @param {Set<string>} sources
 */
function removeOrphans(root, sources) {
  const dist = join(root, "dist");
  for (const file of walk(dist, dist)) {
    const [, stem, kind] = file.match(/^(.*)\.([mc]?)js(?:\.map)?$/) ?? [];
    if (stem && !sources.has(`${stem}.${kind}ts`)) rmSync(join(dist, file));
  }
}

// `npm run build`: always compiles.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await build(dirname(dirname(fileURLToPath(import.meta.url))));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative } from "node:path";

/** What the program and the provider of a test load of dist/. */
const KIT = ["handler.ts", "program.ts", "kind-of.ts", "store-kinds.ts", "store"].map((name) => `test/kit/${name}`);
const PROGRAM = ["index.ts", "base", "components", "plan", "providers", ...KIT];

/** The stamp that toolchain/build.mjs leaves: a line for each source, its SHA-256 and its path. */
const stampOf = (root: string) => join(root, "dist", ".sources");

/** Found right already: while a file of tests runs, nobody changes sources. */
const found = new Set<string>();

/**
 * Throws, and names the command that helps, where dist/ was not built from the sources as they are: what a test started
 * would be another program than the one that is read. By content; `what` are files and folders below `root`.
 */
export function assertBuilt(root: string, what = PROGRAM): void {
  const asked = [root, ...what].join(" ");
  if (found.has(asked)) return;
  const stamp = stampOf(root);
  if (!existsSync(stamp)) throw new Error("the program was never compiled: run `npm run build` first");
  const built = new Map(
    readFileSync(stamp, "utf8")
      .split("\n")
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
  const stands = what.flatMap((each) => sourcesUnder(root, join(root, each)));
  const listed = [...built.keys()].filter((file) => isSource(file) && what.some((each) => isIn(file, each)));
  const stale = [...new Set([...stands, ...listed])].find((file) => digestOf(join(root, file)) !== built.get(file));
  if (stale) throw new Error(`${stale} is not what dist/ was compiled from: run \`npm run build\` first`);
  found.add(asked);
}

function sourcesUnder(root: string, path: string): string[] {
  if (statSync(path).isFile()) return [relative(root, path)];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((name) => relative(root, join(path, name)))
    .filter(isSource);
}

/** Of the files there those that are compiled. */
function isSource(file: string): boolean {
  return extname(file) === ".ts" && !/\.(test|fixture)\.ts$/.test(file) && !file.includes("node_modules");
}

function isIn(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`);
}

function digestOf(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

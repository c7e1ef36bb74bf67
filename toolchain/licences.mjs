// `npm run licences`: the licences of all packages that run with the program, by package-lock.json. Fails where one is not
// among those that may go with a program under Apache-2.0, or cannot be told.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC-BY-3.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Python-2.0",
  "Unlicense",
  "Zlib",
]);
/**
 * Packages of which the lock file does not tell the licence, and what their own files say: optional ones are not installed
 * on every machine.
 */
const READ = new Map([
  ["@logdna/tail-file 2.2.0", "MIT"],
  ["buildcheck 0.0.7", "MIT"],
  ["cpu-features 0.0.10", "MIT"],
]);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

/** @type {Map<string, string[]>} */
const found = new Map();
/** @type {string[]} */
const problems = [];
for (const [path, entry] of Object.entries(packages)) {
  if (!path.includes("node_modules/") || entry.link || entry.dev) continue;
  const name = `${path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length)} ${entry.version}`;
  const licence = READ.get(name) ?? licenceOf(path, entry);
  if (!licence) problems.push(`${name} does not tell its licence`);
  else if (!isAllowed(licence)) problems.push(`${name} is under ${licence}`);
  else found.set(licence, [...(found.get(licence) ?? []), name]);
}

for (const [licence, names] of [...found].sort(([, a], [, b]) => b.length - a.length)) {
  process.stdout.write(`${licence} (${names.length}): ${names.sort().join(", ")}\n`);
}
for (const problem of problems) process.stderr.write(`${problem}: look at it, and name it in toolchain/licences.mjs\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

/**
 * Old packages have a list of objects, which the lock file leaves out.
 * @param {string} path @param {{license?: string}} entry @returns {string | undefined}
 */
function licenceOf(path, entry) {
  const file = join(root, path, "package.json");
  const { license, licenses } = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  const all = [entry.license ?? license ?? licenses ?? []].flat().map((one) => one.type ?? one);
  return all.length > 1 ? `(${all.join(" OR ")})` : all[0];
}

/** Of what is joined by OR one may be chosen; what is joined by AND holds together. @param {string} licence */
function isAllowed(licence) {
  const bare = licence.replace(/[()]/g, "");
  return bare.split(" OR ").some((choice) => choice.split(" AND ").every((each) => ALLOWED.has(each.trim())));
}

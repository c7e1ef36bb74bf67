// `node toolchain/complete-lock.mjs`: where a registry does not serve the packages of other platforms, `npm install`
// leaves them out of package-lock.json, and `npm ci` then refuses the file. This puts their entries back in, each with
// the hash that npm holds what it fetches to; an entry without one would be taken as it comes.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const SYSTEMS = ["android", "darwin", "freebsd", "linux", "win32", "openharmony", "aix", "sunos", "netbsd", "openbsd"];
const PROCESSORS = ["arm64", "x64", "ia32", "arm", "ppc64", "s390x", "riscv64", "loong64", "wasm32"];

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8"));

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    lock.packages[`node_modules/${name}`] = platformEntry(name, version, entry.dev);
    console.log(`added ${name} ${version}`);
  }
}
for (const [path, entry] of Object.entries(lock.packages)) {
  if (!path.includes("node_modules/") || entry.link || entry.integrity) continue;
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const { version, license = view(name, version, "license"), ...rest } = entry;
  lock.packages[path] = { version, integrity: view(name, version, "dist.integrity"), ...rest, license };
  console.log(`hash and licence of ${name} ${entry.version}`);
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);

/** @param {string} name @param {string} version @param {string} field */
function view(name, version, field) {
  return execFileSync("npm", ["view", `${name}@${version}`, field], { encoding: "utf8" }).trim();
}

/** As Node finds packages: in the folder of the one that asks, then upwards. @param {string} from @param {string} name */
function isLocked(from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    if (lock.packages[at ? `${at}/node_modules/${name}` : `node_modules/${name}`]) return true;
    if (!at) return false;
  }
}

/** @param {string} name @param {string} version @param {boolean | undefined} dev */
function platformEntry(name, version, dev) {
  const words = name.split(/[-/]/);
  const os = SYSTEMS.filter((each) => words.includes(each));
  const cpu = words.includes("arm") ? ["arm"] : PROCESSORS.filter((each) => words.includes(each));
  const libc = /musl/.test(name) ? ["musl"] : /gnu/.test(name) ? ["glibc"] : undefined;
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(dev && { dev: true }),
    ...(libc && os[0] === "linux" && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
}

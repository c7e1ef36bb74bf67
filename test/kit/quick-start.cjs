// Preloaded into the processes that Pulumi starts (NODE_OPTIONS=--require), and into those of the tests: there are
// thousands of them, and most of a start is loading modules. It leaves out the compiler and npm's tree, which the SDK loads
// to serialise closures, as ours serialises none; it gives V8 what it made of the other modules once (warm-code.mts), found
// by their text; and where modules find each other is looked up once (warm-code.cjs).
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join, sep } = require("node:path");
const { deserialize } = require("node:v8");
const { Script, constants } = require("node:vm");

const root = join(__dirname, "..", "..");
const file = join(root, ".pulumi", "test-code.bin");
const here = root + sep;
/**
 * What the SDK loads and no program of ours uses: to serialise closures, to trace runs, to drive Pulumi, and to show the
 * lines of sources in the stack that it takes with each promise. v8Hooks sets a flag of V8, after which V8 refuses the code
 * that it made before.
 */
const SPARED =
  /^(typescript|@npmcli\/arborist|source-map-support\/register|\.\/(automation|tracing)|.*\/(v8Hooks|codePaths))$/;
/** By the hash of its text, the code of a module: made before, or in this process to be kept. */
const scripts = new Map();
/** By folder and request, the module that another one finds; of all of them, which are CommonJS. */
const found = new Map();
const commonJs = new Set();
module.exports = { file, scripts, found, commonJs };

if (/[/\\]cmd[/\\]run\b|[/\\]dynamic-provider\b|warm-code|[/\\]vitest[/\\]/.test(process.argv[1] ?? "")) {
  const load = Module._load;
  const nothing = new Proxy(() => nothing, { get: (_target, name) => (name === "then" ? undefined : nothing) });
  Module._load = function (name, parent, ...rest) {
    const spare = SPARED.test(name) && parent?.filename?.includes("@pulumi");
    return spare ? nothing : load.call(this, name, parent, ...rest);
  };

  const kept = readKept();
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (name, parent, isMain, options) {
    const from = parent?.filename;
    if (options || !from?.startsWith(here)) return resolve.call(this, name, parent, isMain, options);
    const place = `${dirname(from)} ${name}`;
    const known = kept.found.get(place);
    if (known) return known;
    const path = resolve.call(this, name, parent, isMain);
    if (path.startsWith(here)) found.set(place, path);
    return path;
  };
  const js = Module._extensions[".js"];
  Module._extensions[".js"] = (module, path) => {
    // Node.js would look for a package.json that says what it is.
    if (kept.commonJs.has(path)) module._compile(readFileSync(path, "utf8"), path);
    else js(module, path);
  };

  const compile = Module.prototype._compile;
  Module.prototype._compile = function (text, path, ...rest) {
    if (!path.endsWith(".js") && !path.endsWith(".cjs")) return compile.call(this, text, path, ...rest);
    const hash = createHash("sha1").update(text).digest("base64");
    const script = scriptOf(text, path, kept.code.get(hash));
    if (!script) return compile.call(this, text, path, ...rest);
    scripts.set(hash, script);
    if (path.startsWith(here)) commonJs.add(path);
    const require = (name) => this.require(name);
    require.resolve = (name, options) => Module._resolveFilename(name, this, false, options);
    Object.assign(require, { main: process.mainModule, extensions: Module._extensions, cache: Module._cache });
    return script.runInThisContext().call(this.exports, this.exports, require, this, path, dirname(path));
  };
}

/** Undefined for what is no CommonJS, or loads a module later, which code that was kept cannot: Node.js itself can. */
function scriptOf(text, filename, cachedData) {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  if (text.includes("await import(")) return undefined;
  try {
    return new Script(Module.wrap(text), { filename, cachedData, importModuleDynamically });
  } catch {
    return undefined;
  }
}

/** What warm-code.cjs has kept. Itself it looks up anew what may be elsewhere since. */
function readKept() {
  const nothing = { code: new Map(), found: new Map(), commonJs: new Set() };
  try {
    const kept = { ...nothing, ...deserialize(readFileSync(file)) };
    return /warm-code\b/.test(process.argv[1]) ? { ...nothing, code: kept.code } : kept;
  } catch {
    return nothing;
  }
}

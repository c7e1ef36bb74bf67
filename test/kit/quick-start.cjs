// Preloaded into the processes that Pulumi starts (NODE_OPTIONS=--require), and into those of the tests: there are
// thousands of them, and most of a start is loading modules. It leaves out the compiler and npm's tree, which the SDK loads to serialise closures,
// as ours serialises none; and it gives V8 what it made of the other modules once (warm-code.mts), found by their text.
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join } = require("node:path");
const { deserialize } = require("node:v8");
const { Script, constants } = require("node:vm");

const file = join(__dirname, "..", "..", ".pulumi", "test-code.bin");
/** By the hash of its text, the code of a module: made before, or in this process to be kept. */
const scripts = new Map();
module.exports = { file, scripts };

if (/[/\\]cmd[/\\]run\b|[/\\]dynamic-provider\b|warm-code|[/\\]vitest[/\\]/.test(process.argv[1] ?? "")) {
  const load = Module._load;
  const nothing = new Proxy(() => {}, { get: (_target, name) => (name === "then" ? undefined : nothing) });
  const spared = new Set(["typescript", "@npmcli/arborist"]);
  Module._load = function (name, parent, ...rest) {
    const spare = spared.has(name) && parent?.filename?.includes("@pulumi");
    return spare ? nothing : load.call(this, name, parent, ...rest);
  };

  const code = readCode();
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (text, path, ...rest) {
    if (!path.endsWith(".js") && !path.endsWith(".cjs")) return compile.call(this, text, path, ...rest);
    const hash = createHash("sha1").update(text).digest("base64");
    const script = scriptOf(text, path, code.get(hash));
    if (!script) return compile.call(this, text, path, ...rest);
    scripts.set(hash, script);
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

function readCode() {
  try {
    return deserialize(readFileSync(file));
  } catch {
    return new Map();
  }
}

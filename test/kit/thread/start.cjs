// A thread in which a test's providers run, one after the other (provider-thread.ts). For each it becomes a process of
// its own, loads what a test would preload into the real one, and runs the plugin of the project from the bundle, as the
// engine would start it: each has our modules and Pulumi's anew. What one has laid over Node.js goes with it (ground.cjs).
const { readFileSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join } = require("node:path");
const { Script, constants } = require("node:vm");
const workerThreads = require("node:worker_threads");
const { become } = require("./made-up-process.cjs");
const { freshGround } = require("./ground.cjs");

const { parentPort, workerData } = workerThreads;
const { bundles, handler } = workerData;
/** By the name of its bundle. */
const scripts = new Map();
const libraries = withoutFetch(() => {
  const made = run("libraries", new Map());
  made.axios();
  return made;
});

/** A bundle as V8 has compiled it; what it has made of the text before is given back to it. */
function scriptOf(name) {
  const known = scripts.get(name);
  if (known) return known;
  const filename = join(bundles, `${name}.js`);
  // A bundle is ASCII: so V8 keeps its text in half the space.
  const script = new Script(Module.wrap(readFileSync(filename, "latin1")), {
    filename,
    cachedData: readIfThere(`${filename}.code`),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  scripts.set(name, { script, filename });
  return scripts.get(name);
}

/** axios asks, as it is loaded, whether these are there: that alone would load the dearest modules of Node.js. */
function withoutFetch(work) {
  const names = ["fetch", "Request", "Response", "FormData"];
  const real = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const name of names) Object.defineProperty(globalThis, name, { value: undefined, configurable: true });
  try {
    return work();
  } finally {
    for (const [name, property] of real) Object.defineProperty(globalThis, name, property);
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** A bundle's exports; `loaded` are those that run already. */
function run(name, loaded) {
  const known = loaded.get(name);
  if (known) return known.exports;
  const { script, filename } = scriptOf(name);
  const module = new Module(filename, null);
  loaded.set(name, module);
  const require = Module.createRequire(handler);
  script.runInThisContext().call(module.exports, module.exports, require, module, filename, dirname(filename));
  return module.exports;
}

function begin({ port, env, preload, ...made }) {
  const loaded = new Map();
  const bundle = (name) => run(name, loaded);

  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  become({ port, ...made });
  // A stream of the thread's own would keep the test's process from its end.
  process.stdout.write = () => true;
  process.stderr.write = (text) => port.postMessage({ printed: String(text) }) ?? true;
  const load = Module._load;
  Module._load = function (name, ...rest) {
    if (name === "ssh2") return bundle("ssh2");
    if (Object.hasOwn(libraries, name)) return libraries[name]();
    // grpc.cjs speaks with the engine of this provider, not with the one that has started the thread.
    if (name === "node:worker_threads") return { ...workerThreads, parentPort: port };
    // What the project's own handler.cjs asks for.
    if (name === handler) return bundle("provider").handler();
    return load.call(this, name, ...rest);
  };
  for (const script of preload) require(script);
  bundle("provider").start();
}

let clear = freshGround();
parentPort.on("message", async ({ lease, leave, keepCode }) => {
  if (lease) begin(lease);
  if (leave) {
    parentPort.postMessage({ left: await clear() });
    clear = freshGround();
  }
  if (keepCode) {
    // Not every provider logs in by SSH.
    scriptOf("ssh2");
    for (const { filename, script } of scripts.values()) writeFileSync(`${filename}.code`, script.createCachedData());
    parentPort.postMessage({ kept: true });
  }
});

// A provider's thread (provider-thread.ts): becomes a process of its own, loads what a test would preload into the real
// one, and runs the plugin of the project from the bundle, as the engine would start it.
const { readFileSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join } = require("node:path");
const { Script, constants } = require("node:vm");
const { parentPort, workerData } = require("node:worker_threads");
const { become } = require("./made-up-process.cjs");

const { bundles, handler, preload, ...made } = workerData;
const scripts = new Map();
const loaded = new Map();

/** A bundle's exports; what V8 has made of its text before is given back to it. */
function bundle(name) {
  const known = loaded.get(name);
  if (known) return known.exports;
  const filename = join(bundles, `${name}.js`);
  // A bundle is ASCII: so V8 keeps its text in half the space.
  const script = new Script(Module.wrap(readFileSync(filename, "latin1")), {
    filename,
    cachedData: readIfThere(`${filename}.code`),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  scripts.set(filename, script);
  const module = new Module(filename, null);
  loaded.set(name, module);
  const require = Module.createRequire(handler);
  script.runInThisContext().call(module.exports, module.exports, require, module, filename, dirname(filename));
  return module.exports;
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

become(made);
const load = Module._load;
Module._load = function (name, ...rest) {
  if (name === "ssh2") return bundle("ssh2");
  // What the project's own handler.cjs asks for.
  if (name === handler) return bundle("provider").handler();
  return load.call(this, name, ...rest);
};
for (const script of preload) require(script);
parentPort.on("message", ({ keepCode }) => {
  if (!keepCode) return;
  for (const [file, script] of scripts) writeFileSync(`${file}.code`, script.createCachedData());
  parentPort.postMessage({ kept: true });
});
bundle("provider").start();

// Preloaded into a provider process (NODE_OPTIONS=--require): leaves out the compiler and npm's tree, which the SDK loads
// to serialise closures. Ours serialises none, and without them a process starts in half the time.
const Module = require("node:module");

const load = Module._load;
const nothing = new Proxy(() => {}, { get: (_target, name) => (name === "then" ? undefined : nothing) });
const spared = new Set(["typescript", "@npmcli/arborist"]);

if (process.argv[1]?.includes("dynamic-provider")) {
  Module._load = function (name, ...rest) {
    return spared.has(name) ? nothing : load.call(this, name, ...rest);
  };
}

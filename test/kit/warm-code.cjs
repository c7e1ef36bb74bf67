// Loads what the program and the providers load, and keeps what V8 made of it for quick-start.cjs. A process of its own,
// as V8 keeps most once the code has run.
const { mkdirSync, readdirSync, renameSync, writeFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { serialize } = require("node:v8");
const { file, scripts, found, commonJs } = require("./quick-start.cjs");

const root = join(__dirname, "..", "..");
// Not `cmd/run` and `cmd/dynamic-provider` themselves, which begin to work once they are loaded.
for (const module of ["", "/cmd/run/instrumentation", "/cmd/run/tracing"]) require(`@pulumi/pulumi${module}`);
for (const folder of ["plan", "providers", "components"])
  for (const path of readdirSync(join(root, "dist", folder), { recursive: true }))
    if (path.endsWith(".js")) require(join(root, "dist", folder, path));
for (const kit of ["handler", "program"]) require(join(root, "dist", "test", "kit", kit));

const code = new Map([...scripts].map(([hash, script]) => [hash, script.createCachedData()]));
mkdirSync(dirname(file), { recursive: true });
writeFileSync(`${file}.${process.pid}`, serialize({ code, found, commonJs }));
renameSync(`${file}.${process.pid}`, file);

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { enginePath, root } from "../test/kit/project";

/** So many resources of Pulumi's own dynamic provider that do nothing; their value is the variable `VALUE`. */
const PROGRAM = `
const { CustomResource } = require("@pulumi/pulumi");
const provider = "exports.handler=()=>({create:async(inputs)=>({id:inputs.name,outs:inputs}),update:async(id,olds,news)=>({outs:news})})";
for (let at = 0; at < Number(process.env.COUNT); at++)
  new CustomResource("pulumi-nodejs:dynamic/bare:Nothing", "nothing-" + at,
    { __provider: provider, name: "nothing-" + at, value: process.env.VALUE });
`;

export interface BareEngine {
  env: NodeJS.ProcessEnv;
  folder: string;
  close(): void;
}

/** What the engine takes by itself: a project of resources that ask nobody for anything. */
export async function createBareEngine(count: number): Promise<BareEngine> {
  const folder = mkdtempSync(join(tmpdir(), "bare-"));
  for (const each of ["state", "home", "node_modules"]) mkdirSync(join(folder, each));
  symlinkSync(join(root, "node_modules", "@pulumi"), join(folder, "node_modules", "@pulumi"));
  const runtime = "runtime: { name: nodejs, options: { typescript: false } }";
  // Pulumi's own dynamic provider is where the project's engine is.
  writeFileSync(join(folder, "Pulumi.yaml"), `name: bare\n${runtime}\n`);
  writeFileSync(join(folder, "package.json"), '{ "name": "bare", "private": true, "main": "index.js" }');
  writeFileSync(join(folder, "index.js"), PROGRAM);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${enginePath()}:${process.env["PATH"]}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `${pathToFileURL(join(folder, "state")).href}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: "bare",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_STACK: "bare",
    PWD: folder,
    COUNT: String(count),
    VALUE: "one",
  };
  const init = spawn("pulumi", ["stack", "init", "bare", "--non-interactive"], { cwd: folder, env, stdio: "ignore" });
  const [code] = await once(init, "close");
  if (code !== 0) throw new Error(`pulumi stack init ended with ${code}`);
  return { env, folder, close: () => rmSync(folder, { recursive: true, force: true }) };
}

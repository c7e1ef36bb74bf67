import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { stringify } from "yaml";
import { assertBuilt } from "./built";
import { countStart } from "./engine-runs";
import type { ResourceSpec } from "./program";

/** The repository, from test/kit as well as from dist/test/kit. */
const above = join(__dirname, "..", "..");
export const root = basename(above) === "dist" ? dirname(above) : above;

export const PROJECT = "kit";
export const STACK = "test";

export interface Ended {
  code: number;
  /** Standard output alone: what `--json` and `stack export` print. */
  stdout: string;
  /** Standard output and standard error as they came. */
  output: string;
}

export interface ExportedResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: string[];
  /** URNs. */
  dependencies?: string[];
}

export interface KitProject {
  folder: string;
  /** The folder that a provider runs in: the one of the compiled program. */
  main: string;
  /** Where the journal and the writers' lock of the stack lie. */
  memory: string;
  /** Environment of every engine in this project; may be changed between runs. */
  env: NodeJS.ProcessEnv;
  writeProgram(resources: ResourceSpec[]): void;
  /** Stack settings: those of the project's own namespace, by bare name. */
  writeSettings(settings: Record<string, string>): void;
  /** Runs the real engine. */
  pulumi(...args: string[]): Promise<Ended>;
  /** As `pulumi`, but hands out the process, to be killed. */
  start(...args: string[]): Running;
  /** The calls of handlers since the last look, when the project was made with `record`. */
  calls(): HandlerCall[];
  /** Everything that the real engine has printed in this project. */
  printed(): string;
  state(): Promise<{ resources: ExportedResource[]; pending: unknown[] }>;
  close(): void;
}

export interface Running {
  pid: number;
  ended: Promise<Ended>;
  kill(): void;
}

export interface HandlerCall {
  type: string;
  method: "check" | "diff" | "create" | "read" | "update" | "delete";
  args: unknown[];
}

export interface ProjectOptions {
  /** Records the calls of handlers. */
  record?: boolean;
  environment?: NodeJS.ProcessEnv;
  /** How many times faster the kernel's clock goes: sleeps and deadlines, not request time-outs. */
  speed?: number;
}

/** The folder of the plugin that Pulumi starts for the project's resources. */
export const plugin = join(root, "providers", "plugin");

/** NODE_OPTIONS of what Pulumi starts in a test, unless the start itself is what is looked at. */
export const quickStart = `--require ${join(root, "test", "kit", "quick-start.cjs")}`;

/** A project in a temporary folder whose program builds what program.json says, for the real engine and for ours. */
export function createProject({ record = false, environment = {}, speed = 1 }: ProjectOptions = {}): KitProject {
  assertBuilt(root);
  const folder = mkdtempSync(join(tmpdir(), "kit-"));
  const main = join(folder, "dist");
  const providers = join(folder, "node_modules", "@sitewright", "providers");
  const calls = join(folder, "calls.jsonl");
  for (const each of [main, providers, join(folder, "state"), join(folder, "home")])
    mkdirSync(each, { recursive: true });
  const compiled = join(root, "dist", "test", "kit");
  const file = (path: string, text: string) => writeFileSync(join(folder, path), text);
  file(
    "Pulumi.yaml",
    stringify({
      name: PROJECT,
      main: "dist/",
      runtime: { name: "nodejs", options: { typescript: false } },
      plugins: { providers: [{ name: "pulumi-nodejs", path: plugin }] },
    }),
  );
  file("package.json", JSON.stringify({ name: PROJECT, private: true }));
  file("program.json", "[]");
  mkdirSync(join(folder, "stacks", STACK), { recursive: true });
  file(join("stacks", STACK, "reach.json"), JSON.stringify({ speed }));
  file(
    "dist/index.js",
    `require(${JSON.stringify(join(compiled, "program"))}).run("${join(folder, "program.json")}");\n`,
  );
  writeFileSync(join(providers, "package.json"), JSON.stringify({ exports: { "./handler": "./handler.cjs" } }));
  writeFileSync(
    join(providers, "handler.cjs"),
    `module.exports = require(${JSON.stringify(join(compiled, "handler"))});\n`,
  );
  symlinkSync(join(root, "node_modules", "@pulumi"), join(folder, "node_modules", "@pulumi"));

  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `${pathToFileURL(join(folder, "state")).href}?metadata=skip`,
    PULUMI_CONFIG_PASSPHRASE: "kit",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_STACK: STACK,
    PWD: folder,
    NODE_OPTIONS: quickStart,
    ...(record ? { KIT_RECORD: calls } : {}),
    ...environment,
  };
  // Each Node.js would read all of its authorities when it starts; what a test trusts it says itself.
  if (!environment.NODE_EXTRA_CA_CERTS) delete env.NODE_EXTRA_CA_CERTS;

  let printed = "";
  function start(...args: string[]): Running {
    countStart(args);
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: folder,
      env: { ...env, PATH: `${enginePath()}:${env.PATH}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      output += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("exit", () => (printed += output));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        // A provider that a kill has orphaned holds the pipes for another second.
        if (signal) return resolve({ code: 137, stdout, output });
        child.once("close", () => resolve({ code: code ?? 1, stdout, output }));
      });
    });
    return { pid: child.pid ?? 0, ended, kill: () => void child.kill("SIGKILL") };
  }

  const project: KitProject = {
    folder,
    main,
    memory: join(folder, ".sitewright", STACK),
    env,
    writeProgram: (resources) => file("program.json", JSON.stringify(resources, null, 2)),
    writeSettings(settings) {
      const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${PROJECT}:${key}`, value]));
      const salt = /^encryptionsalt:.*$/m.exec(readIfThere(join(folder, `Pulumi.${STACK}.yaml`)))?.[0];
      file(`Pulumi.${STACK}.yaml`, `${salt ? `${salt}\n` : ""}${stringify({ config })}`);
    },
    start,
    printed: () => printed,
    pulumi: (...args) => start(...args).ended,
    calls() {
      const lines = readIfThere(calls).trim().split("\n").filter(Boolean);
      rmSync(calls, { force: true });
      return lines.map((line) => JSON.parse(line) as HandlerCall);
    },
    async state() {
      const { stdout } = await project.pulumi("stack", "export");
      const { deployment } = JSON.parse(stdout);
      return { resources: deployment.resources ?? [], pending: deployment.pending_operations ?? [] };
    },
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
  return project;
}

/** The folder of the engine that set-up has recorded. */
export function enginePath(): string {
  const recorded = readIfThere(join(root, ".pulumi", "engine.json"));
  if (!recorded) throw new Error("the project has no Pulumi engine yet: run `npm run setup` first");
  return (JSON.parse(recorded) as { pulumi: string }).pulumi;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

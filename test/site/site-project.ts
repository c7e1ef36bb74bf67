import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stringify } from "yaml";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import type { SitePlan } from "../../plan/site-plan";
import { fillTemplate } from "../../plan/template";
import { assertBuilt } from "../kit/built";
import { countStart } from "../kit/engine-runs";
import { layLabAuthority } from "../kit/lab-authority";
import { prepareStack } from "../kit/prepared-stack";
import { quickStart, root } from "../kit/project";

export interface Ended {
  code: number;
  /** Standard output and standard error as they came. */
  output: string;
}

export interface SiteProject {
  folder: string;
  /** The stack's folder: plan, reach.json, trust.yaml. */
  stack: string;
  lab: Lab;
  /** What the engine is started with; a test adds to it. */
  env: NodeJS.ProcessEnv;
  /** Runs the real engine in the project; settings go with --config where a verb takes them. */
  pulumi(...args: string[]): Promise<Ended>;
  /** As `pulumi`, but hands out the process, to be killed. */
  start(...args: string[]): Running;
  /** The plan in the stack's folder, as a workbook. */
  writePlan(plan: SitePlan): Promise<void>;
  writeSettings(settings: Record<string, string>): void;
  /** What `stack export` gives. */
  state(): Promise<{ deployment: { resources: StateResource[]; pending_operations?: unknown[] } }>;
  close(): Promise<void>;
}

export interface Running {
  pid: number;
  ended: Promise<Ended>;
  /** What it has said so far. */
  output(): string;
  kill(): void;
}

export interface StateResource {
  urn: string;
  type: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  /** URNs. */
  dependencies?: string[];
}

/**
 * A project of its own with the compiled program, one stack `site`, its plan as a workbook, a backend in a
 * folder, and a lab in this process: what a user has, in a temporary folder.
 */
export async function createSiteProject(plan: SitePlan, lab: Partial<LabOptions> = {}): Promise<SiteProject> {
  assertBuilt(root);
  const folder = mkdtempSync(join(tmpdir(), "site-"));
  const stack = join(folder, "stacks", "site");
  mkdirSync(stack, { recursive: true });
  mkdirSync(join(folder, "state"));
  for (const file of ["Pulumi.yaml", "package.json"]) cpSync(join(root, file), join(folder, file));
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true, filter: (path) => !path.includes("/dist/test") });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  // The program looks whether its sources are newer than itself: here they are what it was compiled from.
  for (const source of ["index.ts", "components", "base", "plan", "providers"])
    symlinkSync(join(root, source), join(folder, source));

  const { engineEnvironment } = (await import(
    pathToFileURL(join(root, "toolchain", "engine.mjs")).href
  )) as typeof import("../../toolchain/engine.mjs");
  const env: NodeJS.ProcessEnv = {
    ...engineEnvironment(root, { ...process.env, SITEWRIGHT_BACKEND_URL: undefined }),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}?metadata=skip`,
    PULUMI_STACK: "site",
    PWD: folder,
    NODE_OPTIONS: quickStart,
  };
  // Each Node.js would read all of its authorities when it starts.
  delete env.NODE_EXTRA_CA_CERTS;

  layLabAuthority(join(folder, "lab"));
  const running = await startLab({ plan, dir: join(folder, "lab"), ...lab });
  await running.writeReach(join(stack, "reach.json"));

  function start(...args: string[]) {
    countStart(args);
    const child = spawn("pulumi", [...args, "--non-interactive"], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => resolve({ code: code ?? (signal ? 137 : 1), output }));
    });
    return { pid: child.pid as number, ended, output: () => output, kill: () => void child.kill("SIGKILL") };
  }

  const project: SiteProject = {
    folder,
    stack,
    lab: running,
    env,
    start,
    pulumi: (...args) => start(...args).ended,
    async writePlan(next) {
      writeFileSync(join(stack, "plan.xlsx"), await fillTemplate(next));
    },
    writeSettings(settings) {
      const file = join(folder, "stacks", "Pulumi.site.yaml");
      const salt = /^encryptionsalt:.*$/m.exec(readFileSync(file, { encoding: "utf8", flag: "a+" }))?.[0] ?? "";
      const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`sitewright:${key}`, value]));
      writeFileSync(file, `${salt}\n${stringify({ config })}`);
    },
    async state() {
      return JSON.parse((await project.pulumi("stack", "export")).output);
    },
    async close() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await project.writePlan(plan);
  prepareStack({
    project: "sitewright",
    stack: "site",
    state: join(folder, "state"),
    settings: join(folder, "stacks", "Pulumi.site.yaml"),
    passphrase: "sitewright-lab",
  });
  return project;
}

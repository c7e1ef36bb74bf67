import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UsageError } from "./exit";
import { projectRoot } from "./project";
import type { StackSettings } from "./stack-settings";

export interface EngineEnded {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The pulumi command, for one stack. */
export interface Engine {
  /** Resolves once it has ended, however. `more` is its environment beside this process's own. */
  ended(args: string[], more?: NodeJS.ProcessEnv, input?: string): Promise<EngineEnded>;
  /** Resolves with its standard output; `input` is its standard input. */
  run(args: string[], input?: string): Promise<string>;
  /** On the terminal, where there is one: pulumi asks for what it needs. */
  ask(args: string[]): Promise<void>;
}

/** The demo's stacks, and what else is made with `npm run pulumi`, are that command's; all others are PATH's. */
export function engineFor({ project, stack }: StackSettings): Engine {
  const kept = join(projectRoot, ".pulumi", "state", ".pulumi", "stacks");
  const told = Boolean(process.env.SITEWRIGHT_BACKEND_URL);
  const ours = project === projectRoot && (told || isKept(kept, stack) || !onPath("pulumi"));
  const [command, first] = ours ? [process.execPath, [join(projectRoot, "toolchain", "pulumi.mjs")]] : ["pulumi", []];
  const argumentsOf = (args: string[]) => [...first, ...args, "--stack", stack];
  const engine: Engine = {
    async ended(args, more = {}, input = "") {
      const env = { ...process.env, ...more };
      const child = spawn(command, [...argumentsOf(args), "--non-interactive"], { cwd: project, env });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.stdin.on("error", () => {});
      child.stdin.end(input);
      return { code: await ended(child), stdout, stderr };
    },
    async run(args, input) {
      const { code, stdout, stderr } = await engine.ended(args, {}, input);
      if (code === 0) return stdout;
      throw new Error(`pulumi ${args.slice(0, 2).join(" ")} --stack ${stack}: ${stderr.trim()}`);
    },
    async ask(args) {
      const code = await ended(spawn(command, argumentsOf(args), { cwd: project, stdio: "inherit" }));
      if (code !== 0) throw new Error(`pulumi ${args.slice(0, 2).join(" ")} --stack ${stack} ended with ${code}`);
    },
  };
  return engine;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((done, failed) => {
    child.once("close", done);
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing = "there is no pulumi on PATH: install it, or npm run setup";
      failed(new UsageError(error.code === "ENOENT" ? missing : error.message));
    });
  });
}

function isKept(folder: string, stack: string): boolean {
  return ["json", "json.gz"].some((kind) => existsSync(join(folder, "sitewright", `${stack}.${kind}`)));
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { Interrupted, UsageError } from "./exit";
import { projectRoot } from "./project";
import type { StackSettings } from "./stack-settings";

export interface EngineEnded {
  code: number | null;
  /** Empty where each line was told. */
  stdout: string;
  stderr: string;
}

/** How it is run: its environment beside this process's own, its standard input, and who is told each line of its output. */
interface How {
  more?: NodeJS.ProcessEnv;
  input?: string;
  onLine?(line: string): void;
}

/** The pulumi command, for one stack. */
export interface Engine {
  /** Resolves once it has ended, however; rejects with Interrupted, once it has ended, where this process was told to stop. */
  ended(args: string[], how?: How): Promise<EngineEnded>;
  /** Resolves with its standard output; `input` is its standard input. */
  run(args: string[], input?: string): Promise<string>;
  /** On the terminal, where there is one: pulumi asks for what it needs. */
  ask(args: string[]): Promise<void>;
}

/** The demo's stacks, and what else is made with `npm run pulumi`, are that command's; all others are PATH's. */
export function engineFor({ project, stack }: StackSettings): Engine {
  const kept = join(projectRoot, ".pulumi", "state", ".pulumi", "stacks");
  const told = Boolean(process.env.SITEWRIGHT_BACKEND_URL);
  const ours =
    realpathSync(project) === realpathSync(projectRoot) && (told || isKept(kept, stack) || !onPath("pulumi"));
  const [command, first] = ours ? [process.execPath, [join(projectRoot, "toolchain", "pulumi.mjs")]] : ["pulumi", []];
  const argumentsOf = (args: string[]) => [...first, ...args, "--stack", stack];
  const engine: Engine = {
    async ended(args, { more = {}, input = "", onLine } = {}) {
      const env = { ...process.env, ...more };
      const words = [...argumentsOf(args), "--non-interactive"];
      // In a group of its own: ^C of the terminal reaches this process alone, which passes it on.
      return untilEnded(
        `pulumi ${args[0]}`,
        () => spawn(command, words, { cwd: project, env, detached: true }),
        (child) => {
          let [stdout, stderr] = ["", ""];
          const keep = (text: string) => (stdout += text);
          // Signs of several bytes come in two pieces.
          child.stdout.setEncoding("utf8").on("data", onLine ? byLine(child.stdout, onLine) : keep);
          child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
          child.stdin.on("error", () => {});
          child.stdin.end(input);
          return () => ({ stdout, stderr });
        },
      );
    },
    async run(args, input) {
      const { code, stdout, stderr } = await engine.ended(args, { input });
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

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs it to its end, whatever this process is told meanwhile: an engine that nobody reads any more dies where it is, and
 * leaves the stack locked. The first signal is passed on, once and as the one by which the engine ends what it has begun;
 * a second would have it drop that.
 */
async function untilEnded(
  what: string,
  start: () => ChildProcessWithoutNullStreams,
  read: (child: ChildProcessWithoutNullStreams) => () => Omit<EngineEnded, "code">,
): Promise<EngineEnded> {
  let told: (typeof SIGNALS)[number] | undefined;
  let child: ChildProcess | undefined;
  const stop = (signal: NodeJS.Signals) => {
    if (told) return;
    told = SIGNALS.find((each) => each === signal);
    console.error(`sitewright: ${what} is told to stop; what it has begun it still ends`);
    child?.kill("SIGINT");
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    const running = start();
    child = running;
    const said = read(running);
    const code = await ended(running);
    if (told) throw new Interrupted(what, told);
    return { code, ...said() };
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/** What tells each line of a stream, the last one too where it does not end. */
function byLine(stream: Readable, onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  stream.on("end", () => rest !== "" && onLine(rest));
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
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

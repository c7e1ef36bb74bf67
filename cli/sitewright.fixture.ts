import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { printable } from "../base/printable";
import { sitewright } from "./program";
import { projectRoot } from "./project";

export interface CommandEnded {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Place {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/**
 * The command in this process, as cli/main.ts runs it in one of its own: what is printed, made plain as there, and the exit
 * code. For commands that end; one at a time, since the streams, the folder and the environment are the process's.
 */
export async function sitewrightHere(args: string[], { cwd, env }: Place = {}): Promise<CommandEnded> {
  const said = { stdout: "", stderr: "" };
  const given = {
    stdout: process.stdout.write,
    stderr: process.stderr.write,
    log: console.log,
    error: console.error,
    env: process.env,
    cwd: process.cwd(),
    exitCode: process.exitCode,
  };
  const into = (stream: keyof typeof said) =>
    ((chunk: unknown) => {
      said[stream] += typeof chunk === "string" ? printable(chunk) : String(chunk);
      return true;
    }) as typeof process.stdout.write;
  process.stdout.write = into("stdout");
  process.stderr.write = into("stderr");
  console.log = (text: string) => process.stdout.write(`${text}\n`);
  console.error = (text: string) => process.stderr.write(`${text}\n`);
  if (env) process.env = { ...env };
  if (cwd) process.chdir(cwd);
  process.exitCode = undefined;
  try {
    const code = await sitewright(args);
    return { status: code ?? Number(process.exitCode ?? 0), ...said };
  } finally {
    process.stdout.write = given.stdout;
    process.stderr.write = given.stderr;
    console.log = given.log;
    console.error = given.error;
    process.env = given.env;
    process.chdir(given.cwd);
    process.exitCode = given.exitCode;
  }
}

/** The command as its users start it: where the process itself is what is looked at. */
export function sitewrightProcess(args: string[], { cwd, env, input }: Place & { input?: string } = {}): CommandEnded {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectRoot, "cli", "sitewright.cjs"), ...args],
    {
      encoding: "utf8",
      ...(cwd && { cwd }),
      ...(env && { env }),
      ...(input !== undefined && { input }),
    },
  );
  return { status, stdout, stderr };
}

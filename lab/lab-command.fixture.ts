import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { SitePlan } from "../plan/site-plan";
import { labPlan } from "./lab.fixture";
import type { Reached } from "./stage/reached";
import type { SiteStage } from "./stage/site-stage";

/** The line that `lab start --json` prints. */
export interface Started {
  reach: string;
  ca: string;
  endpoints: Record<string, string>;
  speed: number | "instant";
}

/** The line that it prints with --stage too. */
export interface StartedAt extends Started, Reached {
  stage: SiteStage;
}

export interface Running {
  child: ChildProcess;
  /** What it has said so far. */
  said(): string;
  /** The line of `lab start --json`; rejects with the output when the process ends before. */
  started: Promise<Started>;
  /** `out` is standard output alone. */
  ended: Promise<{ code: number | null; signal: string | null; output: string; out: string }>;
}

/** A folder with a plan, of three hosts unless told. Returns the plan's file and a folder for the lab. */
export function planFolder(plan: SitePlan = labPlan()): { folder: string; file: string; dir: string } {
  const folder = mkdtempSync(join(tmpdir(), "lab-cli-"));
  const stack = join(folder, "site");
  mkdirSync(stack);
  const file = join(stack, "site.yaml");
  writeFileSync(file, stringify(plan));
  return { folder, file, dir: join(folder, "lab") };
}

/** The compiled program, as users have it. */
export const labStart = (file: string, dir: string, ...more: string[]) => [
  process.execPath,
  join(__dirname, "..", "cli", "sitewright.cjs"),
  ...["lab", "start", file, "--dir", dir, "--json", "--speed", "instant", ...more],
];

export function run(command: string[]): Running {
  const child = spawn(command[0] as string, command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let out = "";
  const ended = new Promise<Awaited<Running["ended"]>>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, output, out }));
  });
  const started = new Promise<Started>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      out += chunk.toString();
      const line = output.split("\n").find((each) => each.startsWith("{") && each.endsWith("}"));
      if (line) resolve(JSON.parse(line) as Started);
    });
    ended.then(() => reject(new Error(output)), reject);
  });
  // A test that looks at the end alone does not wait for the start.
  started.catch(() => {});
  return { child, started, ended, said: () => output };
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import type { Lab } from "../lab";
import { PASSWORD, TOWER } from "./tower.fixture";
import type { TowerVersion } from "./tower-model";

const root = join(__dirname, "..", "..");

/** A Python with the vendor's SDK of a version; undefined, and a line that says so, where there is no Python at all. */
export async function pythonFor(version: TowerVersion): Promise<string | undefined> {
  const { ensurePython, NoPython } = (await import(
    pathToFileURL(join(root, "toolchain", "python.mjs")).href
  )) as typeof import("../../toolchain/python.mjs");
  const requirements = join("lab", "cloudtower", "sdk", `requirements-${version}.txt`);
  try {
    return await ensurePython(root, requirements, `python-cloudtower-${version}`);
  } catch (error) {
    if (!(error instanceof NoPython)) throw error;
    console.log(`not judged by the vendor's SDK: ${error.message}`);
    return undefined;
  }
}

/** What a script prints that uses the SDK on a lab. Root's password goes over standard input, and with it what else it is told. */
export async function runSdk<T = Record<string, unknown>>(
  python: string,
  script: "walk.py" | "machines.py",
  { reach, caFile }: Pick<Lab, "reach" | "caFile">,
  told: { password?: string; input?: unknown } = {},
): Promise<T> {
  const url = `https://${reach.endpoints[`${TOWER}:443`]}/v2/api`;
  const child = spawn(python, [join(__dirname, "sdk", script), url, caFile, TOWER], { stdio: "pipe" });
  child.stdin.end(`${told.password ?? PASSWORD}\n${JSON.stringify(told.input ?? null)}\n`);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (child.exitCode !== 0) throw new Error(`${script} ended with ${child.exitCode}:\n${err}`);
  return JSON.parse(out);
}

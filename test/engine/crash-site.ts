import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import type { LabSwitches } from "../../lab/switches";
import type { SitePlan } from "../../plan/site-plan";
import { type CrashSite, crashMatrix } from "../kit/crash-matrix";
import { STACK } from "../kit/project";

/** A lab's folder that each case copies: making keys, or a cluster, anew would cost more than the case. */
export interface LabTemplate {
  plan: SitePlan;
  folder: string;
  remove(): void;
}

/** Keeps what a lab has once `bringUp` is done with it. */
export async function labTemplate(
  plan: SitePlan,
  bringUp?: (lab: Lab) => Promise<unknown>,
  options: Partial<LabOptions> = {},
): Promise<LabTemplate> {
  const folder = mkdtempSync(join(tmpdir(), "crash-lab-"));
  const lab = await startLab({ plan, dir: folder, speed: "instant", ...options });
  await bringUp?.(lab);
  await lab.stop();
  const state = join(folder, "state.json");
  // Two copies run at a time, so each chooses its own ports.
  if (existsSync(state))
    writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, "utf8")), ports: {} }));
  return { plan, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export type Way = Pick<CrashSite, "before" | "after" | "between">;

export interface KilledOptions {
  speed?: number | "instant";
  /** Only the steps of such names. */
  only?: RegExp;
  /** How the lab answers where no document settles it. */
  switches?: Partial<LabSwitches>;
  /** Settings of the stack. */
  settings?: Record<string, string>;
  /** Files of the project by their path in it. */
  files?: Record<string, Uint8Array>;
}

/**
 * Kills at every step of a way that finds disk or site other than the one before (at every one with
 * SITEWRIGHT_TEST_FULL=1), each time at a site of its own; resolves with what failed, and how many steps there are.
 */
export async function killed(
  { plan, folder }: LabTemplate,
  way: (lab: Lab) => Way,
  verify: (lab: Lab, project: string) => void,
  { speed = "instant", only, switches, settings, files = {} }: KilledOptions = {},
): Promise<{ steps: number; kills: number; failures: string[] }> {
  const makeSite = async (): Promise<CrashSite> => {
    const dir = mkdtempSync(join(tmpdir(), "crash-lab-"));
    cpSync(folder, dir, { recursive: true });
    const lab = await startLab({ plan, dir, speed, switches });
    let project = "";
    return {
      ...way(lab),
      settings,
      writes: () => lab.requests().filter(({ write }) => write).length,
      verify: () => verify(lab, project),
      prepare(made) {
        project = made;
        const stack = join(project, "stacks", STACK);
        mkdirSync(stack, { recursive: true });
        for (const [path, content] of Object.entries(files)) writeFileSync(join(project, path), content);
        writeFileSync(join(stack, "reach.json"), JSON.stringify(lab.reach));
      },
      async close() {
        await lab.stop();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  };
  const { steps, cases } = await crashMatrix(makeSite, { only });
  process.stdout.write(`${expect.getState().currentTestName}: ${cases.length - 1} kills at ${steps} steps
`);
  return { steps, kills: cases.length - 1, failures: cases.flatMap(({ failure }) => failure ?? []) };
}

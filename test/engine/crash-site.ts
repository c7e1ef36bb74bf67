import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Lab } from "../../lab/lab";
import type { LabSwitches } from "../../lab/switches";
import { type CrashMatrix, type CrashMatrixOptions, type CrashSite, crashMatrix } from "../kit/crash-matrix";
import { STACK } from "../kit/project";
import { type LabTemplate, labFrom } from "./lab-site";

export type Way = Pick<CrashSite, "before" | "after" | "between">;

export interface KilledOptions extends CrashMatrixOptions {
  speed?: number | "instant";
  /** How the lab answers where no document settles it. */
  switches?: Partial<LabSwitches>;
  /** Settings of the stack. */
  settings?: Record<string, string>;
  /** Files of the project by their path in it. */
  files?: Record<string, Uint8Array>;
  environment?: NodeJS.ProcessEnv;
}

/**
 * Kills at every step of a way that finds disk or site other than the one before (at every one with
 * SITEWRIGHT_TEST_FULL=1), each time at a site of its own; resolves with what failed, and how many steps there are.
 */
export async function killed(
  template: LabTemplate,
  way: (lab: Lab) => Way,
  verify: (lab: Lab, project: string) => void,
  { speed = "instant", switches, settings, files = {}, environment, ...options }: KilledOptions = {},
): Promise<CrashMatrix & { kills: number; failures: string[] }> {
  const makeSite = async (): Promise<CrashSite> => {
    const { lab, end } = await labFrom(template, { speed, switches });
    let project = "";
    return {
      ...way(lab),
      settings,
      environment,
      writes: () => lab.requests().filter(({ write }) => write).length,
      verify: () => verify(lab, project),
      prepare(made) {
        project = made;
        const stack = join(project, "stacks", STACK);
        mkdirSync(stack, { recursive: true });
        for (const [path, content] of Object.entries(files)) writeFileSync(join(project, path), content);
        writeFileSync(join(stack, "reach.json"), JSON.stringify(lab.reach));
      },
      close: end,
    };
  };
  const matrix = await crashMatrix(makeSite, options);
  const { steps, cases } = matrix;
  process.stdout.write(`${expect.getState().currentTestName}: ${cases.length - 1} kills at ${steps} steps
`);
  return { ...matrix, kills: cases.length - 1, failures: cases.flatMap(({ failure }) => failure ?? []) };
}

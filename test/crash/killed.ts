import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import type { RecordedRequest } from "../../lab/record";
import { type LabTemplate, labFrom, templateOf } from "../engine/lab-site";
import { comesToRest } from "../kit/at-rest";
import { type CrashMatrix, type CrashMatrixOptions, type CrashSite, crashMatrix } from "../kit/crash-matrix";
import { STACK } from "../kit/project";
import type { Way } from "./way";

/** A test for each way: killed at each of its steps, the next run brings it to its end. */
export function testWays(ways: Way[]): void {
  const templates = new Map<Way["template"], Promise<LabTemplate>>();
  afterAll(async () => {
    for (const template of templates.values()) (await template).remove();
  });

  test.each(ways.map((way) => [way.name, way] as const))(
    "%s",
    async (name, way) => {
      let template = templates.get(way.template);
      if (!template) {
        template = way.template();
        templates.set(way.template, template);
      }
      const { steps, kills, failures } = await killed(await template, way);
      process.stdout.write(`${name}: ${kills} kills at ${steps} steps\n`);
      expect(failures).toEqual([]);
      expect(steps).toBeGreaterThan(way.moreStepsThan ?? 0);
      expect(kills).toBeGreaterThan(way.moreKillsThan ?? 0);
    },
    900_000,
  );
}

/**
 * What becomes of a way that is cut off at every step that finds disk or site other than the one before (at every one with
 * SITEWRIGHT_TEST_FULL=1), each time at a site of its own; see crashMatrix.
 */
export async function killed(
  template: LabTemplate,
  way: Omit<Way, "name" | "template">,
  options: CrashMatrixOptions = {},
): Promise<CrashMatrix & { kills: number; failures: string[] }> {
  const { speed = "instant", switches, settings, environment } = way;

  async function siteFrom(begins: LabTemplate, earlier?: RecordedRequest[]): Promise<CrashSite> {
    const { lab: fresh, dir, end } = await labFrom(begins, { speed, switches });
    const lab: Lab = earlier ? { ...fresh, requests: () => [...earlier, ...fresh.requests()] } : fresh;
    let project = "";
    return {
      before: way.before?.(lab) ?? [],
      after: way.after(lab),
      between: () => way.between?.(lab),
      settings,
      environment,
      writes: () => lab.requests().filter(({ write }) => write).length,
      verify: () => way.verify(lab, project),
      prepare(made) {
        project = made;
        for (const [path, content] of Object.entries(earlier ? {} : (way.files?.() ?? {}))) {
          mkdirSync(dirname(join(project, path)), { recursive: true });
          writeFileSync(join(project, path), content);
        }
        writeFileSync(join(project, "stacks", STACK, "reach.json"), JSON.stringify(lab.reach));
      },
      async keep() {
        if (!(await isAtRest(lab))) return undefined;
        // With the site's time, as where a lab stops.
        lab.site.change(() => {});
        await lab.site.settled;
        const seen = lab.requests();
        const kept = templateOf(begins.plan, dir);
        return { open: () => siteFrom(kept, seen), drop: kept.remove };
      },
      close: end,
    };
  }

  const matrix = await crashMatrix(() => siteFrom(template), {
    only: way.only?.steps,
    sigkill: way.sigkill,
    ...options,
  });
  const { cases } = matrix;
  return { ...matrix, kills: cases.length - 1, failures: cases.flatMap(({ failure }) => failure ?? []) };
}

/** Whether all that has come in is answered. */
function isAtRest({ requests }: Lab): Promise<boolean> {
  return comesToRest(
    () => requests().length,
    () => requests().some(({ took }) => took === undefined),
  );
}

import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LabOptions, startLab } from "../../lab/lab";
import type { SitePlan } from "../../plan/site-plan";
import { fillTemplate } from "../../plan/template";
import { liveProgram, type Said } from "../kit/live-program";
import { createProject, root, STACK } from "../kit/project";
import { speak } from "../kit/spoken-engine";
import { createTestEngine, type TestEngine } from "../kit/test-engine";
import type { SiteProject } from "./site-project";

/** A site whose program is run, by Pulumi's own SDK, against the test engine; nothing outlives a run but the files. */
export interface TestEngineSite extends Omit<SiteProject, "start"> {
  engine: TestEngine;
}

/** As createSiteProject, on the test engine, where the stack has the kit's name. */
export async function createTestEngineSite(plan: SitePlan, lab: Partial<LabOptions> = {}): Promise<TestEngineSite> {
  const project = createProject();
  layProgram(project.folder, project.main);
  mkdirSync(project.memory, { recursive: true });
  const stack = join(project.folder, "stacks", STACK);
  const running = await startLab({ plan, dir: join(project.folder, "lab"), ...lab });
  await running.writeReach(join(stack, "reach.json"));
  const engine = createTestEngine({ main: project.main, env: project.env });
  const said: Said = { lines: [], outputs: {} };
  const program = liveProgram({ main: project.main, env: project.env, said });
  const spoken = speak(engine, () => program, said);
  const site: TestEngineSite = {
    folder: project.folder,
    stack,
    lab: running,
    env: project.env,
    engine,
    pulumi: spoken.pulumi,
    async writePlan(next) {
      writeFileSync(join(stack, "plan.xlsx"), await fillTemplate(next));
    },
    writeSettings(settings) {
      engine.settings = settings;
    },
    state: async () => ({ deployment: { resources: spoken.resources(), pending_operations: engine.pending } }),
    async close() {
      await engine.close();
      await running.stop();
      project.close();
    },
  };
  await site.writePlan(plan);
  return site;
}

/** The compiled program, where it finds the project's folder above itself and its sources there. */
function layProgram(folder: string, main: string): void {
  for (const file of ["index.js", ".sources"]) copyFileSync(join(root, "dist", file), join(main, file));
  for (const each of ["base", "components", "plan", "providers"]) {
    symlinkSync(join(root, "dist", each), join(main, each));
    symlinkSync(join(root, each), join(folder, each));
  }
  symlinkSync(join(root, "index.ts"), join(folder, "index.ts"));
}

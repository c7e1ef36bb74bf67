import { mkdirSync } from "node:fs";
import { liveProgram, type Said } from "./live-program";
import { createProject, type KitProject, type ProjectOptions } from "./project";
import { type SpokenEngine, speak } from "./spoken-engine";
import { type StoreServer, startStore } from "./store-server";
import { createTestEngine, type TestEngine } from "./test-engine";

/** As RealStack, on the test engine; of commands it has those that run over the stack's resources. */
export interface TestStack
  extends Pick<KitProject, "folder" | "memory" | "env" | "writeProgram" | "writeSettings">,
    SpokenEngine {
  store: StoreServer;
  engine: TestEngine;
  /** Previews first, as the command does unless told otherwise. */
  up(...flags: string[]): ReturnType<SpokenEngine["pulumi"]>;
  end(): Promise<void>;
}

/** A store, a project, and a stack of the test engine in it, with the program that the real one would run. */
export async function createTestStack(
  settings: Record<string, string> = {},
  options: ProjectOptions = {},
): Promise<TestStack> {
  const store = await startStore();
  const project = createProject(options);
  mkdirSync(project.memory, { recursive: true });
  const given = { requestTimeout: "3s", ...settings };
  const engine = createTestEngine({ main: project.main, env: project.env, settings: given });
  const said: Said = { lines: [], outputs: {} };
  const program = liveProgram({ main: project.main, env: project.env, said });
  const spoken = speak(engine, () => program, said);
  return {
    ...spoken,
    folder: project.folder,
    memory: project.memory,
    env: project.env,
    store,
    engine,
    up: (...flags) => spoken.pulumi("up", "--yes", ...flags),
    writeProgram: project.writeProgram,
    writeSettings(next) {
      engine.settings = next;
    },
    async end() {
      await engine.close();
      await store.close();
      project.close();
    },
  };
}

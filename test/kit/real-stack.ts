import { join } from "node:path";
import { prepareStack } from "./prepared-stack";
import { createProject, type KitProject, PROJECT, type ProjectOptions, STACK } from "./project";
import { type StoreServer, startStore } from "./store-server";

export interface RealStack extends KitProject {
  store: StoreServer;
  /** Previews first, as the command does unless told otherwise. */
  up(...flags: string[]): ReturnType<KitProject["pulumi"]>;
  end(): Promise<void>;
}

/** A store, a project, and a stack of the real engine in it. */
export async function createRealStack(
  settings: Record<string, string> = {},
  options: ProjectOptions = {},
): Promise<RealStack> {
  const store = await startStore();
  const project = createProject(options);
  const settingsFile = join(project.folder, `Pulumi.${STACK}.yaml`);
  const state = join(project.folder, "state");
  prepareStack({ project: PROJECT, stack: STACK, state, settings: settingsFile, passphrase: "kit" });
  project.writeSettings({ requestTimeout: "3s", ...settings });
  return {
    ...project,
    store,
    up: (...flags) => project.pulumi("up", "--yes", ...flags),
    async end() {
      await store.close();
      project.close();
    },
  };
}

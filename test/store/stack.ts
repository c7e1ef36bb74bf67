import type { ResourceSpec } from "../kit/program";
import { createProject, type Ended, type ExportedResource, type KitProject } from "../kit/project";
import { type StoreServer, startStore } from "../kit/store-server";

export interface StoreStack {
  store: StoreServer;
  project: KitProject;
  /** Runs `up` without its preview; with a program, that one from now on. */
  up(program?: ResourceSpec[], ...flags: string[]): Promise<Ended>;
  preview(program?: ResourceSpec[], ...flags: string[]): Promise<Ended>;
  pulumi: KitProject["pulumi"];
  /** A resource as the state has it. */
  kept(name: string): Promise<ExportedResource | undefined>;
  /** The requests since the last look that the store has carried out and that are no reads: `createThing`. */
  wrote(): string[];
  close(): Promise<void>;
}

/** A store in this process, and an empty stack of the real engine that a test fills. */
export async function createStoreStack(): Promise<StoreStack> {
  const store = await startStore();
  const project = createProject();
  project.writeSettings({ requestTimeout: "1s" });
  const made = await project.pulumi("stack", "init", "test");
  if (made.code !== 0) throw new Error(made.output);

  function planned(program: ResourceSpec[] | undefined): void {
    if (program) project.writeProgram(program);
  }
  return {
    store,
    project,
    pulumi: project.pulumi,
    up(program, ...flags) {
      planned(program);
      return project.pulumi("up", "--yes", "--skip-preview", ...flags);
    },
    preview(program, ...flags) {
      planned(program);
      return project.pulumi("preview", ...flags);
    },
    async kept(name) {
      const { resources } = await project.state();
      return resources.find(({ urn }) => urn.endsWith(`::${name}`));
    },
    wrote() {
      const writes = store.writes().filter(({ committed }) => committed);
      store.clearRequests();
      return writes.map(({ operation }) => operation);
    },
    async close() {
      await store.close();
      project.close();
    },
  };
}

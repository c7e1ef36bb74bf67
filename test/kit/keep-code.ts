import { mkdirSync } from "node:fs";
import { createProject, PROJECT, STACK } from "./project";
import { startProviderThread } from "./provider-thread";
import { thing } from "./store-program";
import { startStore } from "./store-server";

/** Has a provider's thread live through a thing's life once, and keeps what V8 has made of its bundles by then. */
export async function keepCode(): Promise<void> {
  const store = await startStore();
  const project = createProject();
  mkdirSync(project.memory, { recursive: true });
  const provider = await startProviderThread({ main: project.main, project: PROJECT, config: {}, env: project.env });
  const { type, args } = thing(store, "a");
  const said = { urn: `urn:pulumi:${STACK}::${PROJECT}::pulumi-nodejs:dynamic/${type}::a` };
  const text = `exports.handler=()=>require("@sitewright/providers/handler").handler("${type}")`;
  const wanted = (size: number) => ({ ...args, size, __provider: text, __schema: 2, __run: 1 });
  try {
    const { inputs } = await provider.check(said, {}, wanted(3));
    const made = await provider.create(said, inputs);
    const seen = await provider.read(said, made.id, made.outputs);
    await provider.diff(said, made.id, seen?.outputs ?? {}, wanted(4));
    const changed = await provider.update(said, made.id, made.outputs, wanted(4));
    await provider.delete(said, made.id, changed);
    await provider.keepCode();
  } finally {
    await provider.kill();
    await store.close();
    project.close();
  }
}

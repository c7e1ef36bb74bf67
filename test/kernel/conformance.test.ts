import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import { createProject, type HandlerCall, type KitProject } from "../kit/project";
import { createRealStack, type RealStack } from "../kit/real-stack";
import { thing } from "../kit/store-program";
import { STORE_LOGIN, type StoreServer, startStore } from "../kit/store-server";
import { createTestEngine, type ProviderKind, type TestEngine } from "../kit/test-engine";

interface Step {
  verb: "preview" | "up" | "up --refresh" | "up --continue-on-error" | "refresh" | "destroy";
  program?: (store: StoreServer) => ResourceSpec[];
  /** Done at the store before the step. */
  meanwhile?: (store: StoreServer) => void;
  /** Name of the resource that --replace names. */
  replace?: string;
  settings?: Record<string, string>;
  fails?: boolean;
}

/** Without credentials: secrets would be told apart in the real state. */
function connected(store: StoreServer, spec: ResourceSpec): ResourceSpec {
  return { ...spec, args: { ...spec.args, connection: { name: "shop", addresses: [store.address] } } };
}
const a =
  (args = {}, options = {}) =>
  (store: StoreServer) =>
    connected(store, thing(store, "a", args, options));
const b =
  (args = {}) =>
  (store: StoreServer) =>
    connected(store, thing(store, "b", { size: { $ref: "a.revision" }, ...args }, { dependsOn: ["a"] }));
const c = (store: StoreServer) =>
  connected(store, thing(store, "c", { zone: { $ref: "a.zone" } }, { dependsOn: ["b"] }));
const d =
  (options = {}) =>
  (store: StoreServer) =>
    connected(store, thing(store, "d", {}, { dependsOn: ["c"], ...options }));
const one = (type: string, args: Record<string, unknown>) => (store: StoreServer) =>
  connected(store, { type: `store:${type}`, name: type.toLowerCase(), args, options: { dependsOn: ["a"] } });
const group = (): ResourceSpec => ({ type: "component", name: "group" });
const all =
  (...specs: ((store: StoreServer) => ResourceSpec)[]) =>
  (store: StoreServer) =>
    specs.map((spec) => spec(store));

const reduced = (store: StoreServer) => {
  store.state.things = store.state.things.slice(1);
};
const raised = (store: StoreServer) => {
  store.state.limit = 30;
};
const drift = (size: number) => (store: StoreServer) => void Object.assign(store.state.things[0] ?? {}, { size });
const moved = { parent: "group" };

/**
 * A setting, a thing that stands on it, one that does not, and one that is not deleted with its resource: the last two one
 * after the other, or which of them has which id is chance.
 */
const LIMITED = [
  one("Limit", { limit: 25 }),
  (store: StoreServer) => connected(store, thing(store, "e", {}, { dependsOn: ["limit"] })),
  (store: StoreServer) => connected(store, thing(store, "f", {}, { dependsOn: ["a"] })),
  (store: StoreServer) => connected(store, thing(store, "g", {}, { dependsOn: ["f"], retainOnDelete: true })),
];

/** One life; each step goes on where the one before left it. */
const LIFE: [string, Step][] = [
  ["a preview of what is to be made", { verb: "preview", program: all(a(), b()) }],
  ["creation", { verb: "up", program: all(a(), b()) }],
  ["nothing to do", { verb: "up" }],
  ["a change that another resource sees", { verb: "up", program: all(a({ size: 4 }), b()) }],
  ["a preview of a change", { verb: "preview", program: all(a({ size: 5 }), b()) }],
  ["an ignored change", { verb: "up", program: all(a({ size: 9 }, { ignoreChanges: ["size"] }), b()) }],
  ["a text that means the same", { verb: "up", program: all(a({ size: 4, text: "one;two" }), b()) }],
  ["a refresh that finds drift", { verb: "refresh", meanwhile: drift(7) }],
  ["an up that repairs it", { verb: "up" }],
  ["drift found and repaired in one run", { verb: "up --refresh", meanwhile: drift(8) }],
  ["an object that vanished", { verb: "up --refresh", meanwhile: reduced }],
  ["a moved parent", { verb: "up", program: all(group, a({ size: 4 }, { ...moved, movedFrom: "" }), b()) }],
  ["other hidden inputs alone", { verb: "up", settings: { adopt: "Thing/Z", timeouts: '{"Thing":{"create":"5m"}}' } }],
  [
    "a replacement by replaceOnChanges",
    { verb: "up", program: all(group, a({ size: 6 }, { ...moved, replaceOnChanges: ["size"] }), b()) },
  ],
  ["a resource that would be replaced along", { verb: "up", program: all(group, a({ size: 6 }, moved), b(), c) }],
  [
    "a replacement that takes another along",
    { verb: "up", program: all(group, a({ size: 6, zone: "b" }, moved), b(), c) },
  ],
  [
    "a creation that is half done",
    {
      verb: "up",
      program: all(group, a({ size: 6, zone: "b" }, moved), b(), c, d()),
      meanwhile: (store) => store.fault({ kind: "refuse", operation: "updateThing" }),
      fails: true,
    },
  ],
  ["a refresh of what is half done", { verb: "refresh" }],
  ["going on with it", { verb: "up" }],
  ["a replacement that was asked for", { verb: "up", replace: "d" }],
  [
    "a change that fails",
    {
      verb: "up",
      program: all(group, a({ size: 2, zone: "b" }, moved)),
      meanwhile: (store) => store.fault({ kind: "refuse", operation: "updateThing" }),
      fails: true,
    },
  ],
  ["the change again, with deletions", { verb: "up" }],
  ["inputs that cannot be", { verb: "up", program: all(group, a({ size: 5000, zone: "b" }, moved)), fails: true }],
  [
    "settings, look-ups and what is done once",
    {
      verb: "up",
      program: all(
        group,
        a({ size: 2, zone: "b" }, moved),
        one("Limit", { limit: 20 }),
        one("Setup", { owner: "me" }),
        one("Info", {}),
      ),
    },
  ],
  ["a refresh of them", { verb: "refresh", meanwhile: raised }],
  [
    "what is done once, and the site has lost",
    { verb: "up --refresh", meanwhile: (store) => void Object.assign(store.state, { setup: undefined }) },
  ],
  [
    "a creation that fails",
    {
      verb: "up",
      program: all(group, a({ size: 2, zone: "b" }, moved), b()),
      meanwhile: (store) => store.fault({ kind: "refuse", operation: "createThing" }),
      fails: true,
    },
  ],
  ["the creation again", { verb: "up" }],
  [
    "a change that fails where the run goes on with what does not stand on it",
    {
      verb: "up --continue-on-error",
      program: all(group, a({ size: 2, zone: "b" }, moved), ...LIMITED),
      meanwhile: (store) => store.fault({ kind: "refuse", operation: "setLimit" }),
      fails: true,
    },
  ],
  ["the rest of it", { verb: "up", program: all(group, a({ size: 2, zone: "b" }, moved), ...LIMITED) }],
  [
    "inputs that cannot be, for what they stand on has failed: the run goes on no more, and deletes nothing",
    {
      verb: "up --continue-on-error",
      program: all(group, a({ size: 3, zone: "b" }, moved), b()),
      meanwhile: (store) => store.fault({ kind: "refuse", operation: "updateThing" }),
      fails: true,
    },
  ],
  ["what stays when it is let go of", { verb: "up", program: all(group, a({ size: 2, zone: "b" }, moved)) }],
  ["the end", { verb: "destroy" }],
];

/** A test engine beside the real one. */
interface Ours {
  provider: ProviderKind;
  project: KitProject;
  engine: TestEngine;
  store: StoreServer;
}

describe("the test engine asks and keeps what the real one does", () => {
  let real: RealStack;
  const ours: Ours[] = [];
  let program: (store: StoreServer) => ResourceSpec[];
  const environment = {
    SITEWRIGHT_SHOP_USERNAME: STORE_LOGIN.username,
    SITEWRIGHT_SHOP_PASSWORD: STORE_LOGIN.password,
  };

  beforeAll(async () => {
    real = await createRealStack({}, { record: true, speed: 100, environment });
    for (const provider of ["process", "thread"] as const) {
      const project = createProject({ record: true, speed: 100, environment });
      const settings = { requestTimeout: "3s" };
      const engine = createTestEngine({ main: project.main, env: project.env, settings, provider });
      ours.push({ provider, project, engine, store: await startStore() });
    }
  });
  afterAll(async () => {
    for (const { engine, store, project } of ours) {
      await engine.close();
      await store.close();
      project.close();
    }
    await real?.end();
  });

  async function onReal({ verb, replace, settings, meanwhile }: Step): Promise<{ ok: boolean; output: string }> {
    meanwhile?.(real.store);
    if (settings) real.writeSettings({ requestTimeout: "3s", ...settings });
    real.writeProgram(program(real.store));
    const urn = replace && stateOf(real).find((each) => each.urn.endsWith(`::${replace}`))?.urn;
    const yes = verb === "up" ? ["--yes"] : ["--yes", "--skip-preview"];
    const flags = [...(verb === "preview" ? [] : yes), ...(urn ? ["--replace", urn] : [])];
    const { code, output } = await real.pulumi(...verb.split(" "), ...flags);
    return { ok: code === 0, output };
  }

  async function onOurs({ engine, store }: Ours, { verb, replace, settings, meanwhile }: Step): Promise<boolean> {
    meanwhile?.(store);
    if (settings) engine.settings = { requestTimeout: "3s", ...settings };
    // The real engine starts a provider for each run.
    await engine.kill();
    const specs = program(store);
    if (verb === "preview") return (await engine.preview(specs)).ok;
    if (verb === "refresh") return (await engine.refresh()).ok;
    if (verb === "destroy") return (await engine.destroy()).ok;
    const [refresh, continueOnError] = [verb === "up --refresh", verb === "up --continue-on-error"];
    return (
      await engine.up(specs, { preview: verb === "up", refresh, continueOnError, replace: replace ? [replace] : [] })
    ).ok;
  }

  test.each(LIFE)("%s", async (_name, step) => {
    program = step.program ?? program;
    const { ok, output } = await onReal(step);
    const asked = byUrn(real.calls(), real.store);
    for (const each of ours) {
      const { provider, project, engine, store } = each;
      expect([provider, ok, await onOurs(each, step)], output).toEqual([provider, !step.fails, !step.fails]);
      expect(byUrn(project.calls(), store), provider).toEqual(asked);
      const kept = engine.state.map(({ urn, id, inputs, outputs, initErrors }) => ({
        urn,
        id,
        inputs,
        outputs,
        initErrors,
      }));
      expect(comparable(kept, store), provider).toEqual(comparable(stateOf(real), real.store));
    }
  });
});

interface Stated {
  urn: string;
  id: string;
  inputs: unknown;
  outputs: unknown;
  initErrors: string[];
}

/** The resources of the real state that have a handler. */
function stateOf(stack: RealStack): Stated[] {
  const file = join(stack.folder, "state", ".pulumi", "stacks", "kit", "test.json");
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8"));
  const resources: (Stated & { type: string })[] = checkpoint.latest?.resources ?? [];
  return resources
    .filter((each) => each.type.startsWith("pulumi-nodejs:dynamic/"))
    .map(({ urn, id, inputs, outputs, initErrors }) => ({ urn, id, inputs, outputs, initErrors: initErrors ?? [] }));
}

/** In one order. */
function comparable(states: Stated[], store: StoreServer): unknown {
  const sorted = [...states].sort((one, other) => (one.urn < other.urn ? -1 : 1));
  return alike(sorted, store);
}

/** With one address for both stores, and without what is made up anew for each resource. */
function alike<T>(value: T, store: StoreServer): T {
  const text = JSON.stringify(value).replaceAll(store.address, "STORE");
  return JSON.parse(text.replace(/"__claim":"[^"]*"/g, '"__claim":"CLAIM"'));
}

/** The calls of each resource in their order; those of different resources may run side by side. */
function byUrn(calls: HandlerCall[], store: StoreServer): Record<string, unknown[]> {
  const grouped: Record<string, unknown[]> = {};
  for (const { method, args } of alike(calls, store)) {
    const urn = String((args.at(-1) as { __urn: string }).__urn);
    grouped[urn] = [...(grouped[urn] ?? []), { method, args }];
  }
  return grouped;
}

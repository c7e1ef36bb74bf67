import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { parseDuration } from "../../providers/kernel/duration";
import { homeOf, type InState } from "../../providers/kernel/engine-state";
import { UNKNOWN } from "../../providers/kernel/schema";
import { kindOf } from "./kind-of";
import type { LiveSpec, Program } from "./live-program";
import { COMPONENT_TYPE, type ResourceSpec } from "./program";
import { PROJECT, STACK } from "./project";
import { type Fields, InitFailed, type LogLine, type Provider, ProviderGone, type ProviderOptions } from "./provider";
import { startProviderThread } from "./provider-thread";

/** A resource as the state has it. */
export interface Kept {
  urn: string;
  name: string;
  id: string;
  inputs: Fields;
  outputs: Fields;
  /** Names of the resources that it waits for. */
  dependencies: string[];
  /** Its properties that stand on another resource. */
  propertyDependencies: Record<string, string[]>;
  initErrors: string[];
  /** Seconds that the program gives each operation. */
  timeouts: Partial<Record<"create" | "update" | "delete", number>>;
  /** Whether it stays where it is when the state lets go of it: `retainOnDelete`. */
  retained: boolean;
}

export interface Outcome {
  ok: boolean;
  /** `create thing-a`, in the order done (or, in a preview, to be done). */
  steps: string[];
  errors: string[];
  logs: LogLine[];
  /** The inputs of what is changed or replaced, in the state and in the program, and which of them hold a secret. */
  changes: { name: string; from: Fields; to: Fields; secret: string[] }[];
  /** The URNs of the program's resources by their names. */
  urns: Map<string, string>;
}

export interface TestEngine {
  state: Kept[];
  /** Creations that a kill left without an answer. */
  pending: string[];
  settings: Record<string, string>;
  preview(program: Program, options?: { refresh?: boolean; replace?: string[] }): Promise<Outcome>;
  /** Previews first, as the command does; what refreshes, or is told not to, does not. */
  up(program: Program, options?: UpOptions): Promise<Outcome>;
  refresh(): Promise<Outcome>;
  destroy(): Promise<Outcome>;
  /** Starts the provider of the next run ahead of time. */
  warm(): Promise<void>;
  /** SIGKILL of the provider, whatever it is at. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface UpOptions {
  refresh?: boolean;
  replace?: string[];
  /** False: goes to work at once. */
  preview?: boolean;
  /** Goes on with what does not stand on a resource that has failed. */
  continueOnError?: boolean;
}

export interface TestEngineOptions {
  /** The folder of the compiled program: the provider's working directory. */
  main: string;
  env: NodeJS.ProcessEnv;
  settings?: Record<string, string>;
  /**
   * The provider as a thread of this process, or, as SITEWRIGHT_TEST_FULL=1 has it of all tests, as the process that an
   * engine starts, whose kill is SIGKILL.
   */
  provider?: ProviderKind;
  /** Scripts that the provider loads before anything else. */
  preload?: string[];
  /** Milliseconds that this engine needs to take a line of the provider; none unless told. */
  logDelay?: number;
  /** What is done each time its provider has stopped itself (SIGSTOP), before it goes on; of a thread alone. */
  whileStopped?: () => Promise<void>;
}

export type ProviderKind = "thread" | "process";

/** Thrown to end a run; the message is already among its errors. */
class Stopped extends Error {
  /** What is known of a resource that has failed: of one that is half made what its provider said, of any other nothing. */
  constructor(readonly outputs: Fields = {}) {
    super();
  }
}

/** Inputs that cannot be: they end the run even where it goes on with what does not stand on a failure. */
class Refused extends Stopped {}

/**
 * A small engine: drives the real provider and keeps state as Pulumi 3.220 does
 * (pkg/resource/deploy: step_generator.go, step.go), one step at a time. conformance.test.ts holds it to the
 * real one. Left out: secrets, protect, targets, components with outputs.
 */
export function createTestEngine(options: TestEngineOptions): TestEngine {
  const { provider: as = process.env.SITEWRIGHT_TEST_FULL === "1" ? "process" : "thread" } = options;
  let provider: Promise<Provider> | undefined;
  let runs = 0;

  async function run(work: (session: Session) => Promise<void>): Promise<Outcome> {
    provider ??= startFresh();
    const current = await provider;
    const seen = current.logs.length;
    runs += 1;
    const session: Session = { provider: inRun(current, runs), steps: [], errors: [], changes: [], urns: new Map() };
    try {
      await work(session);
    } catch (error) {
      if (!(error instanceof Stopped)) session.errors.push((error as Error).message);
    }
    const { provider: _, ...came } = session;
    return { ...came, ok: came.errors.length === 0, logs: current.logs.slice(seen) };
  }

  function startFresh(): Promise<Provider> {
    const config = Object.fromEntries(
      Object.entries(engine.settings).map(([key, value]) => [`${PROJECT}:${key}`, value]),
    );
    const started = start(as, { ...options, project: PROJECT, config });
    started.then(
      (process) =>
        process.ended.then(() => {
          if (provider === started) provider = undefined;
        }),
      () => {},
    );
    return started;
  }

  async function refreshAll(session: Session): Promise<void> {
    for (const kept of [...engine.state]) {
      const seen = await step(session, `refresh ${kept.name}`, () =>
        session.provider.read({ urn: kept.urn, inputs: kept.inputs }, kept.id, kept.outputs),
      );
      if (!seen) {
        engine.state = engine.state.filter((each) => each !== kept);
        continue;
      }
      const inputs = seen.inputs ?? kept.inputs;
      // The engine asks for the difference only to show it.
      await session.provider.diff({ urn: kept.urn }, seen.id, seen.outputs, kept.inputs);
      Object.assign(kept, { id: seen.id, outputs: seen.outputs, inputs, initErrors: [] });
    }
  }

  async function apply(session: Session, program: Program, how: ApplyOptions) {
    const { dry, replace = [], stored = engine.state, continueOnError = false } = how;
    const names = new Map<string, Fields>();
    const parents = session.urns;
    const registered = new Set<Kept>();
    /** URNs whose old object was deleted for the sake of a replacement, here or of what they stand on. */
    const recreating = new Set<string>();
    // What the program sees of the state is what the backend has: a refresh of the same run is not in it yet.
    const before = new Map(stored.map(({ urn, outputs }) => [urn, { type: typeOf(urn), outputs }]));
    /** Names of what has failed, and of what stands on it, where the run goes on all the same. */
    const failed = new Set<string>();

    /** What the program learns of a resource, and those that come after it by its name. */
    function told(spec: ResourceSpec | LiveSpec, urn: string, id: string, outputs: Fields, ok = true): void {
      names.set(spec.name, dry && id === "" ? previewOf(outputs) : outputs);
      if ("told" in spec) spec.told({ urn, id, outputs, ok });
    }

    async function one(spec: ResourceSpec | LiveSpec, skipped: boolean): Promise<void> {
      const urn = urnOf(spec, parents);
      if (parents.has(spec.name)) throw new Error(`two resources of the program are called ${spec.name}`);
      parents.set(spec.name, urn);
      if (spec.type === "component") return told(spec, urn, "", {});
      const { ignoreChanges = [], replaceOnChanges = [], movedFrom } = spec.options ?? {};
      const alias = movedFrom === undefined ? undefined : urnOf(spec, parents, movedFrom);
      const old = engine.state.find((kept) => kept.urn === urn) ?? engine.state.find((kept) => kept.urn === alias);
      const kept = old && !recreating.has(old.urn) ? old : undefined;
      if (kept && !dry) kept.urn = urn;

      const propertyDependencies: Record<string, string[]> = "told" in spec ? spec.propertyDependencies : {};
      const goal = resolve(spec, names, propertyDependencies);
      const timeouts = secondsOf(spec.options?.customTimeouts);
      if (!("told" in spec)) Object.assign(goal, hiddenInputs(spec, urn, before));
      // Of what has failed a run knows nothing: what stands on it goes without, as the real engine sends no unknown then.
      if (!dry) forgetUnknown(goal);
      if (kept) restore(goal, kept.inputs, ignoreChanges);
      const forced = replace.includes(spec.name);
      let { inputs, failures } = await session.provider.check({ urn }, kept && !forced ? kept.inputs : {}, goal);
      refuse(session, spec.name, failures);

      const dependencies = [
        ...new Set([...(spec.options?.dependsOn ?? []), ...Object.values(propertyDependencies).flat()]),
      ];
      const retained = spec.options?.retainOnDelete ?? false;
      const fresh = { urn, name: spec.name, dependencies, propertyDependencies, timeouts, retained };

      const create = async () => {
        if (dry) {
          session.steps.push(`create ${spec.name}`);
          return told(spec, urn, "", inputs);
        }
        engine.pending.push(urn);
        const made = await step(session, `create ${spec.name}`, () =>
          session.provider.create({ urn, timeout: timeouts.create }, inputs),
        ).catch((error: Error) => {
          if (!(error instanceof InitFailed)) {
            if (!(error instanceof ProviderGone)) engine.pending.pop();
            stop(session, error);
          }
          return { id: error.id, outputs: error.properties, failed: error };
        });
        engine.pending.pop();
        const half = "failed" in made ? made.failed : undefined;
        const now: Kept = { ...fresh, id: made.id, inputs, outputs: made.outputs, initErrors: half?.reasons ?? [] };
        engine.state.push(now);
        registered.add(now);
        if (half) stop(session, half);
        told(spec, urn, made.id, made.outputs);
      };

      if (!kept && skipped) throw new Stopped();
      if (!kept) return create();
      registered.add(kept);
      const difference = forced
        ? { changes: "some" as const, replaces: ["id"], deleteBeforeReplace: true }
        : await session.provider.diff({ urn }, kept.id, kept.outputs, inputs);
      if (skipped) throw new Stopped();
      const changed = changedKeys(kept.inputs, inputs).filter((key) => !ignoreChanges.includes(key));
      const some = difference.changes === "some" || (difference.changes === "unknown" && changed.length > 0);
      const replaces = some ? [...difference.replaces, ...changed.filter((key) => replaceOnChanges.includes(key))] : [];

      if (some) session.changes.push({ name: spec.name, from: kept.inputs, to: inputs, secret: secretOf(spec) });
      if (replaces.length > 0) {
        if (!forced) ({ inputs, failures } = await session.provider.check({ urn }, {}, goal));
        refuse(session, spec.name, failures);
        const doomed = [...(await dependents(session, kept, engine.state)).reverse(), kept];
        for (const each of doomed) {
          recreating.add(each.urn);
          registered.delete(each);
          await remove(session, each, dry, "delete-replaced");
        }
        return create();
      }
      if (!some && kept.initErrors.length === 0) {
        if (!dry) Object.assign(kept, fresh, { inputs });
        return told(spec, urn, kept.id, kept.outputs);
      }
      if (dry) {
        session.steps.push(`update ${spec.name}`);
        return told(spec, urn, "", inputs);
      }
      try {
        const outputs = await step(session, `update ${spec.name}`, () =>
          session.provider.update({ urn, timeout: timeouts.update }, kept.id, kept.outputs, inputs),
        );
        Object.assign(kept, fresh, { inputs, outputs, initErrors: [] });
        told(spec, urn, kept.id, outputs);
      } catch (error) {
        if (error instanceof InitFailed)
          Object.assign(kept, fresh, { inputs, outputs: error.properties, initErrors: error.reasons });
        stop(session, error as Error);
      }
    }

    for await (const spec of "run" in program ? program.run({ dry, before, settings: engine.settings }) : program) {
      const skipped = (spec.options?.dependsOn ?? []).some((name) => failed.has(name));
      try {
        // The provider is asked of what is skipped, too: so it knows whose the objects are.
        await one(spec, skipped);
      } catch (error) {
        if (!continueOnError || !(error instanceof Stopped) || error instanceof Refused) throw error;
        failed.add(spec.name);
        const urn = urnOf(spec, parents);
        const kept = engine.state.find((each) => each.urn === urn);
        if (kept) registered.add(kept);
        told(spec, urn, (!skipped && kept?.id) || "", error.outputs, false);
      }
    }
    const surplus = inOrder(engine.state).filter((kept) => !registered.has(kept) && !recreating.has(kept.urn));
    for (const kept of surplus.reverse()) await remove(session, kept, dry, "delete");
  }

  async function remove(session: Session, kept: Kept, dry: boolean, verb: string): Promise<void> {
    if (dry) return void session.steps.push(`${verb} ${kept.name}`);
    if (kept.retained) {
      engine.state = engine.state.filter((each) => each !== kept);
      return;
    }
    try {
      await step(session, `${verb} ${kept.name}`, () =>
        session.provider.delete(
          { urn: kept.urn, timeout: kept.timeouts.delete, inputs: kept.inputs },
          kept.id,
          kept.outputs,
        ),
      );
    } catch (error) {
      stop(session, error as Error);
    }
    engine.state = engine.state.filter((each) => each !== kept);
  }

  const engine: TestEngine = {
    state: [],
    pending: [],
    settings: options.settings ?? {},
    async preview(program, { refresh, replace = [] } = {}) {
      const stored = engine.state;
      // What a preview finds is not kept.
      engine.state = structuredClone(stored);
      try {
        return await run(async (session) => {
          if (refresh) await refreshAll(session);
          await apply(session, program, { dry: true, replace, stored });
        });
      } finally {
        engine.state = stored;
      }
    },
    async up(program, { refresh, replace = [], preview = !refresh, continueOnError = false } = {}) {
      if (preview) {
        const seen = await run((session) => apply(session, program, { dry: true, replace }));
        if (!seen.ok) return { ...seen, steps: [] };
      }
      return run(async (session) => {
        const stored = [...engine.state];
        if (refresh) await refreshAll(session);
        await apply(session, program, { dry: false, replace, stored, continueOnError });
      });
    },
    refresh: () => run(refreshAll),
    destroy: () =>
      run(async (session) => {
        for (const kept of inOrder(engine.state).reverse()) await remove(session, kept, false, "delete");
      }),
    async warm() {
      provider ??= startFresh();
      await provider;
    },
    async kill() {
      const current = provider;
      provider = undefined;
      await (await current)?.kill();
    },
    close: () => engine.kill(),
  };
  return engine;
}

async function start(as: ProviderKind, options: ProviderOptions): Promise<Provider> {
  if (as === "thread") return startProviderThread(options);
  const { startProviderProcess } = await import("./provider-process.js");
  return startProviderProcess(options);
}

interface ApplyOptions {
  dry: boolean;
  replace?: string[];
  /** The state as the backend has it when the program begins. */
  stored?: Kept[];
  continueOnError?: boolean;
}

interface Session {
  provider: Provider;
  steps: string[];
  errors: string[];
  changes: Outcome["changes"];
  urns: Map<string, string>;
}

async function step<T>(session: Session, name: string, work: () => Promise<T>): Promise<T> {
  session.steps.push(name);
  return work();
}

function stop(session: Session, error: Error): never {
  session.errors.push(error.message);
  throw new Stopped(error instanceof InitFailed ? error.properties : {});
}

function refuse(session: Session, name: string, failures: { property: string; reason: string }[]): void {
  if (failures.length === 0) return;
  session.errors.push(...failures.map(({ property, reason }) => `${name}: ${property}: ${reason}`));
  throw new Refused();
}

function urnOf(
  spec: ResourceSpec | LiveSpec,
  parents: Map<string, string>,
  parent: string | undefined = spec.options?.parent,
): string {
  const component = "told" in spec ? spec.component : COMPONENT_TYPE;
  const type = spec.type === "component" ? component : `pulumi-nodejs:dynamic/${spec.type}`;
  const above = parent ? parents.get(parent)?.split("::")[2] : undefined;
  return `urn:pulumi:${STACK}::${PROJECT}::${above ? `${above}$` : ""}${type}::${spec.name}`;
}

/** The inputs that hold a secret, as far as a program says it. */
function secretOf(spec: ResourceSpec | LiveSpec): string[] {
  return "told" in spec ? spec.secret : [];
}

/** The type of a URN's resource, without those of its parents. */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** What `defineResource` sends beside the arguments. */
function hiddenInputs(spec: ResourceSpec, urn: string, state: Map<string, InState>): Fields {
  const kind = kindOf(spec.type);
  const home = homeOf(state);
  return {
    __provider: `exports.handler=()=>require("@sitewright/providers/handler").handler("${spec.type}")`,
    __schema: kind.schemaVersion ?? 1,
    ...(kind.sort === "one-way" ? { __known: state.has(urn) } : {}),
    ...(home ? { __home: home } : {}),
  };
}

/** The provider, told with each call which run it belongs to; see handler.ts. */
function inRun(provider: Provider, run: number): Provider {
  const of = (props: Fields) => ({ ...props, __run: run });
  return {
    ...provider,
    check: (said, olds, news) => provider.check(said, olds, of(news)),
    diff: (said, id, olds, news) => provider.diff(said, id, olds, of(news)),
    create: (said, inputs) => provider.create(said, of(inputs)),
    read: (said, id, outputs) => provider.read(said, id, of(outputs)),
    update: (said, id, olds, news) => provider.update(said, id, olds, of(news)),
    delete: (said, id, outputs) => provider.delete(said, id, of(outputs)),
  };
}

function secondsOf(timeouts: pulumi.CustomTimeouts = {}): Kept["timeouts"] {
  return Object.fromEntries(
    Object.entries(timeouts).map(([operation, text]) => [operation, parseDuration(text, operation) / 1_000]),
  );
}

/** The arguments with other resources' outputs filled in; notes on which resource each property stands. */
function resolve(spec: ResourceSpec, names: Map<string, Fields>, on: Record<string, string[]>): Fields {
  function value(of: unknown, key: string): unknown {
    if (Array.isArray(of)) return of.map((item) => value(item, key));
    if (typeof of !== "object" || of === null) return of;
    if ("$ref" in of) {
      const [name = "", ...path] = String(of.$ref).split(".");
      on[key] = [...(on[key] ?? []), name];
      // Of what is unknown in a preview every part is unknown, too.
      return path.reduce<unknown>((at, part) => (at === UNKNOWN ? at : (at as Fields)?.[part]), names.get(name));
    }
    return Object.fromEntries(Object.entries(of).map(([each, item]) => [each, value(item, key)]));
  }
  return Object.fromEntries(Object.entries(spec.args ?? {}).map(([key, item]) => [key, value(item, key)]));
}

/** Takes out what is not known, wherever it stands. */
function forgetUnknown(fields: Fields): void {
  for (const [key, value] of Object.entries(fields)) {
    if (value === UNKNOWN || value === undefined) delete fields[key];
    else if (typeof value === "object" && value !== null) forgetUnknown(value as Fields);
  }
}

/** In a preview, what a resource that is made or changed is known to be: its inputs. */
function previewOf(inputs: Fields): Fields {
  return new Proxy(inputs, { get: (known, name) => known[String(name)] ?? UNKNOWN });
}

/** ignoreChanges of top-level properties: the old value, or none where there was none. */
function restore(goal: Fields, old: Fields, ignored: string[]): void {
  for (const key of ignored) {
    if (key in old) goal[key] = old[key];
    else delete goal[key];
  }
}

function changedKeys(old: Fields, now: Fields): string[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...keys].filter((key) => !isDeepStrictEqual(old[key], now[key]));
}

/** Who must be deleted before `root` is: those that a changed output of it would replace. */
async function dependents(session: Session, root: Kept, state: Kept[]): Promise<Kept[]> {
  const doomed = [root];
  for (const kept of inOrder(state)) {
    if (kept === root) continue;
    const inputs = { ...kept.inputs };
    let touched = false;
    for (const [key, on] of Object.entries(kept.propertyDependencies)) {
      if (!on.some((name) => doomed.some((each) => each.name === name))) continue;
      inputs[key] = UNKNOWN;
      touched = true;
    }
    if (!touched) continue;
    if ((await session.provider.diff({ urn: kept.urn }, kept.id, kept.outputs, inputs)).replaces.length > 0)
      doomed.push(kept);
  }
  return doomed.slice(1);
}

/** Dependencies first, else in the order of the state. */
function inOrder(state: Kept[]): Kept[] {
  const done: Kept[] = [];
  function visit(kept: Kept): void {
    if (done.includes(kept)) return;
    for (const name of kept.dependencies) for (const on of state) if (on.name === name) visit(on);
    if (!done.includes(kept)) done.push(kept);
  }
  for (const kept of state) visit(kept);
  return done;
}

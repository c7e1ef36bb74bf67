import { createRequire } from "node:module";
import { join } from "node:path";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import {
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  Result,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { InState } from "../../providers/kernel/engine-state";
import type { ResourceSpec } from "./program";
import { PROJECT, root, STACK } from "./project";

type Fields = Record<string, unknown>;

/** What a test engine applies: resources that are written down, or those of a program that runs beside it. */
export type Program = ResourceSpec[] | LiveProgram;

/** A program that registers its resources one after another, and learns what each has come to. */
export interface LiveProgram {
  run(how: Run): AsyncIterable<LiveSpec>;
}

export interface Run {
  dry: boolean;
  /** What the stack's state had before the run, by URN. */
  before: Map<string, InState>;
  /** The stack's settings by their bare names. */
  settings: Record<string, string>;
}

/** A resource as a program registers it. */
export interface LiveSpec extends ResourceSpec {
  /** The type of a component. */
  component: string;
  /** Names of the resources that each property stands on. */
  propertyDependencies: Record<string, string[]>;
  /** The arguments that hold a secret. */
  secret: string[];
  /** To be called once the resource is done with; `id` is empty where none is known, `ok` false where it failed. */
  told(came: { urn: string; id: string; outputs: Fields; ok: boolean }): void;
}

/** What a program has said for its user, and what it has given back. */
export interface Said {
  lines: string[];
  /** The stack's outputs, of a run that came to its end. */
  outputs: Fields;
}

export interface LiveOptions {
  /** The folder of the compiled program, whose index.js is run: the working directory, too. */
  main: string;
  env: NodeJS.ProcessEnv;
  /** Emptied at the beginning of each run. */
  said: Said;
}

type Done<T> = (error: Error | null, answer?: T) => void;

/** Pulumi's mark of a secret value (sdk/nodejs/runtime/rpc.ts): the test engine knows no secrets. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const DYNAMIC = "pulumi-nodejs:dynamic/";
const STACK_TYPE = "pulumi:pulumi:Stack";

/** The program's own SDK, whose runtime it is run in. */
const load = createRequire(join(root, "package.json"));
const state = load("@pulumi/pulumi/runtime/state") as {
  withLocalStorage<T>(work: () => T): T;
  getStore(): { settings: Record<"monitor" | "engine", unknown> };
};
const runtime = (load("@pulumi/pulumi") as typeof import("@pulumi/pulumi")).runtime as unknown as {
  resetOptions(
    project: string,
    stack: string,
    parallel: number,
    engine: string,
    monitor: string,
    preview: boolean,
    organization: string,
  ): void;
  setAllConfig(config: Record<string, string>): void;
  runInPulumiStack(program: () => Promise<unknown>): Promise<Fields | undefined>;
  waitForRPCs(): Promise<void>;
};

let running = false;

/**
 * The compiled program in this process, by Pulumi's own SDK: against a monitor that hands each registration to the test
 * engine, and answers the program what that has made of it. A run begins with the program's modules loaded anew.
 */
export function liveProgram({ main, env, said }: LiveOptions): LiveProgram {
  return {
    async *run(how) {
      if (running) throw new Error("one program at a time: it has the process's environment");
      running = true;
      const given = { env: process.env, cwd: process.cwd };
      const open: LiveSpec[] = [];
      let awake = () => {};
      let over: { failure?: unknown } | undefined;
      let closed = false;
      Object.assign(said, { lines: [], outputs: {} });
      process.env = { ...env };
      process.cwd = () => main;
      try {
        void inStack(main, how, said, (spec) => {
          if (closed) return;
          open.push(spec);
          awake();
        }).then(
          (outputs) => {
            Object.assign(said, { outputs: outputs ?? {} });
            over = {};
            awake();
          },
          (failure) => {
            over = { failure };
            awake();
          },
        );
        for (;;) {
          const next = open.shift();
          if (next) yield next;
          else if (over) break;
          else
            await new Promise<void>((resolve) => {
              awake = resolve;
              if (open.length > 0 || over) resolve();
            });
        }
        if ("failure" in over) throw over.failure;
      } finally {
        closed = true;
        running = false;
        process.env = given.env;
        process.cwd = given.cwd;
      }
    },
  };
}

/** Runs the program to its end; rejects with what it throws. */
function inStack(main: string, how: Run, said: Said, register: (spec: LiveSpec) => void): Promise<Fields | undefined> {
  return state.withLocalStorage(async () => {
    runtime.resetOptions(PROJECT, STACK, 1000, "", "mock", how.dry, "organization");
    const { settings } = state.getStore();
    settings.monitor = monitor(how, register);
    settings.engine = engine(said);
    runtime.setAllConfig(
      Object.fromEntries(Object.entries(how.settings).map(([key, value]) => [`${PROJECT}:${key}`, value])),
    );
    const failed: unknown[] = [];
    const outputs = await runtime.runInPulumiStack(async () => {
      try {
        const program = loadAnew(join(main, "index.js"));
        return typeof program === "function" ? await program() : undefined;
      } catch (error) {
        // Let through, it would also reject promises of the SDK that nobody has, which end a process of its own.
        failed.push(error);
        return undefined;
      }
    });
    if (failed.length > 0) throw failed[0];
    await runtime.waitForRPCs();
    return outputs;
  });
}

/** The module with all of the project's own that it stands on, as a process of its own would load them. */
function loadAnew(file: string): unknown {
  const own = join(root, "dist");
  for (const path of Object.keys(load.cache)) if (path.startsWith(own) || path === file) delete load.cache[path];
  return load(file);
}

/** What Pulumi's SDK asks of its engine's monitor. */
function monitor({ before }: Run, register: (spec: LiveSpec) => void) {
  return {
    supportsFeature(_request: unknown, done: Done<unknown>): void {
      done(null, { getHassupport: () => true });
    },
    invoke(request: ResourceInvokeRequest, done: Done<InvokeResponse>): void {
      const answer = new InvokeResponse();
      answer.setReturn(struct({ outputs: Object.fromEntries(before) }));
      if (request.getTok() === "pulumi:pulumi:readStackResourceOutputs") done(null, answer);
      else done(new Error(`the test engine knows no ${request.getTok()}`));
    },
    registerResource(request: RegisterResourceRequest, done: Done<RegisterResourceResponse>): void {
      const told: LiveSpec["told"] = (came) => done(null, response(came));
      const urn = `urn:pulumi:${STACK}::${PROJECT}::${STACK_TYPE}::${request.getName()}`;
      if (request.getType() === STACK_TYPE) told({ urn, id: "", outputs: {}, ok: true });
      else register({ ...specOf(request), told });
    },
    registerResourceOutputs(_request: unknown, done: Done<Empty>): void {
      done(null, new Empty());
    },
  };
}

function engine(said: Said) {
  return {
    setRootResource: (_request: unknown, done: Done<Empty>) => done(null, new Empty()),
    log(request: LogRequest, done: Done<Empty>): void {
      // Debug lines are for the engine's log alone.
      const before = [undefined, "", "warning: ", "error: "][request.getSeverity()];
      if (before !== undefined) said.lines.push(before + request.getMessage());
      done(null, new Empty());
    },
  };
}

function specOf(request: RegisterResourceRequest): Omit<LiveSpec, "told"> {
  const type = request.getType();
  if (request.getCustom() && !type.startsWith(DYNAMIC)) throw new Error(`the test engine has no ${type}`);
  const parent = request.getParent();
  const timeouts = request.getCustomtimeouts()?.toObject() ?? {};
  const object = request.getObject()?.toJavaScript() ?? {};
  const given = Object.entries(timeouts).filter(([, text]) => text);
  return {
    type: request.getCustom() ? type.slice(DYNAMIC.length) : "component",
    component: type,
    name: request.getName(),
    args: plain(object) as Fields,
    secret: Object.keys(object).filter((key) => JSON.stringify(object[key] ?? null).includes(SIGNATURE)),
    propertyDependencies: Object.fromEntries(
      [...request.getPropertydependenciesMap().entries()].map(([key, on]) => [key, on.getUrnsList().map(nameOf)]),
    ),
    options: {
      ...(parent && !parent.includes(`::${STACK_TYPE}::`) ? { parent: nameOf(parent) } : {}),
      dependsOn: request.getDependenciesList().map(nameOf),
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      ...(given.length > 0 ? { customTimeouts: Object.fromEntries(given) } : {}),
      retainOnDelete: request.getRetainondelete(),
    },
  };
}

function response(came: Parameters<LiveSpec["told"]>[0]): RegisterResourceResponse {
  const answer = new RegisterResourceResponse();
  answer.setUrn(came.urn);
  answer.setId(came.id);
  answer.setObject(struct(came.outputs));
  answer.setResult(came.ok ? Result.SUCCESS : Result.FAIL);
  return answer;
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

function struct(fields: Fields): Struct {
  return Struct.fromJavaScript(fields as Record<string, JavaScriptValue>);
}

/** Without the marks of secrets. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  if ((value as Fields)[SIGNATURE] === SECRET) return plain((value as Fields).value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

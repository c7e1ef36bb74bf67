import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Call } from "./context";
import { parseDuration } from "./duration";
import { engineLog, silentLog } from "./engine-log";
import { timeoutKnob } from "./kind-names";
import { HalfMade, lifecycle, type Phase, type State } from "./lifecycle";
import type { Observers } from "./observer";
import { watchEngine } from "./orphan";
import { redact } from "./redact";
import { type Kind, kindName, type Operation } from "./resource";
import { type Failure, holdsSecret, UNKNOWN } from "./schema";
import { openWorkspace } from "./workspace";

type Fields = Record<string, unknown>;

/**
 * What the program passes beside the inputs proper. Handlers are not given the URN, the stack, the time-outs
 * or the schema version by the engine. A difference in these alone is no change of the object.
 */
export interface Hidden {
  __provider: string;
  __urn: string;
  __schema: number;
  __adopt?: "all" | string[];
  /** One-way objects among `dependsOn`: the engine registers this resource only once its state has them. */
  __after?: string[];
  __timeouts?: Partial<Record<Operation, string>>;
  /** In outputs only: the object is not whole. A refresh clears the engine's own mark, not this one. */
  __phase?: Phase;
}

const isHidden = (name: string) => name.startsWith("__");
const visible = (props: Fields): Fields =>
  Object.fromEntries(Object.entries(props).filter(([name, value]) => !isHidden(name) && value !== undefined));
const hidden = (props: Fields): Fields =>
  Object.fromEntries(Object.entries(props).filter(([name]) => isHidden(name) && name !== "__phase"));

const inEngine = process.argv[1]?.includes("dynamic-provider") ?? false;
const log = inEngine && process.argv[2] ? engineLog(process.argv[2]) : silentLog;
let watching = false;

/**
 * A kind as Pulumi's dynamic provider wants it. The handler text in the state asks for it by type. `observers` tell of
 * what the kind's own API does not let be read back.
 */
export function dynamicProvider(kind: Kind, observers: Observers = {}): pulumi.dynamic.ResourceProvider {
  if (inEngine && !watching) {
    watching = true;
    watchEngine();
  }
  const cycle = lifecycle(kind, observers);
  let config: (key: string) => string | undefined = () => undefined;

  function callOf(props: Fields): Call {
    const {
      __urn: urn,
      __adopt: adopt = [],
      __after: after = [],
      __timeouts: timeouts = {},
    } = props as Partial<Hidden>;
    if (!urn) throw new Error(`${kind.type}: the state holds no __urn; it was not written by this program`);
    return {
      urn,
      log,
      adopt,
      after,
      timeouts: Object.fromEntries(
        Object.entries(timeouts).map(([name, text]) => [name, parseDuration(text, timeoutKnob(kind.type, name))]),
      ),
      workspace: openWorkspace(stackOf(urn), (key) => config(key)),
    };
  }

  function stateOf(id: string, props: Fields): State {
    return { id, fields: migrate(kind, props), phase: (props as Partial<Hidden>).__phase };
  }

  return {
    async configure({ config: stackConfig }) {
      config = (key) => stackConfig.get(key);
    },

    async check(olds: Fields, news: Fields) {
      return said(kind, () => {
        const prior = "__urn" in (olds ?? {}) ? migrate(kind, olds) : undefined;
        // The parent's URN is unknown for a moment only where a whole component is being replaced.
        if (news.__urn === UNKNOWN) return { inputs: news, failures: [] };
        const { inputs, failures } = cycle.check(callOf(news), prior, visible(news));
        return { inputs: { ...inputs, ...hidden(news) }, failures: failures.map((each) => unprinted(kind, each)) };
      });
    },

    async diff(id, olds: Fields, news: Fields) {
      return said(kind, () => {
        const prior = stateOf(id, olds);
        const { none, replaces } = cycle.diff(String(news.__urn), prior, visible(news));
        return {
          // Undefined leaves it to the engine to compare inputs property by property, and to honour
          // ignoreChanges and replaceOnChanges. A half-made object always has an update due.
          changes: prior.phase ? true : none ? false : undefined,
          replaces,
          // An adopting create before the delete would take over the very object that is deleted next.
          deleteBeforeReplace: true,
        };
      });
    },

    async create(props: Fields) {
      return whole(kind, props, async () => {
        const { id, fields } = await cycle.create(callOf(props), visible(props));
        return { id, outs: { ...fields, ...hidden(props) } };
      });
    },

    async update(id, olds: Fields, news: Fields) {
      return whole(kind, news, async () => {
        const { fields } = await cycle.update(callOf(news), stateOf(id, olds), visible(news));
        return { outs: { ...fields, ...hidden(news) } };
      });
    },

    async read(id, props: Fields) {
      return said(kind, async () => {
        const prior = stateOf(id, props);
        const seen = await cycle.read(callOf(props), prior);
        if (!seen) return {} as pulumi.dynamic.ReadResult;
        const kept = { ...hidden(props), __schema: kind.schemaVersion ?? 1 };
        const phase = prior.phase ? { __phase: prior.phase } : {};
        return { id, props: { ...seen.fields, ...kept, ...phase }, inputs: { ...seen.inputs, ...kept } };
      });
    },

    async delete(id, props: Fields) {
      await said(kind, () => cycle.delete(callOf(props), stateOf(id, props)));
    },
  };
}

/**
 * The engine prints the whole value of the property that a failure names, secrets within it too. Where there are
 * any, the name goes into the reason instead.
 */
function unprinted(kind: Kind, failure: Failure): Failure {
  const field = kind.inputs.shape[failure.property] as z.ZodType | undefined;
  if (!field || !holdsSecret(field)) return failure;
  return { property: "", reason: `${failure.property}: ${failure.reason}` };
}

/** Brings fields of an earlier schema version to today's. */
function migrate(kind: Kind, props: Fields): Fields {
  const current = kind.schemaVersion ?? 1;
  let fields = visible(props);
  for (let version = Number(props.__schema ?? 1); version < current; version += 1) {
    const step = kind.migrations?.[version];
    if (!step) throw new Error(`${kind.type}: no migration from schema version ${version} to ${version + 1}`);
    fields = step(fields);
  }
  return fields;
}

/** `urn:pulumi:<stack>::<project>::<types>::<name>` */
function stackOf(urn: string): string {
  return urn.split(":")[2] ?? "";
}

/** Errors as the engine shows them: the message alone, no stack of ours. */
async function said<T>(
  kind: Kind,
  work: () => T | Promise<T>,
  more = (_error: unknown, thrown: Error) => thrown,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw more(error, plain(kind, error as Error));
  } finally {
    // The engine ends with its last operation, and lines that reach it later are lost.
    await log.flush();
  }
}

/** As `said`; and an object that is half made is handed to the engine, so that it stays in the state. */
function whole<T>(kind: Kind, props: Fields, work: () => Promise<T>): Promise<T> {
  return said(kind, work, (error, thrown) => {
    if (!(error instanceof HalfMade)) return thrown;
    return Object.assign(thrown, {
      id: error.id,
      properties: { ...error.fields, ...hidden(props), __phase: error.phase },
      reasons: [thrown.message],
    });
  });
}

/**
 * The dynamic provider prints `${error}: ${error.stack}` to the terminal of the user. A failure that we
 * word ourselves prints as one line; a fault of the program keeps its stack, which is then wanted.
 */
function plain(kind: Kind, error: Error): Error {
  const cause = error instanceof HalfMade ? error.cause : error;
  const message = redact(cause.message);
  const shown = new Error(message);
  if ("code" in cause && "hint" in cause) {
    shown.stack = message;
    shown.toString = () => kindName(kind);
  } else {
    shown.stack = redact(cause.stack ?? message);
  }
  return shown;
}

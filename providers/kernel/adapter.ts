import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { printable } from "../../base/printable";
import type { Call } from "./call";
import { type Said, SHOWN, startedByEngine } from "./engine-calls";
import { engineLog, silentLog } from "./engine-log";
import { BadFile } from "./errors";
import { type Home, homeBy, refuseOtherHome } from "./home";
import { lifecycle } from "./lifecycle";
import type { Observers } from "./observer";
import { watchEngine } from "./orphan";
import { redact } from "./redact";
import type { Kind, OperationName } from "./resource";
import { type Failure, holdsSecret } from "./schema";
import { readSetting } from "./settings";
import { type Adopted, HalfMade, type Phase, type State } from "./state";
import { timeoutsFor } from "./timeouts-setting";
import { words } from "./words";
import { openWorkspace } from "./workspace";

type Fields = Record<string, unknown>;

/** What the program passes beside the inputs. `__known` and `__home` are for `check` alone: no state keeps them. */
export interface Hidden {
  __provider: string;
  __schema: number;
  /** Whether the state has the one-way resource. The engine checks its replacement as it does a creation. */
  __known?: boolean;
  /** The home of the stack, as far as its state tells. */
  __home?: Home;
}

/** Our own fields in the state, beside inputs and outputs. A difference in these alone is no change of the object. */
interface OwnFields {
  __schema: number;
  /** Whose answers made the resource what it is. */
  __home?: Home;
  /** Which resource this is in the journal, whatever its name is by now. */
  __claim?: string;
  /** How far the object is, where it is not whole. A refresh clears the engine's own mark of that, and not this one. */
  __phase?: Phase;
}

/** Our own inputs in the state. An up that leaves a resource as it is has the engine keep these as `check` says them. */
interface OwnInputs {
  __schema: number;
  __adopted?: Adopted;
}

const visible = (props: Fields): Fields =>
  Object.fromEntries(Object.entries(props).filter(([name, value]) => !name.startsWith("__") && value !== undefined));

const log = startedByEngine() && process.argv[2] ? engineLog(process.argv[2]) : silentLog;
let watching = false;

/**
 * A kind as Pulumi's dynamic provider wants it; the handler text in the state asks for it by type. `observers` tell of
 * objects whose own API does not let them be read back.
 */
export function dynamicProvider(kind: Kind, observers: Observers = {}): pulumi.dynamic.ResourceProvider {
  if (startedByEngine() && !watching) {
    watching = true;
    watchEngine();
  }
  const cycle = lifecycle(kind, observers);
  let config: (key: string) => string | undefined = () => undefined;

  /** What the engine says with a call. `lived` is the resource's home by the state. */
  function callOf(props: Fields, lived: Home | undefined, operation?: OperationName): Call {
    const { __urn: urn, __timeout: timeout } = props as Partial<Said>;
    if (!urn)
      throw new BadFile(
        `Pulumi.yaml does not name the plugin of this project: ${kind.type} is not told which resource it is`,
        "put back plugins.providers with name pulumi-nodejs and path providers/plugin",
      );
    const workspace = openWorkspace(stackOf(urn), (key) => config(key));
    refuseOtherHome({
      stack: workspace.stack,
      reach: workspace.transport.reach,
      lived,
      setting: readSetting("home", config),
    });
    return {
      urn,
      log,
      adopt: workspace.onlyAdopts ? "all" : (readSetting("adopt", config) ?? []),
      known: props.__known === true,
      timeouts: {
        ...timeoutsFor(kind.type, readSetting("timeouts", config)),
        ...(timeout && operation ? { [operation]: timeout * 1_000 } : {}),
      },
      workspace,
    };
  }

  function stateOf(id: string, props: Fields): State {
    const { __phase: phase, __claim: claim, __adopted: adopted } = props as Partial<OwnFields & OwnInputs>;
    return { id, fields: migrate(kind, props), phase, adopted, claim };
  }

  /** Our own fields for the state of an object that was made, found or brought up to date just now. */
  function ownFields(call: Call, { claim, phase }: Pick<State, "claim" | "phase">): OwnFields {
    return {
      __schema: kind.schemaVersion ?? 1,
      __home: homeBy(call.workspace.transport.reach),
      ...(claim === undefined ? {} : { __claim: claim }),
      ...(phase === undefined ? {} : { __phase: phase }),
    };
  }

  function ownInputs(adopted: Adopted | undefined): OwnInputs {
    return { __schema: kind.schemaVersion ?? 1, ...(adopted && { __adopted: adopted }) };
  }

  /** As `said`; and hands an object that is half made to the engine, so that the state has it. */
  function whole<T>(props: Fields, callFor: () => Call, work: (call: Call) => Promise<T>): Promise<T> {
    let call: Call | undefined;
    return said(
      props,
      () => {
        call = callFor();
        return work(call);
      },
      (error, thrown) => {
        if (!(error instanceof HalfMade) || !call) return thrown;
        // Pulumi adds the handler's text to outputs, but not to the properties of an error.
        const own = { ...ownFields(call, error), __provider: props.__provider };
        return Object.assign(thrown, {
          id: error.id,
          properties: { ...error.fields, ...own },
          reasons: [thrown.message],
        });
      },
    );
  }

  return {
    async configure({ config: stackConfig }) {
      config = (key) => stackConfig.get(key);
    },

    async check(olds: Fields, news: Fields) {
      return said(news, () => {
        const prior = "__schema" in (olds ?? {}) ? migrate(kind, olds) : undefined;
        const call = callOf(news, (news as Partial<Hidden>).__home);
        const { __adopted: before } = (olds ?? {}) as Partial<OwnInputs>;
        const { inputs, failures, adopted } = cycle.check(call, prior, visible(news), before);
        return {
          inputs: { ...inputs, ...ownInputs(adopted) },
          failures: failures.map((each) => unprinted(kind, each)),
        };
      });
    },

    async diff(id, olds: Fields, news: Fields) {
      return said(news, () => {
        const prior = stateOf(id, olds);
        const { __home: lived } = olds as Partial<OwnFields>;
        const call = callOf(news, lived);
        const { none, replaces, unclaimed } = cycle.diff(call, prior, visible(news));
        // A run that only takes over leaves what the state has to the refresh that comes after it.
        if (call.workspace.onlyAdopts && prior.phase !== "absent") return { changes: false };
        // Where home or claim have to be noted anew, an update does that, without a write to the site.
        const settled = none && !unclaimed && lived === homeBy(call.workspace.transport.reach);
        return {
          // Undefined leaves it to the engine to compare inputs property by property, and to honour
          // ignoreChanges and replaceOnChanges. A half-made object is always due for an update.
          changes: prior.phase || none !== settled ? true : none ? false : undefined,
          replaces,
          // A create before the delete may take over the very object that is deleted next.
          deleteBeforeReplace: true,
        };
      });
    },

    async create(props: Fields) {
      return whole(
        props,
        () => callOf(props, undefined, "create"),
        async (call) => {
          const { id, fields, ...own } = await cycle.create(call, visible(props));
          return { id, outs: { ...fields, ...ownFields(call, own) } };
        },
      );
    },

    async update(id, olds: Fields, news: Fields) {
      return whole(
        news,
        () => callOf(news, (olds as Partial<OwnFields>).__home, "update"),
        async (call) => {
          const { fields, ...own } = await cycle.update(call, stateOf(id, olds), visible(news));
          return { outs: { ...fields, ...ownFields(call, own) } };
        },
      );
    },

    async read(id, props: Fields) {
      return said(props, async () => {
        const prior = stateOf(id, props);
        const call = callOf(props, (props as Partial<OwnFields>).__home, "read");
        const seen = await cycle.read(call, prior);
        if (!seen) return {} as pulumi.dynamic.ReadResult;
        const own = ownFields(call, prior);
        const inputs = { ...seen.inputs, ...ownInputs(prior.adopted && "seen") };
        return { id, props: { ...seen.fields, ...own }, inputs };
      });
    },

    async delete(id, props: Fields) {
      await said(props, () => {
        const call = callOf(props, (props as Partial<OwnFields>).__home, "delete");
        return cycle.delete(call, stateOf(id, props));
      });
    },
  };
}

/**
 * A failure for the engine, which prints the whole value of the property that is named: where that holds a secret, the
 * name goes into the reason instead.
 */
function unprinted(kind: Kind, { property, reason }: Failure): Failure {
  const field = kind.inputs.shape[property] as z.ZodType | undefined;
  if (!field || !holdsSecret(field)) return { property, reason: words(reason, LONGEST) };
  return { property: "", reason: words(`${property}: ${reason}`, LONGEST) };
}

/** The most characters of a failure or an error. */
const LONGEST = 8_000;

/** The fields of a state, brought from an earlier version of the kind's schema to today's. */
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

/** The stack of `urn:pulumi:<stack>::<project>::<types>::<name>`. */
function stackOf(urn: string): string {
  return urn.split(":")[2] ?? "";
}

/**
 * Does the work of a call. Errors go out as the engine is to show them; after success the resource's row has no
 * progress line.
 */
async function said<T>(
  { __urn: urn }: Partial<Said>,
  work: () => T | Promise<T>,
  more = (_error: unknown, thrown: Error) => thrown,
): Promise<T> {
  try {
    const result = await work();
    if (urn) log.done(urn);
    return result;
  } catch (error) {
    throw more(error, plain(error as Error));
  } finally {
    // The engine ends with its last operation: a line that reaches it later is lost.
    await log.flush();
  }
}

/**
 * An error as it leaves for the dynamic provider, which prints `${error}: ${error.stack}` to the user's terminal. An
 * error of our own wording is on its row already, and is not printed a second time; a bug keeps its stack, which is
 * wanted then.
 */
function plain(error: Error): Error {
  const cause = error instanceof HalfMade ? error.cause : error;
  const message = words(cause.message, LONGEST);
  const shown = new Error(message);
  if ("code" in cause && "hint" in cause) {
    shown.stack = message;
    shown.toString = () => SHOWN;
  } else {
    shown.stack = printable(redact((cause.stack ?? message).slice(0, LONGEST)));
  }
  return shown;
}

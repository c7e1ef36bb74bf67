import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Call } from "./call";
import { createContext } from "./context";
import { NotFound, PlanConflict, Refused, TaskFailed } from "./errors";
import type { Stage } from "./journal";
import {
  connectionName,
  identityOf,
  isObject,
  journalKey,
  labelOf,
  note,
  othersBegun,
  warnOfOthers,
} from "./journal-of";
import { type Observers, observeElsewhere } from "./observer";
import { differences, refuseChange, refuseReplacement } from "./one-way";
import { createOwners, isClaimedElsewhere, type Owners } from "./owners";
import { alsoNoted, findOrCreate, isAdopted, performOnce } from "./ownership";
import { type Context, Discarded, type Kind, type ObjectKind, type OneWayKind } from "./resource";
import { type Failure, fieldNames, hasUnknown, sameField, traits, validate } from "./schema";

type Fields = Record<string, unknown>;

/** How far an object that is not whole got: it stands half made, or is what a creation that failed has left. */
export type Phase = "partial" | "failed";

/** What a lifecycle keeps of an object: its inputs and outputs in one, and its phase where it is not whole. */
export interface State {
  id: string;
  fields: Fields;
  phase?: Phase | undefined;
  /** Which resource this is, in the journal's words; missing in states of the first releases. */
  claim?: string | undefined;
}

/** Thrown when an object exists at the site but could not be brought to what the plan wants. */
export class HalfMade extends Error {
  constructor(
    readonly id: string,
    readonly fields: Fields,
    override readonly cause: Error,
    readonly phase: Phase,
    readonly claim: string,
  ) {
    super(cause.message);
  }
}

export interface Difference {
  /** Nothing differs that a user would see: no update. */
  none: boolean;
  replaces: string[];
  /** The journal does not have it as this resource's, or has it as another's: an update notes it, and writes nothing else. */
  unclaimed: boolean;
}

/**
 * What every resource goes through, whatever the engine: observe → ensure → sync → return. Knows kinds,
 * journal and doctrine; knows neither the engine (adapter.ts) nor a vendor.
 */
export function lifecycle(kind: Kind, observers: Observers = {}) {
  const owners = createOwners(kind);

  return {
    /** Validates inputs, keeps the known form of values that mean the same, refuses what cannot change. */
    check(call: Call, olds: Fields | undefined, news: Fields): { inputs: Fields; failures: Failure[] } {
      const { inputs, failures } = validate(kind.inputs, news);
      if (failures.length > 0) return { inputs, failures };
      const clash = owners.clashOf(call, inputs, olds);
      if (clash) return { inputs, failures: [{ property: "", reason: clash }] };
      if (olds) {
        for (const name of fieldNames(kind.inputs)) {
          if (name !== "connection" && olds[name] != null && sameField(kind.inputs, name, olds[name], inputs[name])) {
            inputs[name] = olds[name];
          }
        }
      }
      if (olds && !hasUnknown(inputs)) warnOfOthers(kind, call, inputs, olds);
      if (kind.sort === "one-way" && olds) keepStanding(kind, call, olds, inputs);
      if (kind.sort === "one-way") return { inputs, failures: checkOneWay(kind, call, olds, inputs, owners) };
      if (kind.sort === "object" && !olds && !hasUnknown(inputs) && isAdopted(call.adopt, labelOf(kind, inputs))) {
        call.log.info(call.urn, `${labelOf(kind, inputs)} is taken over if it stands already (adopt)`);
      }
      return { inputs, failures: [] };
    },

    /**
     * Which fields differ is the engine's to find; this says whether any does and which of them replace. What is not
     * known yet, since something that this depends on is changed first, replaces nothing: that mostly stays what it is,
     * and when it does not, the update tells. But before the engine replaces something it asks of what depends on that,
     * by setting what comes of it to unknown, whether it has to go first: then nobody has checked the resource yet.
     */
    diff(call: Call, prior: State, news: Fields): Difference {
      const changed = fieldNames(kind.inputs).filter(
        (name) => !sameField(kind.inputs, name, prior.fields[name], news[name]),
      );
      const visible = changed.filter((name) => name !== "connection" || !sameWay(prior.fields[name], news[name]));
      const replacing = changed.filter((name) =>
        name === "connection"
          ? connectionName(prior.fields[name]) !== connectionName(news[name])
          : traits(kind.inputs.shape[name] as z.ZodType).replaces &&
            !(hasUnknown(news[name]) && owners.isRegistered(call.urn)),
      );
      // What a failed creation has left is nothing to build on: it goes, and is made anew.
      if (prior.phase === "failed") return { none: false, replaces: ["__phase"], unclaimed: false };
      const journalled = kind.sort === "object" || kind.sort === "one-way";
      // A refresh asks too, before the program has named anything.
      if (journalled && replacing.length === 0 && owners.isRegistered(call.urn))
        owners.hold(call, prior.fields, prior.id);
      const unclaimed = journalled && (prior.claim === undefined || isClaimedElsewhere(kind, call, prior));
      return { none: visible.length === 0 && !prior.phase, replaces: replacing, unclaimed };
    },

    async create(call: Call, inputs: Fields): Promise<State> {
      owners.refuseClash(call, inputs);
      return writing(call, () => {
        warnOfOthers(kind, call, inputs);
        return bring(kind, call, owners, inputs);
      });
    },

    async update(call: Call, prior: State, inputs: Fields): Promise<State> {
      owners.refuseClash(call, inputs);
      return writing(call, () => bring(kind, call, owners, inputs, prior));
    },

    /** Undefined when the object is gone. */
    async read(call: Call, prior: State): Promise<{ inputs: Fields; fields: Fields } | undefined> {
      const context = createContext(kind, call, "read", prior.fields, { inState: prior.phase === undefined });
      const observed = await context.within(async () => {
        const seen = await kind.read(context, prior.id, prior.fields);
        if (!seen?.unread) return seen;
        const { id, fields } = prior;
        const elsewhere = await observeElsewhere(kind, context, observers, { id, prior: fields, unread: seen.unread });
        return { ...seen, inputs: { ...seen.inputs, ...elsewhere } };
      });
      if (!observed) {
        owners.missing(call.urn);
        return undefined;
      }
      const inputs: Fields = {};
      const fields: Fields = { ...prior.fields, ...observed.outputs };
      for (const name of fieldNames(kind.inputs)) {
        const [known, seen] = [prior.fields[name], (observed.inputs as Fields)[name]];
        const value = name in observed.inputs && !sameField(kind.inputs, name, known, seen) ? seen : known;
        if (value !== undefined) inputs[name] = value;
        // What the site has no more is no longer known: kept, it would hide the difference from the plan.
        else delete fields[name];
      }
      return { inputs, fields: { ...fields, ...inputs } };
    },

    async delete(call: Call, prior: State): Promise<void> {
      return writing(call, async () => {
        const context = createContext(kind, call, "delete", prior.fields, { inState: prior.phase === undefined });
        // A resource that the program names anew without an alias is created before the old name is deleted.
        const heir = owners.heirOf(call, prior);
        if (heir) {
          context.warn(`${context.label} (id ${prior.id}) is let go and stays: it is ${heir} now`);
          return;
        }
        // What is dropped or destroyed is not checked in the same run; what is replaced is.
        if (kind.sort === "one-way" && owners.isRegistered(call.urn)) {
          throw new PlanConflict(refuseReplacement(kind, context.label).reason);
        }
        const stays = await owners.leave(prior, () => context.within(() => remove(kind, context, prior)));
        if (!stays) note(call, kind, prior.fields, "gone", prior);
      });
    },
  };
}

/**
 * A one-way object takes no change and no replacement. The engine checks a replacement without the old inputs, as it
 * does a creation: the program has looked whether the state has the resource.
 */
function checkOneWay(
  kind: OneWayKind,
  call: Call,
  olds: Fields | undefined,
  inputs: Fields,
  owners: Owners,
): Failure[] {
  if (!olds) {
    const stands = (call.known && !owners.isMissing(call.urn)) || owners.wasInState(call.urn);
    return stands ? [refuseReplacement(kind, labelOf(kind, inputs))] : [];
  }
  const failed = call.workspace.journal.last(journalKey(kind, olds))?.stage === "failed";
  return failed ? [] : refuseChange(kind, olds, inputs);
}

/** A preview, and a refresh, write nothing down: this is neither. Nobody else writes to the site meanwhile. */
async function writing<T>({ urn, workspace, log }: Call, work: () => Promise<T>): Promise<T> {
  const letGo = await workspace.writers.claim((text) => log.progress(urn, text));
  try {
    workspace.transport.trust.keep();
    return await work();
  } finally {
    letGo();
  }
}

/** What it stands on stays as it is, whatever the plan says by now; see `kept` of one-way kinds. */
function keepStanding(kind: OneWayKind, call: Call, olds: Fields, inputs: Fields): void {
  if (call.workspace.journal.last(journalKey(kind, olds))?.stage === "failed") return;
  for (const [name, advice] of Object.entries(kind.kept ?? {})) {
    if (hasUnknown(inputs[name]) || sameField(kind.inputs, name, olds[name], inputs[name])) continue;
    const change = differences(olds[name], inputs[name]).join(", ");
    call.log.warn(call.urn, `${labelOf(kind, inputs)}: ${name} ${change}; nothing is changed: ${advice}`);
    inputs[name] = olds[name];
  }
}

async function bring(kind: Kind, call: Call, owners: Owners, inputs: Fields, prior?: State): Promise<State> {
  let made = prior?.id;
  let created = prior !== undefined;
  const claim = prior?.claim ?? randomUUID();
  const word = (stage: Stage, of: { id?: string | undefined; memo?: Memo | undefined } = {}) =>
    note(call, kind, inputs, stage, { ...of, claim });
  const took = (stage: "made" | "standing", id: string, memo?: Memo) => {
    // Before it is written down: where that fails, the engine's state is what knows of it.
    made = id;
    // One that was half made and has been renamed since is known by its new name now.
    for (const entry of othersBegun(kind, call, inputs))
      if (entry.id === id) call.workspace.journal.append({ ...entry, stage: "gone" });
    if (kind.sort === "object") owners.hold(call, inputs, id);
    word(stage, { id, memo });
  };
  const discarded = () => {
    const id = made;
    made = undefined;
    created = false;
    word("gone", { id });
  };
  const told: Told = {
    prior,
    word,
    leaving: (id) => owners.leaving(inputs, id),
    took,
    discarded,
    created() {
      created = true;
    },
  };
  const context = createContext(kind, call, prior ? "update" : "create", inputs, {
    inState: prior !== undefined && prior.phase === undefined,
    checkpoint: (id, memo) => took("made", id, memo),
    accepted: () => word("made"),
  });
  try {
    const { id, outputs } = await context.within(() => ensure(kind, call, context, inputs, told));
    word("standing", { id });
    return { id, fields: { ...inputs, ...outputs }, claim };
  } catch (error) {
    if (error instanceof TaskFailed && kind.sort === "one-way") alsoNoted(error, () => word("failed", { id: made }));
    // An update that failed leaves the old state: its difference is still there at the next up.
    if (made === undefined || (prior && !prior.phase)) throw error;
    if (kind.sort !== "object" || created || !(error instanceof TaskFailed)) {
      throw new HalfMade(made, inputs, error as Error, prior?.phase ?? "partial", claim);
    }
    if (!(await left(kind, context, inputs))) {
      throw alsoNoted(error, () => word("gone", { id: made }));
    }
    context.warn(
      `${context.label} (id ${made}) is left of a creation that failed: the next up removes it and makes it anew`,
    );
    throw new HalfMade(made, inputs, error, "failed", claim);
  }
}

/** Whether a failed creation left something behind; what cannot be seen now is taken to be there. */
async function left(kind: ObjectKind, context: Context, inputs: Fields): Promise<boolean> {
  try {
    return (await kind.find(context, inputs)).length > 0;
  } catch {
    return true;
  }
}

type Memo = Record<string, unknown>;

/**
 * What is told on the way: something of that id stands, half made or whole; the creation is over; what was half made
 * is gone.
 */
interface Told {
  prior: State | undefined;
  word(stage: Stage): void;
  leaving(id: string): Promise<void> | undefined;
  took(stage: "made" | "standing", id: string): void;
  created(): void;
  discarded(): void;
}

async function ensure(
  kind: Kind,
  call: Call,
  context: Context,
  inputs: Fields,
  told: Told,
): Promise<{ id: string; outputs: Fields }> {
  const { prior } = told;
  switch (kind.sort) {
    case "object":
      return ensureObject(kind, call, context, inputs, told);
    case "setting":
      return { id: identityOf(kind, inputs), outputs: await kind.sync(context, inputs, prior?.fields) };
    case "one-way": {
      const id = identityOf(kind, inputs);
      const state = await kind.find(context, inputs);
      if (state === "absent") {
        if (prior && !prior.phase) throw new NotFound(`${context.label} stands no more`, "run pulumi refresh, then up");
        await performOnce(kind, context, inputs, told.word);
      }
      if (state !== "standing") context.checkpoint(id);
      return { id, outputs: await kind.settle(context, inputs) };
    }
    case "look-up": {
      const id = identityOf(kind, inputs);
      const seen = await kind.read(context, id, inputs);
      if (!seen) throw new NotFound(`${context.label} does not exist on ${context.connection.name}`);
      if (seen.unread && !prior)
        throw new Refused(
          `${context.connection.name} has no call to read ${seen.unread}, and what depends on it needs it`,
        );
      const known = Object.fromEntries(fieldNames(kind.outputs).map((name) => [name, prior?.fields[name]]));
      return { id, outputs: { ...known, ...seen.outputs } };
    }
  }
}

async function ensureObject(
  kind: ObjectKind,
  call: Call,
  context: Context,
  inputs: Fields,
  { prior, word, leaving, took, created, discarded }: Told,
): Promise<{ id: string; outputs: Fields }> {
  // Where the journal knows nothing of it, as on another machine, the state alone says that it is half made.
  if (prior?.phase && (context.journal?.stage ?? "gone") === "gone") took("made", prior.id);
  const noting = { note: word, take: took, leaving };
  let known = prior?.id;
  for (let again = false; ; again = true) {
    const id = known ?? (await findOrCreate(kind, context, inputs, call.adopt, noting));
    created();
    try {
      return { id, outputs: await kind.sync(context, id, inputs, prior?.phase ? undefined : prior?.fields) };
    } catch (error) {
      if (!(error instanceof Discarded)) throw error;
      discarded();
      if (again) throw error.cause;
      context.info(`${error.message}: it is made anew`);
      known = undefined;
    }
  }
}

/** Whether it stays at the site as this stack's. */
async function remove(kind: Kind, context: Context, prior: State): Promise<boolean> {
  switch (kind.sort) {
    case "object":
      try {
        return (await kind.delete(context, prior.id, prior.fields)) === "kept";
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
      }
      return false;
    case "setting":
      if (kind.release) await kind.release(context, prior.fields);
      else context.warn(`${context.label} is left as it is at ${context.connection.name}`);
      return false;
    case "one-way":
      await kind.release?.(context, prior.fields);
      context.warn(`${context.label} is let go and stays as it is: ${kind.letGo}`);
      return false;
    case "look-up":
      return false;
  }
}

/**
 * Other addresses are no change of the object; another system or another carried password is. Only when no address
 * is left of those in the state must the state learn the new ones: refresh and destroy know no others.
 */
function sameWay(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const others = [...names].filter((name) => name !== "addresses" && name !== "observer");
  if (others.some((name) => a[name] !== b[name]) || !sameObserver(a.observer, b.observer)) return false;
  const [known, planned] = [a.addresses, b.addresses];
  if (!Array.isArray(known) || !Array.isArray(planned)) return true;
  return known.some((address) => planned.includes(address));
}

/** Refresh asks the observer that the state names: one that comes, goes or moves has to be learnt. */
function sameObserver(a: unknown, b: unknown): boolean {
  return isObject(a) && isObject(b) ? sameWay(a, b) : a === b;
}

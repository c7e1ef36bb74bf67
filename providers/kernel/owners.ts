import type { z } from "zod";
import type { Call } from "./call";
import { PlanConflict } from "./errors";
import { connectionName, journalKey, labelOf, withinStack } from "./identity";
import type { Kind } from "./resource";
import { fieldNames, sameField, traits, UNKNOWN } from "./schema";

type Fields = Record<string, unknown>;

/** What the state has of an object, as far as it tells whose the object is. */
interface Prior {
  id: string;
  fields: Fields;
  claim?: string | undefined;
}

/** How far an object of a kind belongs to one resource. */
export interface Belonging {
  /** Whether only one resource of the program may name an object. */
  readonly exclusive: boolean;
  /** Whether a creation looks for its object by the key, and so may find one that is about to be given another key. */
  readonly foundByKey: boolean;
}

/**
 * Whose the objects of a kind are in this run: an object belongs to one resource of the program. What the journal has
 * of earlier runs comes second, since a resource of those may never have reached the state.
 */
export interface Owners {
  /** Whether the program has named the resource in this run. */
  isRegistered(urn: string): boolean;
  /** Whether the program has named the resource in this run and the state has it. */
  wasInState(urn: string): boolean;
  /** Notes that the program names a resource. Says so where another resource of the program has the same object. */
  clashOf(call: Call, inputs: Fields, olds?: Fields): string | undefined;
  /** As clashOf, once the values that a preview could not know are known. Throws PlanConflict. */
  refuseClash(call: Call, inputs: Fields): void;
  /** Notes that the object of that id is this resource's. Throws PlanConflict where it is another one's in this run. */
  hold(call: Call, fields: Fields, id: string): void;
  /**
   * The URN of the heir: another resource, in this run or by the journal, that has made or taken over this very object.
   */
  heirOf(call: Call, prior: Prior): string | undefined;
  /** Has `work` delete an object. A resource that finds the object meanwhile waits for that, and looks again. */
  leave<T>(prior: Prior, work: () => Promise<T>): Promise<T>;
  /** The end of the deletion of an object that is under way in this run; undefined where none is. */
  leaving(fields: Fields, id: string): Promise<void> | undefined;
  /** Notes that the site has the resource's object no more: the program has seen the state from before. */
  missing(urn: string): void;
  isMissing(urn: string): boolean;
}

export function createOwners(kind: Kind, { exclusive, foundByKey }: Belonging): Owners {
  /** The identity of each resource that was checked, by URN; undefined while it is not known. */
  const registered = new Map<string, string | undefined>();
  const owners = new Map<string, string>();
  /** By identity, the resources that have it and are to be given another; and those that are to be created with it. */
  const former = new Map<string, string>();
  const planned = new Map<string, string>();
  const inState = new Set<string>();
  const absent = new Set<string>();
  const holders = new Map<string, string>();
  const leaving = new Map<string, Promise<void>>();

  const place = (fields: Fields, id: string) => JSON.stringify([connectionName(fields.connection), id]);

  function clashOf(call: Call, inputs: Fields, olds?: Fields): string | undefined {
    if (olds) inState.add(call.urn);
    const before = registered.get(call.urn);
    if (before !== undefined && owners.get(before) === call.urn) owners.delete(before);
    const identity = exclusive ? knownIdentity(kind, inputs) : undefined;
    registered.set(call.urn, identity);
    if (identity === undefined) return undefined;
    const owner = owners.get(identity);
    if (owner !== undefined && owner !== call.urn)
      return `${labelOf(kind, inputs)} is named by two resources of the program: ${withinStack(owner)} and ${withinStack(call.urn)}; one object belongs to one resource — give one of them another name, or take it out`;
    owners.set(identity, call.urn);
    return renaming(call, inputs, identity, olds);
  }

  /**
   * Says so where one resource is to be created under the key that another one still has and is to give up in this run.
   */
  function renaming(call: Call, inputs: Fields, identity: string, olds: Fields | undefined): string | undefined {
    if (!foundByKey) return undefined;
    const was = olds && knownIdentity(kind, olds);
    if (was !== undefined && was !== identity && !isReplaced(kind, olds as Fields, inputs)) former.set(was, call.urn);
    if (!olds && !inState.has(call.urn)) planned.set(identity, call.urn);
    const clashes = [...former].flatMap(([key, one]) => {
      const other = planned.get(key);
      return other === undefined || other === one ? [] : [[one, other] as const];
    });
    const [renamed, made] = clashes.find((pair) => pair.includes(call.urn)) ?? [];
    if (renamed === undefined || made === undefined) return undefined;
    return `${withinStack(renamed)} is given another name, and ${withinStack(made)} is to be made under the one that it has: run up with the new name alone first, then add the other`;
  }

  function holderOf(fields: Fields, id: string, urn: string): string | undefined {
    const holder = holders.get(place(fields, id));
    return holder === urn ? undefined : holder;
  }

  return {
    isRegistered: (urn) => registered.has(urn),
    wasInState: (urn) => inState.has(urn),
    clashOf,
    refuseClash(call, inputs) {
      const clash = clashOf(call, inputs);
      if (clash) throw new PlanConflict(clash);
    },
    hold(call, fields, id) {
      const other = holderOf(fields, id, call.urn);
      if (other !== undefined)
        throw new PlanConflict(
          `${labelOf(kind, fields)} (id ${id}) is ${withinStack(other)} in this run, and cannot be ${withinStack(call.urn)} too`,
          "one object belongs to one resource: take one of them out of the plan and run up, then name it again",
        );
      holders.set(place(fields, id), call.urn);
    },
    heirOf: (call, prior) => holderOf(prior.fields, prior.id, call.urn) ?? heirByJournal(kind, call, prior),
    async leave({ fields, id }, work) {
      const at = place(fields, id);
      const ending = work();
      const ended = ending.then(
        () => {},
        () => {},
      );
      leaving.set(at, ended);
      try {
        return await ending;
      } finally {
        leaving.delete(at);
      }
    },
    leaving: (fields, id) => leaving.get(place(fields, id)),
    missing: (urn) => void absent.add(urn),
    isMissing: (urn) => absent.has(urn),
  };
}

/** Whether the journal has another claim to the object than the state: the state's own is to be noted again. */
export function isClaimedElsewhere(kind: Kind, call: Call, prior: Prior): boolean {
  const holder = holderByJournal(kind, call, prior);
  return holder !== undefined && prior.claim !== undefined && holder.claim !== prior.claim;
}

/** The URN of the heir by the journal. A resource that was renamed is no heir of itself: it keeps its claim. */
function heirByJournal(kind: Kind, call: Call, prior: Prior): string | undefined {
  const holder = holderByJournal(kind, call, prior);
  if (!holder || withinStack(call.urn) === withinStack(holder.urn)) return undefined;
  return prior.claim !== undefined && prior.claim === holder.claim ? undefined : holder.urn;
}

function holderByJournal(kind: Kind, call: Call, { id, fields }: Prior) {
  const { connection } = journalKey(kind, fields);
  const holder = call.workspace.journal.holder({ kind: kind.type, connection, id });
  return holder?.stage === "made" || holder?.stage === "standing" ? holder : undefined;
}

/** What identifies an object in the whole stack; undefined while a part of that is not known. */
function knownIdentity(kind: Kind, inputs: Fields): string | undefined {
  try {
    const identity = JSON.stringify(journalKey(kind, inputs));
    return identity.includes(UNKNOWN) ? undefined : identity;
  } catch {
    return undefined; // the key is made of a value that is not known yet
  }
}

function isReplaced(kind: Kind, olds: Fields, news: Fields): boolean {
  return fieldNames(kind.inputs).some(
    (name) =>
      name !== "connection" &&
      traits(kind.inputs.shape[name] as z.ZodType).replaces &&
      !sameField(kind.inputs, name, olds[name], news[name]),
  );
}

import type { z } from "zod";
import type { Call } from "./call";
import { PlanConflict } from "./errors";
import { connectionName, journalKey, labelOf, withinStack } from "./identity";
import type { Kind } from "./resource";
import { fieldNames, sameField, traits, UNKNOWN } from "./schema";

type Fields = Record<string, unknown>;

/** What a state has of an object, as far as it says whose the object is. */
interface Prior {
  id: string;
  fields: Fields;
  claim?: string | undefined;
}

/** How far an object of a kind belongs to one resource. */
export interface Belonging {
  /** Whether one resource of the program alone may name it. */
  readonly exclusive: boolean;
  /** Whether a creation looks for it by its key, and so would find one that is yet to be renamed. */
  readonly foundByKey: boolean;
}

/**
 * Whose the objects of a kind are in this run: one object belongs to one resource of the program. What the journal knows
 * of earlier runs comes second, since there a resource may never have come to be.
 */
export interface Owners {
  /** Whether the program has named the resource in this run. */
  isRegistered(urn: string): boolean;
  /** Whether it has named it as one that the state has. */
  wasInState(urn: string): boolean;
  /** Notes that the program names a resource; says who else has its object, where another resource of it does. */
  clashOf(call: Call, inputs: Fields, olds?: Fields): string | undefined;
  /** As clashOf, once all is known that could not be when it was checked. Throws PlanConflict. */
  refuseClash(call: Call, inputs: Fields): void;
  /** Notes what a resource of the program stands on. Throws PlanConflict where another one does. */
  hold(call: Call, fields: Fields, id: string): void;
  /** The URN of another resource, of this run or by the journal, that has made or taken over this very object. */
  heirOf(call: Call, prior: Prior): string | undefined;
  /** Has `work` delete an object; who finds it meanwhile waits for that, and looks again. */
  leave<T>(prior: Prior, work: () => Promise<T>): Promise<T>;
  /** The end of a deletion of this run that is under way. */
  leaving(fields: Fields, id: string): Promise<void> | undefined;
  /** Notes that the site has it no more, which the state that the program has seen may not know yet. */
  missing(urn: string): void;
  isMissing(urn: string): boolean;
}

export function createOwners(kind: Kind, { exclusive, foundByKey }: Belonging): Owners {
  /** What each resource that was checked is unique by; undefined while that is not known. */
  const registered = new Map<string, string | undefined>();
  const owners = new Map<string, string>();
  /** What resources were known by that are named anew in place; and what others are to be made as. */
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

  /** One that is named anew in place still has its former name when another is looked for under that. */
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

/** A resource keeps its claim when it is renamed. */
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

/** What it is unique by as far as it is known; undefined while a part of that is not. */
function knownIdentity(kind: Kind, inputs: Fields): string | undefined {
  try {
    const identity = JSON.stringify(journalKey(kind, inputs));
    return identity.includes(UNKNOWN) ? undefined : identity;
  } catch {
    return undefined; // a key that is made from a part of what is not known yet
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

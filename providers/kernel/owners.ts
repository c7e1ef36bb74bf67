import type { Call } from "./call";
import { PlanConflict } from "./errors";
import { journalKey, labelOf, withinStack } from "./journal-of";
import type { Kind } from "./resource";
import { UNKNOWN } from "./schema";

type Fields = Record<string, unknown>;

/** Whose the objects of a kind are in this run: one object belongs to one resource of the program. */
export interface Owners {
  /** Notes that the program names the resource. */
  register(urn: string): void;
  isRegistered(urn: string): boolean;
  /** Notes whose the object is; says who else has it, where another resource of the program does. */
  clashOf(call: Call, inputs: Fields): string | undefined;
  /** As clashOf, once all is known that could not be when it was checked. Throws PlanConflict. */
  refuseClash(call: Call, inputs: Fields): void;
}

export function createOwners(kind: Kind): Owners {
  /** What each resource that was checked is unique by; undefined while that is not known. */
  const registered = new Map<string, string | undefined>();
  const owners = new Map<string, string>();

  function clashOf(call: Call, inputs: Fields): string | undefined {
    if (kind.sort === "look-up") return undefined;
    const before = registered.get(call.urn);
    if (before !== undefined && owners.get(before) === call.urn) owners.delete(before);
    const identity = knownIdentity(kind, inputs);
    registered.set(call.urn, identity);
    const owner = identity === undefined ? undefined : owners.get(identity);
    if (owner !== undefined && owner !== call.urn)
      return `${labelOf(kind, inputs)} is named by two resources of the program: ${withinStack(owner)} and ${withinStack(call.urn)}; one object belongs to one resource — give one of them another name, or take it out`;
    if (identity !== undefined) owners.set(identity, call.urn);
    return undefined;
  }

  return {
    register(urn) {
      registered.set(urn, registered.get(urn));
    },
    isRegistered: (urn) => registered.has(urn),
    clashOf,
    refuseClash(call, inputs) {
      const clash = clashOf(call, inputs);
      if (clash) throw new PlanConflict(clash);
    },
  };
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

/**
 * The URN of another resource that has made or taken over this very object since, under this key or another. A resource
 * keeps its claim when it is renamed.
 */
export function heirOf(
  kind: Kind,
  call: Call,
  prior: { id: string; fields: Fields; claim?: string | undefined },
): string | undefined {
  const { connection } = journalKey(kind, prior.fields);
  const holder = call.workspace.journal.holder({ kind: kind.type, connection, id: prior.id });
  if (!holder || (holder.stage !== "made" && holder.stage !== "standing")) return undefined;
  const same = withinStack(call.urn) === withinStack(holder.urn) || (prior.claim && prior.claim === holder.claim);
  return same ? undefined : holder.urn;
}

import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { NOT_DELETED } from "./adopt";
import type { Call } from "./call";
import { createContext } from "./context";
import { WritesNothing } from "./errors";
import { connectionName, journalKey, labelOf, withinStack } from "./identity";
import { warnOfOthers } from "./left-behind";
import { type Observers, observeElsewhere } from "./observer";
import { Operation } from "./operation";
import { createOwners, isClaimedElsewhere } from "./owners";
import type { Kind } from "./resource";
import { sameWay } from "./same-connection";
import { type Failure, fieldNames, hasUnknown, sameField, traits, validate } from "./schema";
import { sortOf } from "./sorts/sort-of";
import type { Adopted, State } from "./state";

type Fields = Record<string, unknown>;

export interface Difference {
  /** Whether nothing differs that a user would see, so that no update is needed. */
  none: boolean;
  /** The inputs whose change replaces the object. */
  replaces: string[];
  /**
   * Whether the journal does not have the object as this resource's: then an update notes it, and writes nothing else.
   */
  unclaimed: boolean;
}

/**
 * What every resource goes through, whatever the engine: observe → ensure → sync → return. Asks the kind's sort
 * for what sorts do differently; knows neither the engine (adapter.ts) nor a vendor.
 */
export function lifecycle(kind: Kind, observers: Observers = {}) {
  const sort = sortOf(kind);
  const { journalled } = sort;
  const owners = createOwners(kind, sort);

  /**
   * The state with the id that the vendor knows the object by. The engine keeps the id of a resource's creation for
   * ever: where an update had to make the object anew, the journal says that the state's id is gone, and has the id of
   * now under the resource's claim. Of any other id in the journal the state decides: a journal may be older than the
   * state, or another stack's.
   */
  function asOfNow(call: Call, state: State): State {
    if (!journalled) return state;
    const { journal } = call.workspace;
    const { claim, fields } = state;
    const key = journalKey(kind, fields);
    // A state of the first releases has no claim: there the journal tells the resource by its name.
    const entry = claim === undefined ? journal.last(key) : journal.claimed({ ...key, claim });
    if (entry?.id === undefined || entry.stage === "gone") return state;
    if (journal.holder({ ...key, id: state.id })?.stage !== "gone") return state;
    const isOwn = claim !== undefined || withinStack(entry.urn) === withinStack(call.urn);
    return isOwn ? { ...state, id: entry.id } : state;
  }

  /** Brings the object to the inputs, in a create or an update. Throws HalfMade where it stands and is not whole. */
  async function bring(call: Call, inputs: Fields, prior?: State): Promise<State> {
    const name = prior ? "update" : "create";
    const claim = prior?.claim ?? randomUUID();
    const operation = new Operation({ kind, journalled, owners, call, name, inputs, prior, claim });
    try {
      const { id, outputs } = await operation.context.within(() => sort.ensure(operation));
      operation.standing(id);
      return { id, fields: { ...inputs, ...outputs }, claim };
    } catch (error) {
      if (error instanceof WritesNothing) return asItStands(operation, error);
      throw await sort.failed(operation, error);
    }
  }

  /**
   * What a run that only takes over has of an object that a write would have made or changed: the object as it stands,
   * which the next up brings to the plan, or that there is none.
   */
  async function asItStands(operation: Operation, refused: WritesNothing): Promise<State> {
    const { call, inputs, claim } = operation;
    const id = sort.standsAt(operation, refused);
    const { phase } = operation;
    const seen = id === undefined ? undefined : await look(call, { id, fields: inputs, phase, claim });
    // Of a setting that nobody can read it is not known how it stands.
    if (id === undefined || !seen || (seen.isUnread && !journalled)) return absent(call, inputs);
    return { id, fields: seen.fields, phase, claim };
  }

  /** The object as the site has it, over what is known of it; undefined when it is gone. */
  async function look(call: Call, prior: State) {
    const context = createContext(kind, call, "read", prior.fields, {
      inState: prior.phase === undefined,
      idOf: () => prior.id,
    });
    const observed = await context.within(async () => {
      const seen = await kind.read(context, prior.id, prior.fields);
      if (!seen?.unread) return seen && { ...seen, isUnread: false };
      const { id, fields } = prior;
      const elsewhere = await observeElsewhere(kind, context, observers, { id, prior: fields, unread: seen.unread });
      return { ...seen, inputs: { ...seen.inputs, ...elsewhere }, isUnread: elsewhere === undefined };
    });
    if (!observed) return undefined;
    const inputs: Fields = {};
    const fields: Fields = { ...prior.fields, ...observed.outputs };
    for (const name of fieldNames(kind.inputs)) {
      const [known, seen] = [prior.fields[name], (observed.inputs as Fields)[name]];
      const value = name in observed.inputs && !sameField(kind.inputs, name, known, seen) ? seen : known;
      if (value !== undefined) inputs[name] = value;
      // A value that the site has no more leaves the state, where it would hide the difference from the plan.
      else delete fields[name];
    }
    return { inputs, fields: { ...fields, ...inputs }, isUnread: observed.isUnread };
  }

  /**
   * Whether a resource that goes leaves its object at the site: it is somebody else's and was never brought to the plan, or
   * a run that only takes over has it from the site, and no up has named it since.
   */
  function isLetGo({ urn }: Call, { phase, adopted }: State): boolean {
    return sort.foundByKey && (phase === "taken" || (adopted !== undefined && !owners.isRegistered(urn)));
  }

  return {
    /** Validates inputs, leaves values that mean the same as the state has them, and refuses what cannot change. */
    check(call: Call, stood: Fields | undefined, news: Fields, before?: Adopted): Checked {
      const { inputs, failures } = validate(kind.inputs, news);
      const { onlyAdopts } = call.workspace;
      const isMade = stood !== undefined && before === undefined;
      const adopted = !onlyAdopts || isMade ? undefined : failures.length > 0 ? "absent" : "planned";
      // What is made of something that does not stand: `create` says that it does not stand either.
      if (failures.length > 0 && onlyAdopts) return { inputs: news, failures: [], adopted };
      if (failures.length > 0) return { inputs, failures };
      if (before === "absent") owners.missing(call.urn);
      const olds = before === "absent" ? undefined : stood;
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
      return { ...sort.check({ call, owners, olds, adopted: before, inputs }), adopted };
    },

    /**
     * Whether any input differs, and which of those that do replace the object; the engine finds the differences
     * itself. A value that is not known yet replaces nothing, in a resource that was checked in this run: mostly the
     * value stays, and where it does not, the update says so. Before the engine replaces a resource, it also asks
     * whether one that depends on it has to go first, by setting its values to unknown: that one was not checked yet.
     */
    diff(call: Call, state: State, news: Fields): Difference {
      const prior = asOfNow(call, state);
      const changed = fieldNames(kind.inputs).filter(
        (name) => !sameField(kind.inputs, name, prior.fields[name], news[name]),
      );
      const visible = changed.filter((name) => name !== "connection" || !sameWay(prior.fields[name], news[name]));
      const replacing = changed.filter((name) => {
        const isOther =
          name === "connection"
            ? connectionName(prior.fields[name]) !== connectionName(news[name])
            : traits(kind.inputs.shape[name] as z.ZodType).replaces;
        const decides = name === "connection" ? (connectionName(news[name]) ?? news[name]) : news[name];
        return isOther && !(hasUnknown(decides) && owners.isRegistered(call.urn));
      });
      // What a failed creation has left is not gone on with: it is deleted, and the object is made anew.
      if (prior.phase === "failed" || prior.phase === "absent")
        return { none: false, replaces: ["__phase"], unclaimed: false };
      // A refresh asks for the difference, too, before the program has named any resource.
      if (journalled && replacing.length === 0 && owners.isRegistered(call.urn))
        owners.hold(call, prior.fields, prior.id);
      const unclaimed = journalled && (prior.claim === undefined || isClaimedElsewhere(kind, call, prior));
      return { none: visible.length === 0 && !prior.phase, replaces: replacing, unclaimed };
    },

    async create(call: Call, inputs: Fields): Promise<State> {
      if (call.workspace.onlyAdopts && validate(kind.inputs, inputs).failures.length > 0) return absent(call, inputs);
      owners.refuseClash(call, inputs);
      return writing(call, () => {
        warnOfOthers(kind, call, inputs);
        return bring(call, inputs);
      });
    },

    async update(call: Call, state: State, inputs: Fields): Promise<State> {
      owners.refuseClash(call, inputs);
      return writing(call, () => bring(call, inputs, asOfNow(call, state)));
    },

    /** Undefined when the object is gone. */
    async read(call: Call, state: State): Promise<{ inputs: Fields; fields: Fields } | undefined> {
      if (state.phase === "absent") return undefined;
      const seen = await look(call, asOfNow(call, state));
      if (!seen) owners.missing(call.urn);
      return seen;
    },

    async delete(call: Call, state: State): Promise<void> {
      if (state.phase === "absent") return;
      if (call.workspace.onlyAdopts && !isLetGo(call, state))
        throw new WritesNothing(`${labelOf(kind, state.fields)} ${NOT_DELETED}`);
      return writing(call, async () => {
        const prior = asOfNow(call, state);
        const { fields: inputs, claim } = prior;
        const operation = new Operation({ kind, journalled, owners, call, name: "delete", inputs, prior, claim });
        // The engine creates a resource that was renamed without an alias before it deletes the one of the old name.
        const heir = owners.heirOf(call, prior);
        if (heir) {
          operation.context.warn(`${operation.context.label} (id ${prior.id}) is let go and stays: it is ${heir} now`);
          return;
        }
        if (isLetGo(call, prior)) {
          operation.context.warn(
            `${operation.context.label} (id ${prior.id}) is let go and stays: it was taken over, and no up has brought it to the plan since`,
          );
          operation.gone();
          return;
        }
        const forget = () => operation.context.within(() => sort.forget(operation, owners));
        if ((await owners.leave(prior, forget)) === "gone") operation.gone();
      });
    },
  };
}

/** The inputs to go on with, why they cannot be carried out, and what the state is to say of who has brought them there. */
interface Checked {
  inputs: Fields;
  failures: Failure[];
  adopted?: Adopted | undefined;
}

/** What the state has of what does not stand, until a refresh lets it go. */
function absent({ urn }: Call, fields: Fields): State {
  return { id: withinStack(urn), fields, phase: "absent" };
}

/**
 * Work that writes, unlike a preview or a refresh: no other run writes meanwhile, and fingerprints of first use are
 * saved.
 */
async function writing<T>({ urn, workspace, log }: Call, work: () => Promise<T>): Promise<T> {
  const letGo = await workspace.writers.claim((text) => log.progress(urn, text));
  try {
    workspace.transport.trust.keep();
    return await work();
  } finally {
    letGo();
  }
}

import type { z } from "zod";
import { isAdopted } from "../adopt";
import type { Call } from "../call";
import { NotFound, TaskFailed } from "../errors";
import { journalKey, labelOf } from "../identity";
import { isBegun } from "../journal";
import type { Operation } from "../operation";
import { type Context, Discarded, type ObjectKind } from "../resource";
import { type Failure, fieldNames, hasUnknown, sameField, traits } from "../schema";
import { HalfMade } from "../state";
import { findOrCreate } from "./find-or-create";
import { alsoNoted } from "./lost-answer";
import type { Sort } from "./sort";

type Fields = Record<string, unknown>;

/** Objects are found or made, synced, and deleted. */
export function objectSort(kind: ObjectKind): Sort {
  return {
    journalled: true,
    exclusive: true,
    foundByKey: true,
    needsKnown: false,

    check({ call, olds, adopted, inputs }) {
      const isTaken = !olds && !hasUnknown(inputs) && isAdopted(call.adopt, labelOf(kind, inputs));
      if (isTaken && !call.workspace.onlyAdopts)
        call.log.info(call.urn, `${labelOf(kind, inputs)} is taken over if it stands already (adopt)`);
      // What stands is not known before the refresh that follows a run that only takes over.
      return { inputs, failures: adopted === "planned" ? [] : refusals(kind, call, olds, inputs) };
    },

    async ensure(operation) {
      const { context, inputs, prior } = operation;
      const isGone = prior?.phase !== undefined && isKnownGone(kind, context, prior.id);
      // Where the journal does not know the object, as on another machine, the state alone says that it is half made.
      if (prior?.phase && !isGone && (context.entry?.stage ?? "gone") === "gone") {
        if (prior.phase === "found" || prior.phase === "taken") operation.taken(prior.id, prior.phase);
        else operation.made(prior.id, context.memo ?? kind.madeFrom?.(prior.fields));
      }
      // A run that was killed while it made the object anew leaves a state that has the one that it had removed.
      if (isGone) operation.begunAnew();
      let known = operation.id;
      for (let again = false; ; again = true) {
        const id = known ?? (await findOrCreate(kind, operation));
        operation.isCreated = true;
        try {
          return { id, outputs: await kind.sync(context, id, inputs, prior?.phase ? undefined : prior?.fields) };
        } catch (error) {
          if (!(error instanceof Discarded)) throw error;
          operation.discarded();
          if (again) throw error.cause;
          context.info(`${error.message}: it is made anew`);
          known = undefined;
        }
      }
    },

    standsAt: ({ id }) => id,

    async failed(operation, error) {
      const ended = operation.ended(error);
      if (!(ended instanceof HalfMade) || operation.isCreated || !(error instanceof TaskFailed)) return ended;
      if (!(await hasLeft(kind, operation))) return alsoNoted(error, () => operation.gone());
      operation.context.warn(
        `${operation.context.label} (id ${operation.id}) is left of a creation that failed: the next up removes it and makes it anew`,
      );
      return operation.ended(error, "failed");
    },

    async forget({ context, id = "", inputs }) {
      try {
        return await kind.delete(context, id, inputs);
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        return "gone";
      }
    },
  };
}

/** What of a change of a whole object cannot be; of one that is replaced anything can. */
function refusals(kind: ObjectKind, call: Call, olds: Fields | undefined, inputs: Fields): Failure[] {
  if (!olds || !kind.refuses || isBegun(call.workspace.journal.last(journalKey(kind, olds)))) return [];
  const wanted: Fields = {};
  for (const name of fieldNames(kind.inputs)) {
    const isSame = hasUnknown(inputs[name]) || sameField(kind.inputs, name, olds[name], inputs[name]);
    if (!isSame && traits(kind.inputs.shape[name] as z.ZodType).replaces) return [];
    wanted[name] = isSame ? olds[name] : inputs[name];
  }
  return kind.refuses(olds, wanted);
}

/** Whether a run of ours has removed what goes by this id. */
function isKnownGone({ type }: ObjectKind, { workspace, connection }: Context, id: string): boolean {
  return workspace.journal.holder({ kind: type, connection: connection.name, id })?.stage === "gone";
}

/** Whether a failed creation left something behind; what cannot be seen now is taken to be there. */
async function hasLeft(kind: ObjectKind, { context, inputs }: Operation): Promise<boolean> {
  try {
    return (await kind.find(context, inputs)).length > 0;
  } catch {
    return true;
  }
}

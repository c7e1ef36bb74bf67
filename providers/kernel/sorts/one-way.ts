import type { Call } from "../call";
import { NotFound, PlanConflict, TaskFailed } from "../errors";
import { identityOf, journalKey, labelOf } from "../identity";
import type { Operation } from "../operation";
import type { OneWayKind } from "../resource";
import { hasUnknown, sameField } from "../schema";
import { isAnswerLost } from "../wire-errors";
import { alsoNoted, lookFor, retracted } from "./lost-answer";
import { differences, refuseChange, refuseReplacement } from "./refusals";
import type { Checked, Planned, Sort } from "./sort";

type Fields = Record<string, unknown>;

/** One-way objects are brought about once: no change, no replacement, and letting go leaves what stands. */
export function oneWaySort(kind: OneWayKind): Sort {
  /** Whether the journal has the object as failed: then it is done again, with whatever inputs. */
  const hasFailed = (call: Call, fields: Fields) =>
    call.workspace.journal.last(journalKey(kind, fields))?.stage === "failed";

  return {
    journalled: true,
    exclusive: true,
    foundByKey: false,
    needsKnown: true,

    check({ call, owners, olds, inputs }: Planned): Checked {
      if (!olds) {
        // The engine checks a replacement without the old inputs, as it does a creation.
        const stands = (call.known && !owners.isMissing(call.urn)) || owners.wasInState(call.urn);
        return { inputs, failures: stands ? [refuseReplacement(kind, labelOf(kind, inputs))] : [] };
      }
      if (hasFailed(call, olds)) return { inputs, failures: [] };
      const wanted = { ...inputs, ...foundations(kind, call, olds, inputs) };
      return { inputs: wanted, failures: refuseChange(kind, olds, wanted) };
    },

    async ensure(operation) {
      const { context, inputs, prior } = operation;
      const id = identityOf(kind, inputs);
      const state = await kind.find(context, inputs);
      if (state !== "standing" && context.workspace.onlyAdopts)
        throw new PlanConflict(
          `${context.label} ${state === "absent" ? "does not stand" : "is under way"}, and what stands on it cannot be taken over without it`,
        );
      if (state === "absent") {
        if (prior && !prior.phase) throw new NotFound(`${context.label} stands no more`, "run pulumi refresh, then up");
        await performOnce(kind, operation);
      }
      if (state !== "standing") context.checkpoint(id);
      return { id, outputs: await kind.settle(context, inputs) };
    },

    standsAt(_operation, refused) {
      throw refused;
    },

    async failed(operation, error) {
      if (error instanceof TaskFailed) alsoNoted(error, () => operation.failed());
      return operation.ended(error);
    },

    async forget({ context, call, inputs }, owners) {
      // A resource that is checked in the same run is replaced; one that the program drops, or destroy deletes, is not
      // checked.
      if (owners.isRegistered(call.urn)) throw new PlanConflict(refuseReplacement(kind, context.label).reason);
      await kind.release?.(context, inputs);
      context.warn(`${context.label} is let go and stays as it is: ${kind.letGo}`);
      return "gone";
    },
  };
}

/** The state's values of the inputs in `standsOn`, where the plan has others by now; warns of each. */
function foundations(kind: OneWayKind, call: Call, olds: Fields, inputs: Fields): Fields {
  const stands: Fields = {};
  for (const [name, advice] of Object.entries(kind.standsOn ?? {})) {
    if (hasUnknown(inputs[name]) || sameField(kind.inputs, name, olds[name], inputs[name])) continue;
    const change = differences(olds[name], inputs[name]).join(", ");
    call.log.warn(call.urn, `${labelOf(kind, inputs)}: ${name} ${change}; nothing is changed: ${advice}`);
    stands[name] = olds[name];
  }
  return stands;
}

/** Sets the object going; where the answer is lost, looks whether it goes instead of sending the write again. */
async function performOnce(kind: OneWayKind, operation: Operation): Promise<void> {
  const { context, inputs } = operation;
  operation.intended();
  try {
    await kind.perform(context, inputs);
  } catch (error) {
    if (!isAnswerLost(error)) throw retracted(operation, error);
    const begun = await lookFor(context, `${context.label} after a lost answer`, async () => {
      const state = await kind.find(context, inputs);
      return state === "absent" ? undefined : state;
    });
    if (!begun) throw error;
  }
}

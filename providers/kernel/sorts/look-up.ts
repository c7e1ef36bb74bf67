import { NotFound, Refused } from "../errors";
import { identityOf } from "../identity";
import type { LookupKind } from "../resource";
import { fieldNames } from "../schema";
import type { Sort } from "./sort";

/** Look-ups only read: nothing is made, owned or deleted, and two resources may look at the same object. */
export function lookUpSort(kind: LookupKind): Sort {
  return {
    journalled: false,
    exclusive: false,
    foundByKey: false,
    needsKnown: false,

    check: ({ inputs }) => ({ inputs, failures: [] }),

    async ensure({ context, inputs, prior }) {
      const id = identityOf(kind, inputs);
      const seen = await kind.read(context, id, inputs);
      if (!seen) throw new NotFound(`${context.label} does not exist on ${context.connection.name}`);
      if (seen.unread && !prior)
        throw new Refused(
          `${context.connection.name} has no call to read ${seen.unread}, and what depends on it needs it`,
        );
      const known = Object.fromEntries(fieldNames(kind.outputs).map((name) => [name, prior?.fields[name]]));
      return { id, outputs: { ...known, ...seen.outputs } };
    },

    standsAt(_operation, refused) {
      throw refused;
    },

    failed: async (operation, error) => operation.ended(error),

    forget: async () => "gone",
  };
}

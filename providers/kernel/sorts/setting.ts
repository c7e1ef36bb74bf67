import { identityOf } from "../identity";
import type { SettingKind } from "../resource";
import type { Sort } from "./sort";

/** Settings are always there: creating sets one, deleting leaves the value unless the kind knows better. */
export function settingSort(kind: SettingKind): Sort {
  return {
    journalled: false,
    exclusive: true,
    foundByKey: false,
    needsKnown: false,

    check: ({ inputs }) => ({ inputs, failures: [] }),

    async ensure({ context, inputs, prior }) {
      return { id: identityOf(kind, inputs), outputs: await kind.sync(context, inputs, prior?.fields) };
    },

    standsAt: ({ inputs }) => identityOf(kind, inputs),

    failed: async (operation, error) => operation.ended(error),

    async forget({ context, inputs }) {
      if (kind.release) await kind.release(context, inputs);
      else context.warn(`${context.label} is left as it is at ${context.connection.name}`);
      return "gone";
    },
  };
}

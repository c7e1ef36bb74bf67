import { defineResource } from "../../../providers/kernel/define";
import type { Context } from "../../../providers/kernel/resource";
import { thingInputs, thingOutputs } from "./thing";
import { createThing, deleteThing, getThing, listThings, syncThing } from "./things";

const markOf = (context: Context) => `sitewright/${context.workspace.stack}`;

/** A thing with a field for a mark: whose it is shows at the store, even where the journal is lost. */
export const MarkedThing = defineResource({
  type: "store:MarkedThing",
  sort: "object",
  bearsMark: true,
  doc: "A thing of the store (`/things`) with the stack's name in its mark.",
  inputs: thingInputs,
  outputs: thingOutputs,
  key: ({ name }) => name,

  async find(context, { name }) {
    const things = await listThings(context, name);
    return things.map(({ id, mark }) => {
      const ours = mark === markOf(context);
      return { id, ours, stack: ours || mark === "" ? undefined : mark };
    });
  },

  create: (context, { name, zone }) => createThing(context, { name, zone, mark: markOf(context) }),

  sync: (context, id, wanted) => syncThing(context, id, thingInputs, wanted),

  async read(context, id) {
    const stands = await getThing(context, id);
    if (!stands) return undefined;
    const { name, zone, size, tags, text, revision } = stands;
    return { inputs: { name, zone, size, tags, text: text || undefined }, outputs: { revision } };
  },

  delete: (context, id) => deleteThing(context, id),
});

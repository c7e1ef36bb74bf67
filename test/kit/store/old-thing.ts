import { z } from "zod";
import { defineResource } from "../../../providers/kernel/define";
import { NotFound } from "../../../providers/kernel/errors";
import { Thing, thingInputs, thingOutputs } from "./thing";
import { createThing, getThing, listThings, syncThing } from "./things";

/** `store:Thing` as it was in its first release: tags in one text, and a delete that works otherwise. */
export const OldThing = defineResource({
  type: Thing.kind.type,
  sort: "object",
  doc: "A thing of the store, first release.",
  inputs: thingInputs.omit({ tags: true }).extend({ labels: z.string().default("old").describe("tags in one text") }),
  outputs: thingOutputs,
  key: ({ name }) => name,

  async find(context, { name }) {
    return (await listThings(context, name)).map(({ id }) => ({ id }));
  },

  create: (context, { name, zone }) => createThing(context, { name, zone }),

  sync: (context, id, { labels, ...wanted }) =>
    syncThing(context, id, thingInputs, { ...wanted, tags: labels.split(" ") }),

  async read(context, id) {
    const stands = await getThing(context, id);
    if (!stands) return undefined;
    return { inputs: { size: stands.size, labels: stands.tags.join(" ") }, outputs: { revision: stands.revision } };
  },

  async delete() {
    throw new NotFound("the first release forgot to delete at the store");
  },
});

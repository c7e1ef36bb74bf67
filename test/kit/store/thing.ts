import { z } from "zod";
import { connectionSchema } from "../../../providers/kernel/connection";
import { defineResource } from "../../../providers/kernel/define";
import { asSet, byMeaning, replaces, secret } from "../../../providers/kernel/schema";
import { createThing, deleteThing, getThing, listThings, syncThing } from "./things";

/** The store separates by semicolons whatever it was given. */
const words = (value: unknown) => String(value).split(/[,;]/);

export const thingInputs = z.strictObject({
  connection: connectionSchema,
  name: replaces(z.string().min(1).describe("name, the natural key; a change replaces")),
  zone: replaces(z.string().default("a").describe("part of the store; a change replaces")),
  size: z.int().min(1).max(1000).describe("size, litres"),
  tags: asSet(z.array(z.string()).default([]).describe("labels, in no order")),
  text: byMeaning(z.string().optional().describe("words, separated by commas"), words),
  secret: secret(z.string().optional()).describe("what opens it"),
});

export const thingOutputs = z.strictObject({ revision: z.number().describe("how often it was written") });

/** A thing of the store, without a field for a mark: whose it is tells the journal. */
export const Thing = defineResource({
  type: "store:Thing",
  sort: "object",
  doc: "A thing of the store (`/things`).",
  inputs: thingInputs,
  outputs: thingOutputs,
  schemaVersion: 2,
  migrations: {
    // Version 1 kept the tags as one text.
    1: ({ labels, ...rest }) => ({ ...rest, tags: String(labels).split(" ") }),
  },
  timeouts: { create: 60_000 },
  key: ({ name }) => name,

  async find(context, { name }) {
    return (await listThings(context, name)).map(({ id }) => ({ id }));
  },

  create: (context, { name, zone }) => createThing(context, { name, zone }),

  sync: (context, id, wanted) => syncThing(context, id, thingInputs, wanted),

  async read(context, id) {
    const stands = await getThing(context, id);
    if (!stands) return undefined;
    const { name, zone, size, tags, text, revision } = stands;
    // The store gives secrets back masked: what cannot be observed keeps its last known value.
    return { inputs: { name, zone, size, tags, text: text || undefined }, outputs: { revision } };
  },

  delete: (context, id) => deleteThing(context, id),
});

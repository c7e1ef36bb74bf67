import { z } from "zod";
import { connectionSchema } from "../../../providers/kernel/connection";
import { defineResource } from "../../../providers/kernel/define";
import { PlanConflict, TaskFailed } from "../../../providers/kernel/errors";
import { pathTo } from "../../../providers/kernel/path";
import type { Context } from "../../../providers/kernel/resource";
import { store } from "./client";

const PATH = pathTo`/setup`;
const answer = z.looseObject({ state: z.enum(["absent", "running", "failed", "done"]), owner: z.string().optional() });

/** The store's first set-up: done once, by an owner, and never again. */
export const Setup = defineResource({
  type: "store:Setup",
  sort: "one-way",
  doc: "The store's first set-up (`/setup`).",
  inputs: z.strictObject({
    connection: connectionSchema,
    owner: z.string().min(1).describe("who owns the store for ever"),
    note: z.string().optional().describe("why it was set up; not kept by the store"),
  }),
  outputs: z.strictObject({}),
  free: ["note"],
  procedures: { owner: "ask the vendor to move the store", "": "the store is set up once" },
  letGo: "empty the shelves by hand",
  key: ({ connection }) => connection.name,

  async find(context, { owner }) {
    const stands = await readSetup(context);
    if (stands.state === "absent" || stands.state === "failed") return "absent";
    if (stands.owner !== owner)
      throw new PlanConflict(`${context.label}: owner stands as "${stands.owner}", planned is "${owner}"`);
    return stands.state === "done" ? "standing" : "under-way";
  },

  async perform(context, { owner }) {
    await store(context).request({
      operation: `set the store up for ${owner}`,
      method: "POST",
      path: PATH,
      body: { owner },
      schema: answer,
      signal: context.signal,
    });
  },

  async settle(context) {
    await context.wait("set-up of the store", async () => {
      const { state } = await readSetup(context);
      if (state === "failed") throw new TaskFailed(`the set-up of ${context.connection.name} has failed: no shelf`);
      return state === "done" ? { done: true } : { pending: state };
    });
    return {};
  },

  async read(context) {
    const { state, owner } = await readSetup(context);
    return state === "absent" ? undefined : { inputs: { owner }, outputs: {} };
  },
});

async function readSetup(context: Context): Promise<z.output<typeof answer>> {
  const { data } = await store(context).request({
    operation: "look how far the set-up is",
    method: "GET",
    path: PATH,
    schema: answer,
    signal: context.signal,
  });
  return data;
}

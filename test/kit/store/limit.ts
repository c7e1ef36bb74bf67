import { z } from "zod";
import { connectionSchema } from "../../../providers/kernel/connection";
import { defineResource } from "../../../providers/kernel/define";
import { pathTo } from "../../../providers/kernel/path";
import type { Context } from "../../../providers/kernel/resource";
import { store } from "./client";

const PATH = pathTo`/settings/limit`;
const answer = z.looseObject({ limit: z.number() });

/** How much the store takes: a setting that is always there. */
export const Limit = defineResource({
  type: "store:Limit",
  sort: "setting",
  doc: "The store's limit (`/settings/limit`).",
  inputs: z.strictObject({
    connection: connectionSchema,
    limit: z.int().positive().describe("things that the store takes"),
  }),
  outputs: z.strictObject({}),
  key: ({ connection }) => connection.name,

  async sync(context, { limit }) {
    if ((await readLimit(context)) === limit) return {};
    await store(context).request({
      operation: `set the limit to ${limit}`,
      method: "PUT",
      path: PATH,
      body: { limit },
      schema: answer,
      signal: context.signal,
    });
    return {};
  },

  async read(context) {
    return { inputs: { limit: await readLimit(context) }, outputs: {} };
  },
});

async function readLimit(context: Context): Promise<number> {
  const { data } = await store(context).request({
    operation: "read the limit",
    method: "GET",
    path: PATH,
    schema: answer,
    signal: context.signal,
  });
  return data.limit;
}

import { z } from "zod";
import { connectionSchema } from "../../../providers/kernel/connection";
import { defineResource } from "../../../providers/kernel/define";
import { pathTo } from "../../../providers/kernel/path";
import { store } from "./client";

/** What the store says of itself. */
export const Info = defineResource({
  type: "store:Info",
  sort: "look-up",
  doc: "The store's version (`/info`).",
  inputs: z.strictObject({ connection: connectionSchema }),
  outputs: z.strictObject({ version: z.string().describe("the store's version") }),
  key: ({ connection }) => connection.name,

  async read(context) {
    const { data } = await store(context).request({
      operation: `read the version of ${context.connection.name}`,
      method: "GET",
      path: pathTo`/info`,
      schema: z.looseObject({ version: z.string() }),
      signal: context.signal,
    });
    return { inputs: {}, outputs: { version: data.version } };
  },
});

import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { pathTo } from "../kernel/path";
import { fisheye } from "./client";
import { listOf } from "./list-of";
import { orUnread } from "./unread";

/** A storage policy that the platform brings, looked up by name. */
export const StoragePolicy = defineResource({
  type: "smtxos:StoragePolicy",
  sort: "look-up",
  doc: "A storage policy of the cluster (`default`), looked up by name with `GET /api/v2/storage_policies` (runbook, stage 04).",
  inputs: z.strictObject({
    connection: connectionSchema,
    name: z.string().min(1).default("default").describe("name of the policy"),
  }),
  outputs: z.strictObject({
    uuid: z.string().describe("id of the policy"),
  }),
  example: { args: { name: "default" } },
  key: ({ name }) => name,

  async read(context, _id, { name }) {
    return orUnread(`storage policy ${name}`, async () => {
      const { data } = await fisheye(context).request({
        operation: `list the storage policies of ${context.connection.name}`,
        method: "GET",
        path: pathTo`/api/v2/storage_policies`,
        schema: listOf(z.looseObject({ uuid: z.string(), name: z.string().nullish() })),
        signal: context.signal,
      });
      const found = data.find((policy) => policy.name === name);
      return (
        found && {
          inputs: {},
          outputs: { uuid: found.uuid },
        }
      );
    });
  },
});

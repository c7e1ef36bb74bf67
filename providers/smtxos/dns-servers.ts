import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { readSetting, writeSetting } from "./setting";

const PATH = pathTo`/api/v2/settings/dns`;

/** The cluster's DNS servers. */
export const DnsServers = defineResource({
  type: "smtxos:DnsServers",
  sort: "setting",
  doc: "The DNS servers of the cluster's hosts, by `PUT /api/v2/settings/dns` (runbook, stage 03). Reading them back by GET is not documented; where the site has no such call, or answers in another shape, drift is not claimed.",
  inputs: z.strictObject({
    connection: connectionSchema,
    servers: z.array(z.ipv4()).min(1).describe("addresses, asked in this order; names are not possible"),
  }),
  outputs: z.strictObject({ observed: z.boolean().describe("whether the site lets the servers be read back") }),
  example: { args: { servers: ["10.0.0.114", "10.0.0.1"] }, changed: { servers: ["10.0.0.1"] } },
  key: ({ connection }) => connection.name,

  async sync(context, { servers }) {
    const stands = await read(context);
    if (stands && isDeepStrictEqual(stands.servers, servers)) return { observed: true };
    context.progress(`setting the DNS servers to ${servers.join(", ")}`);
    await writeSetting(context, { what: whatOf(context), path: PATH, body: { dns_servers: servers } });
    return { observed: stands !== undefined };
  },

  async read(context) {
    const stands = await read(context);
    if (stands) return { inputs: stands, outputs: { observed: true } };
    return { inputs: {}, outputs: { observed: false }, unread: whatOf(context) };
  },
});

async function read(context: Context): Promise<{ servers: string[] } | undefined> {
  const schema = z.looseObject({ dns_servers: z.array(z.string()).nullable() });
  const data = await readSetting(context, { what: whatOf(context), path: PATH, schema });
  return data && { servers: data.dns_servers ?? [] };
}

function whatOf({ connection }: Context): string {
  return `the DNS servers of ${connection.name}`;
}

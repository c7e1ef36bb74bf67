import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { asSet } from "../kernel/schema";
import { readSetting, writeSetting } from "./setting";

const PATH = pathTo`/api/v2/settings/ntp`;

/** The cluster's time servers. */
export const NtpServers = defineResource({
  type: "smtxos:NtpServers",
  sort: "setting",
  doc: "The time servers of the cluster, by `PUT /api/v2/settings/ntp` (runbook, stage 03). A cluster is deployed with internal time; external servers are set afterwards. Reading them back by GET is not documented; where the site has no such call, or answers in another shape, drift is not claimed.",
  inputs: z.strictObject({
    connection: connectionSchema,
    mode: z
      .enum(["internal", "external"])
      .default("external")
      .describe("internal: the cluster keeps its own time; external: it follows the servers"),
    servers: asSet(z.array(z.string().min(1)).default([])).describe("names or addresses; none where mode is internal"),
  }),
  outputs: z.strictObject({ observed: z.boolean().describe("whether the site lets the servers be read back") }),
  example: { args: { servers: ["10.0.0.2", "ntp.example.com"] }, changed: { servers: ["10.0.0.3"] } },
  key: ({ connection }) => connection.name,

  async sync(context, { mode, servers }) {
    const stands = await read(context);
    const sorted = (list: string[]) => [...list].sort();
    if (stands && stands.mode === mode && isDeepStrictEqual(sorted(stands.servers), sorted(servers)))
      return { observed: true };
    context.progress(`setting time to ${mode}${servers.length > 0 ? `: ${servers.join(", ")}` : ""}`);
    await writeSetting(context, { what: whatOf(context), path: PATH, body: { ntp_mode: mode, ntp_servers: servers } });
    return { observed: stands !== undefined };
  },

  async read(context) {
    const stands = await read(context);
    if (stands) return { inputs: stands, outputs: { observed: true } };
    return { inputs: {}, outputs: { observed: false }, unread: whatOf(context) };
  },
});

async function read(context: Context): Promise<{ mode: "internal" | "external"; servers: string[] } | undefined> {
  // CloudTower writes the mode in capitals, Fisheye in small letters (facts, part B 5B 12).
  const schema = z.looseObject({
    ntp_mode: z
      .string()
      .toLowerCase()
      .pipe(z.enum(["internal", "external"])),
    ntp_servers: z.array(z.string()).nullish(),
  });
  const data = await readSetting(context, { what: whatOf(context), path: PATH, schema });
  return data && { mode: data.ntp_mode, servers: data.ntp_servers ?? [] };
}

function whatOf({ connection }: Context): string {
  return `the time servers of ${connection.name}`;
}

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { defineResource } from "../kernel/define";
import { Refused } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower } from "./client";
import { cloudtowerConnection } from "./connection";
import { untilShown } from "./settle";

const urlSchema = z.looseObject({ ntp_service_url: z.string().nullish() });

/** CloudTower's own time servers. */
export const NtpServers = defineResource({
  type: "cloudtower:NtpServers",
  sort: "setting",
  doc: "CloudTower's time servers, by GraphQL's `updateCloudTowerNtpUrl` (runbook, stage 04 配置cloudtower ntp): commas go out, semicolons come back. They are read by `POST /v2/api/get-ntp-service-url`, which the vendor's schema has from 4.6.0 on; where CloudTower has no such call, drift is not claimed.",
  inputs: z.strictObject({
    connection: cloudtowerConnection,
    servers: z
      .array(z.string().regex(/^[^\s,;]+$/, "a name or an address, one each"))
      .min(1)
      .describe("names or addresses in the order that they are asked, 集群管理信息 E22:E24"),
  }),
  outputs: z.strictObject({ observed: z.boolean().describe("whether CloudTower lets the servers be read back") }),
  example: { args: { servers: ["10.0.0.2", "ntp.example.com"] }, changed: { servers: ["10.0.0.3"] } },
  key: ({ connection }) => connection.name,

  async sync(context, { servers }) {
    if (isDeepStrictEqual(await read(context), servers)) return { observed: true };
    const { updateCloudTowerNtpUrl } = await cloudtower(context).mutate({
      operation: `set the time servers of ${context.connection.name}`,
      query:
        "mutation updateCloudTowerNtpUrl($data: NtpCommonUpdateInput!) { updateCloudTowerNtpUrl(data: $data) { ntp_service_url } }",
      variables: { data: { ntp_service_url: servers.join(",") } },
      schema: z.looseObject({ updateCloudTowerNtpUrl: urlSchema }),
      idempotent: true,
    });
    let observed = true;
    await untilShown(context, "the time servers", async () => {
      const shown = await read(context);
      observed = shown !== undefined;
      const stands = shown ?? listOf(updateCloudTowerNtpUrl.ntp_service_url);
      return isDeepStrictEqual(stands, servers) ? undefined : `${stands.join(", ") || "none"} so far`;
    });
    return { observed };
  },

  async read(context) {
    const servers = await read(context);
    if (servers) return { inputs: { servers }, outputs: { observed: true } };
    context.info(`${context.connection.name} does not let its time servers be read back; drift there cannot be seen`);
    return { inputs: {}, outputs: { observed: false } };
  },
});

/** Undefined where CloudTower has no such call. */
async function read(context: Context): Promise<string[] | undefined> {
  try {
    const { ntp_service_url } = await cloudtower(context).read({
      operation: `read the time servers of ${context.connection.name}`,
      path: pathTo`/get-ntp-service-url`,
      schema: urlSchema,
    });
    return listOf(ntp_service_url);
  } catch (error) {
    if (error instanceof Refused && [404, 405, 501].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}

function listOf(text: string | null | undefined): string[] {
  return (text ?? "")
    .split(/[;,]/)
    .map((server) => server.trim())
    .filter(Boolean);
}

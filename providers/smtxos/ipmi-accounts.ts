import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { Refused } from "../kernel/errors";
import { output, secretSetting } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { secret } from "../kernel/schema";
import { fisheye } from "./client";
import { Cluster } from "./cluster";
import { readSetting } from "./setting";

const PATH = pathTo`/api/v2/ipmi/upsert_accounts`;

const inputs = z.strictObject({
  connection: connectionSchema,
  accounts: z
    .array(
      z.strictObject({
        hostname: z.string().min(1).describe("host name"),
        uuid: z.string().min(1).describe("host_uuid"),
        address: z.ipv4().describe("out-of-band address, 主机规划 column E"),
        username: z.string().min(1).describe("out-of-band user, 主机规划 column F"),
        password: secret(z.string().min(1)).describe("out-of-band password, 主机规划 column G"),
      }),
    )
    .min(1)
    .describe("one a host"),
});

const answerSchema = z.looseObject({
  failure: z
    .array(
      z.looseObject({ node_name: z.string().nullish(), node_uuid: z.string().nullish(), host: z.string().nullish() }),
    )
    .nullish(),
});

/** The accounts by which the cluster reaches its hosts' out-of-band controllers (IPMI). */
export const IpmiAccounts = defineResource({
  type: "smtxos:IpmiAccounts",
  sort: "setting",
  doc: "The out-of-band accounts of the hosts, by `POST /api/v2/ipmi/upsert_accounts` (runbook, stage 03). The site tries each account and answers EOK whatever comes of it: one that it could not use is an error that names the host. Reading the accounts back by GET of the same path is not documented; where the site has no such call, or answers in another shape, drift is not claimed. Passwords are never read back.",
  inputs,
  outputs: z.strictObject({ working: z.array(z.string()).describe("the hosts whose account works, by name") }),
  example: {
    args: {
      accounts: [
        {
          hostname: "node-01",
          uuid: output(Cluster, "members", 0, "uuid"),
          address: "10.0.19.101",
          username: "root",
          password: secretSetting("bmcPassword"),
        },
      ],
    },
  },
  key: ({ connection }) => connection.name,

  async sync(context, { accounts }) {
    context.progress(`sending ${accounts.length} out-of-band accounts`);
    const { data } = await fisheye(context).request({
      operation: `set ${whatOf(context)}`,
      method: "POST",
      path: PATH,
      body: {
        accounts: accounts.map(({ hostname, uuid, address, username, password }) => ({
          node_name: hostname,
          host: address,
          user: username,
          node_uuid: uuid,
          password,
        })),
      },
      // By its name an account is put in or replaced: a second time changes nothing.
      idempotent: true,
      schema: answerSchema,
      signal: context.signal,
    });
    const failed = (data.failure ?? []).map(({ node_name: name, node_uuid: uuid, host }) => {
      const known = accounts.find((account) => account.uuid === uuid || account.hostname === name);
      return `${known?.hostname ?? name} (${host ?? known?.address})`;
    });
    if (failed.length > 0) {
      throw new Refused(
        `${context.connection.name} cannot use ${failed.length} of ${accounts.length} out-of-band accounts: ${failed.join(", ")}`,
        {
          hint: "check address, user and password of these hosts' controllers, and that UDP 623 is open to them; then up again",
        },
      );
    }
    return { working: accounts.map(({ hostname }) => hostname) };
  },

  async read(context, _id, { accounts }) {
    const stands = await read(context);
    if (!stands) return { inputs: {}, outputs: {}, unread: whatOf(context) };
    const seen = accounts.flatMap((account) => {
      const kept = stands.find(({ node_uuid }) => node_uuid === account.uuid);
      return kept ? [{ ...account, address: kept.host, username: kept.user }] : [];
    });
    return { inputs: { accounts: seen }, outputs: { working: seen.map(({ hostname }) => hostname) } };
  },
});

/** The accounts that the cluster keeps, without their passwords; undefined where it does not tell. */
function read(context: Context) {
  const schema = z.array(z.looseObject({ node_uuid: z.string(), host: z.string(), user: z.string() }));
  return readSetting(context, { what: whatOf(context), path: PATH, schema });
}

function whatOf({ connection }: Context): string {
  return `the out-of-band accounts of ${connection.name}`;
}

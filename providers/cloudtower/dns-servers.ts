import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { Refused } from "../kernel/errors";
import { readNameservers, writeNameservers } from "../kernel/resolv-conf";
import { factorySchema } from "../kernel/ssh-connection";
import { sshExample, towerSsh } from "./guest-ssh";

/** The name servers of the machine that CloudTower runs in. */
export const DnsServers = defineResource({
  type: "cloudtower:DnsServers",
  sort: "setting",
  doc: "CloudTower's name servers: `/etc/resolv.conf` of its machine, over SSH, where they are observed too (runbook, stage 04 配置cloudtower DNS; CloudTower itself has no call for them). Other lines of the file stay.",
  inputs: z.strictObject({
    connection: connectionSchema.describe("the SSH of its virtual machine"),
    factory: factorySchema.optional(),
    servers: z
      .array(z.ipv4())
      .min(1)
      .max(3, "the resolver asks three at most (resolv.conf(5), MAXNS)")
      .describe("addresses in the order that they are asked, 集群管理信息 E25:E26; three at most"),
  }),
  outputs: z.strictObject({}),
  example: {
    args: { connection: sshExample, servers: ["10.0.0.114", "10.0.0.1"] },
    changed: { servers: ["10.0.0.1"] },
  },
  key: ({ connection }) => connection.name,

  sync(context, { servers, factory }) {
    return towerSsh(
      context,
      async (session, { password }) => {
        if (isDeepStrictEqual(await readNameservers(session), servers)) return {};
        context.progress(`setting the name servers to ${servers.join(", ")}`);
        const { aroundWrite, timeoutMs } = context.workspace.transport;
        const settled = aroundWrite?.(`set the name servers of ${context.connection.name}`, timeoutMs);
        await writeNameservers(session, servers, password);
        settled?.();
        const stands = await readNameservers(session);
        if (isDeepStrictEqual(stands, servers)) return {};
        throw new Refused(
          `${context.connection.name} was given the name servers ${servers.join(", ")} and has ${stands.join(", ") || "none"}`,
          { hint: "see what else on that machine writes /etc/resolv.conf" },
        );
      },
      factory,
    );
  },

  async read(context, _id, { factory }) {
    return { inputs: { servers: await towerSsh(context, readNameservers, factory) }, outputs: {} };
  },
});

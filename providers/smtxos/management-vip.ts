import { z } from "zod";
import { answersAt } from "../kernel/answers";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { readSetting, writeSetting } from "./setting";

const PATH = pathTo`/api/v2/settings/vip`;

const inputs = z.strictObject({
  connection: connectionSchema,
  managementVip: z.ipv4().describe("address by which the cluster's management is reached, whichever host holds it"),
  iscsiVip: z.ipv4().optional().describe("address of the iSCSI access point; none unless set"),
});

/** The cluster's virtual addresses. */
export const ManagementVip = defineResource({
  type: "smtxos:ManagementVip",
  sort: "setting",
  doc: "The management VIP and the iSCSI VIP, by `PUT /api/v2/settings/vip` (runbook, stage 03). Reading them back by GET is not documented; where the site has no such call, or answers in another shape, drift is not claimed.",
  inputs,
  outputs: z.strictObject({ observed: z.boolean().describe("whether the site lets the VIPs be read back") }),
  example: { args: { managementVip: "10.0.20.10" }, changed: { iscsiVip: "10.0.20.12" } },
  key: ({ connection }) => connection.name,

  async sync(context, { managementVip, iscsiVip }) {
    const stands = await readVips(context);
    if (stands && stands.managementVip === managementVip && stands.iscsiVip === iscsiVip) return { observed: true };
    context.progress(`setting the management VIP to ${managementVip}`);
    const body = { iscsi_vip: iscsiVip ?? null, management_vip: managementVip };
    await writeSetting(context, { what: whatOf(context), path: PATH, body });
    return { observed: stands !== undefined };
  },

  async read(context, _id, { managementVip }) {
    const stands = await readVips(context);
    if (stands) return { inputs: stands, outputs: { observed: true } };
    // The cluster has just answered by another way. CloudTower, which knows it by this address, has lost it then too.
    if (!(await answersAt(context.workspace.transport, managementVip, 443))) {
      context.info(`nothing answers at the management VIP ${managementVip}, while ${context.connection.name} does`);
      return { inputs: { managementVip: undefined }, outputs: { observed: false }, unread: whatOf(context) };
    }
    return { inputs: {}, outputs: { observed: false }, unread: whatOf(context) };
  },
});

/** The VIPs as they stand; undefined where the site does not tell. */
async function readVips(context: Context): Promise<{ managementVip?: string; iscsiVip?: string } | undefined> {
  const schema = z.looseObject({ management_vip: z.string().nullable(), iscsi_vip: z.string().nullish() });
  const data = await readSetting(context, { what: whatOf(context), path: PATH, schema });
  return data && { managementVip: data.management_vip || undefined, iscsiVip: data.iscsi_vip || undefined };
}

function whatOf({ connection }: Context): string {
  return `the VIPs of ${connection.name}`;
}

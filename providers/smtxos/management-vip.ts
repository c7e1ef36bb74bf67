import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { Refused } from "../kernel/errors";
import type { Context } from "../kernel/resource";
import { fisheye } from "./client";

const PATH = "/api/v2/settings/vip";

const inputs = z.strictObject({
  connection: connectionSchema,
  managementVip: z.ipv4().describe("address by which the cluster's management is reached, whichever host holds it"),
  iscsiVip: z.ipv4().optional().describe("address of the iSCSI access point; none unless set"),
});

/** The cluster's virtual addresses. */
export const ManagementVip = defineResource({
  type: "smtxos:ManagementVip",
  sort: "setting",
  doc: "The management VIP and the iSCSI VIP, by `PUT /api/v2/settings/vip` (runbook, stage 03). Reading them back by GET is not documented; where the site has no such call, drift is not claimed.",
  inputs,
  outputs: z.strictObject({ observed: z.boolean().describe("whether the site lets the VIPs be read back") }),
  key: ({ connection }) => connection.name,

  async sync(context, { managementVip, iscsiVip }) {
    const stands = await readVips(context);
    if (stands && stands.managementVip === managementVip && stands.iscsiVip === iscsiVip) return { observed: true };
    context.progress(`setting the management VIP to ${managementVip}`);
    await fisheye(context).request({
      operation: `set the VIPs of ${context.connection.name}`,
      method: "PUT",
      path: PATH,
      body: { iscsi_vip: iscsiVip ?? null, management_vip: managementVip },
      signal: context.signal,
    });
    return { observed: stands !== undefined };
  },

  async read(context) {
    const stands = await readVips(context);
    if (stands) return { inputs: stands, outputs: { observed: true } };
    context.info("the site does not let its VIPs be read back; drift of them cannot be seen");
    return { inputs: {}, outputs: { observed: false } };
  },
});

/** The VIPs as they stand; undefined where the site has no call to read them. */
async function readVips(context: Context): Promise<{ managementVip?: string; iscsiVip?: string } | undefined> {
  try {
    const { data } = await fisheye(context).request({
      operation: `read the VIPs of ${context.connection.name}`,
      method: "GET",
      path: PATH,
      schema: z.looseObject({ management_vip: z.string().nullish(), iscsi_vip: z.string().nullish() }),
      signal: context.signal,
    });
    return { managementVip: data.management_vip || undefined, iscsiVip: data.iscsi_vip || undefined };
  } catch (error) {
    if (error instanceof Refused && [404, 405].includes(error.status ?? 0)) return undefined;
    throw error;
  }
}

import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { pathTo } from "../kernel/path";
import { fisheye } from "./client";
import { orUnread } from "./unread";

/** The cluster's licence: its serial is what the vendor asks for. */
export const License = defineResource({
  type: "smtxos:License",
  sort: "look-up",
  doc: "The cluster's licence and serial number, by `GET /api/v2/tools/license` (runbook, stage 03).",
  inputs: z.strictObject({ connection: connectionSchema }),
  outputs: z.strictObject({
    serial: z.string().describe("serial number of the cluster"),
    edition: z.string().describe("software edition, as the vendor names it; empty where the site does not tell"),
    licenseType: z.string().describe("TRIAL, or what was bought; empty where the site does not tell"),
  }),
  example: { args: {} },
  key: ({ connection }) => connection.name,

  async read(context) {
    const what = `the licence of ${context.connection.name}`;
    return orUnread(what, async () => {
      const { data } = await fisheye(context).request({
        operation: `read ${what}`,
        method: "GET",
        path: pathTo`/api/v2/tools/license`,
        schema: z.looseObject({
          serial: z.string().min(1),
          software_edition: z.string().nullish(),
          license_type: z.string().nullish(),
        }),
        signal: context.signal,
      });
      return {
        inputs: {},
        outputs: { serial: data.serial, edition: data.software_edition ?? "", licenseType: data.license_type ?? "" },
      };
    });
  },
});

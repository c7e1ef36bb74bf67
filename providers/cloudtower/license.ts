import { z } from "zod";
import { defineResource } from "../kernel/define";
import { cloudtower } from "./client";
import { cloudtowerConnection } from "./connection";

const license = z.looseObject({
  license_serial: z.string(),
  type: z.string(),
  software_edition: z.string(),
  sign_date: z.string().nullish(),
  expire_date: z.string().nullish(),
});

/** CloudTower's own licence: its serial is what the vendor asks for. */
export const License = defineResource({
  type: "cloudtower:License",
  sort: "look-up",
  doc: "The licence and serial number of CloudTower itself, by GraphQL's `deploys` (runbook, stage 04 导出cloudtower 序列号写入规划表).",
  inputs: z.strictObject({ connection: cloudtowerConnection }),
  outputs: z.strictObject({
    serial: z.string().describe("serial number of CloudTower, 集群管理信息 M3"),
    licenseType: z.string().describe("TRIAL, PERPETUAL or SUBSCRIPTION"),
    edition: z.string().describe("software edition, as the vendor names it"),
    expires: z.string().describe("when it ends, as ISO 8601; empty where CloudTower names no date"),
    version: z.string().describe("version of CloudTower; empty where CloudTower names none"),
  }),
  key: ({ connection }) => connection.name,

  async read(context) {
    const { deploys } = await cloudtower(context).query({
      operation: `read the licence of ${context.connection.name}`,
      query:
        "query deployedLicense { deploys(first: 1) { id version license { id license_serial sign_date expire_date software_edition type } } }",
      schema: z.looseObject({
        deploys: z.array(z.looseObject({ version: z.string().nullish(), license: license.nullish() })),
      }),
    });
    const [deploy] = deploys;
    if (!deploy?.license) return undefined;
    const { license_serial, type, software_edition, expire_date } = deploy.license;
    return {
      inputs: {},
      outputs: {
        serial: license_serial,
        licenseType: type,
        edition: software_edition,
        expires: expire_date ?? "",
        version: deploy.version ?? "",
      },
    };
  },
});

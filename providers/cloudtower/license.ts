import { z } from "zod";
import { defineResource } from "../kernel/define";
import { pathTo } from "../kernel/path";
import { cloudtower, oneOrMany } from "./client";
import { cloudtowerConnection } from "./connection";

const deployRow = z.looseObject({
  version: z.string().nullish(),
  license: z.looseObject({ id: z.string() }).nullish(),
});
const licenseRow = z.looseObject({
  license_serial: z.string().min(1),
  type: z.string().nullish(),
  software_edition: z.string().nullish(),
  expire_date: z.string().nullish(),
});

/** CloudTower's own licence: its serial is what the vendor asks for. */
export const License = defineResource({
  type: "cloudtower:License",
  sort: "look-up",
  doc: "The licence and serial number of CloudTower itself, by `POST /v2/api/get-deploys` and `/get-licenses` (the vendor's schema; the runbook's stage 04 导出cloudtower 序列号写入规划表 reads the same by GraphQL).",
  inputs: z.strictObject({ connection: cloudtowerConnection }),
  outputs: z.strictObject({
    serial: z.string().describe("serial number of CloudTower, 集群管理信息 M3"),
    licenseType: z.string().describe("TRIAL, PERPETUAL or SUBSCRIPTION; empty where CloudTower does not tell"),
    edition: z.string().describe("software edition, as the vendor names it; empty where CloudTower does not tell"),
    expires: z.string().describe("when it ends, as ISO 8601; empty where CloudTower names no date"),
    version: z.string().describe("version of CloudTower; empty where it does not tell"),
  }),
  example: { args: {} },
  key: ({ connection }) => connection.name,

  async read(context) {
    const operation = `read the licence of ${context.connection.name}`;
    const [deploy] = await cloudtower(context).read({
      operation,
      path: pathTo`/get-deploys`,
      body: { first: 1 },
      schema: oneOrMany(deployRow),
    });
    if (!deploy?.license) return undefined;
    const [license] = await cloudtower(context).read({
      operation,
      path: pathTo`/get-licenses`,
      body: { where: { id: deploy.license.id } },
      schema: oneOrMany(licenseRow),
    });
    if (!license) return undefined;
    return {
      inputs: {},
      outputs: {
        serial: license.license_serial,
        licenseType: license.type ?? "",
        edition: license.software_edition ?? "",
        expires: license.expire_date ?? "",
        version: deploy.version ?? "",
      },
    };
  },
});

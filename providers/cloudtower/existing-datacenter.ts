import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { Datacenter } from "./datacenter";
import { existing, existingRow, idOf, nameOf } from "./existing";

/** A datacenter that stands. */
export const ExistingDatacenter = defineResource(
  existing({
    type: "cloudtower:ExistingDatacenter",
    doc: "A datacenter that stands in CloudTower, by `POST /v2/api/get-datacenters`.",
    plural: "datacenters",
    path: pathTo`/get-datacenters`,
    row: existingRow.extend({ organization: z.looseObject({ id: z.string() }).nullish() }),
    outputs: z.strictObject({
      datacenterId: idOf("datacenter"),
      datacenterName: nameOf("datacenter"),
      organizationId: z.string().describe("id of its organisation; empty where CloudTower does not tell"),
    }),
    outputsOf: ({ id: datacenterId, name: datacenterName, organization }) => ({
      datacenterId,
      datacenterName,
      organizationId: organization?.id ?? "",
    }),
    example: { args: { where: { id: output(Datacenter, "datacenterId") } } },
  }),
);

import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { replaces } from "../kernel/schema";
import { cloudtowerConnection } from "./connection";
import { Organization } from "./organization";
import { sharedSchema } from "./shared";
import { belonging, towerObject } from "./tower-object";

/** A datacenter of an organisation, which clusters are connected to. */
export const Datacenter = defineResource(
  towerObject({
    type: "cloudtower:Datacenter",
    doc: "A datacenter of CloudTower, by `POST /v2/api/create-datacenter` (runbook, stage 05 创建数据中心). Known by its name in its organisation. One that clusters of others belong to is not deleted.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      organization: replaces(z.string().min(1)).describe("id of its organisation; a change replaces"),
      name: z.string().min(1).describe("name of the datacenter, 文档描述 C17; changed in place"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      datacenterId: z.string().describe("id of the datacenter, datacenter_id of a connection"),
    }),
    example: {
      args: { organization: output(Organization, "organizationId"), name: "DC-01" },
      changed: { name: "DC-02" },
    },
    key: ({ name }) => name,
    parents: ["organization"],
    noun: "datacenter",
    plural: "datacenters",
    paths: {
      list: pathTo`/get-datacenters`,
      create: pathTo`/create-datacenter`,
      update: pathTo`/update-datacenter`,
      delete: pathTo`/delete-datacenter`,
    },
    row: z.looseObject({
      id: z.string(),
      name: z.string(),
      organization: z.looseObject({ id: z.string() }).nullish(),
      clusters: z.array(z.looseObject({ name: z.string() })).nullish(),
    }),
    called: ({ name }) => name,
    where: ({ name, organization }) => ({ name, organization: { id: organization } }),
    made: ({ name, organization }) => ({ name, organization_id: organization }),
    changed: ({ name }) => ({ name }),
    seen: ({ name, organization }) => ({ name, ...(organization && { organization: organization.id }) }),
    outputsOf: ({ id: datacenterId }) => ({ datacenterId }),
    stays: ({ clusters }) => belonging(clusters),
  }),
);

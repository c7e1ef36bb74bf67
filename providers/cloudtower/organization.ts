import { z } from "zod";
import { defineResource } from "../kernel/define";
import { pathTo } from "../kernel/path";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import { belonging, listObjects, towerObject } from "./tower-object";

const lists = {
  plural: "organisations",
  paths: {
    list: pathTo`/get-organizations`,
    create: pathTo`/create-organization`,
    update: pathTo`/update-organization`,
    delete: pathTo`/delete-organization`,
  },
  row: z.looseObject({
    id: z.string(),
    name: z.string(),
    datacenters: z.array(z.looseObject({ name: z.string() })).nullish(),
  }),
};

/** The organisation that datacenters belong to. */
export const Organization = defineResource(
  towerObject({
    type: "cloudtower:Organization",
    doc: "An organisation of CloudTower, by `POST /v2/api/create-organization` (the vendor's schema; the runbook's stage 04 配置cloudtower 组织名称 makes it by GraphQL). Datacenters belong to it. One that datacenters of others belong to is not deleted, nor is the only one: `checkTowerIsSetup` looks for it.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      name: z.string().min(1).describe("name of the organisation; changed in place"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      organizationId: z.string().describe("id of the organisation, organization_id of a datacenter"),
    }),
    example: { args: { name: "C89" }, changed: { name: "C90" } },
    key: ({ name }) => name,
    ...lists,
    noun: "organisation",
    called: ({ name }) => name,
    where: ({ name }) => ({ name }),
    made: ({ name }) => ({ name }),
    changed: ({ name }) => ({ name }),
    seen: ({ name }) => ({ name }),
    outputsOf: ({ id: organizationId }) => ({ organizationId }),
    async stays({ datacenters }, context) {
      const others = belonging(datacenters);
      if (others || (await listObjects(context, lists)).length > 1) return others;
      return "it is the only one, and a CloudTower without one counts as not set up";
    },
  }),
);

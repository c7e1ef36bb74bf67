import { z } from "zod";
import { defineResource } from "../kernel/define";
import { BadAnswer, NotFound } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower, oneOrMany, started } from "./client";
import { cloudtowerConnection } from "./connection";
import { deleteWhere } from "./settle";
import { refuseRename, sharedSchema } from "./shared";
import { awaitTask } from "./task";

const row = z.looseObject({
  id: z.string(),
  name: z.string(),
  datacenters: z.array(z.looseObject({ name: z.string() })).nullish(),
});

/** The organisation that datacenters belong to. */
export const Organization = defineResource({
  type: "cloudtower:Organization",
  sort: "object",
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

  async find(context, { name, shared }) {
    return (await list(context, { name })).map(({ id }) => ({ id, ...(shared && { ours: true }) }));
  },

  async create(context, { name }) {
    const made = await cloudtower(context).write({
      operation: `create organisation ${name}`,
      path: pathTo`/create-organization`,
      body: [{ name }],
      schema: oneOrMany(started),
    });
    const [answer] = made ?? [];
    if (!answer) throw new BadAnswer(`Unable to create organisation ${name}: CloudTower answered without one`);
    context.checkpoint(answer.data.id);
    await awaitTask(context, `making organisation ${name}`, answer.task_id);
    return answer.data.id;
  },

  async sync(context, id, { name, shared }) {
    const [stands] = await list(context, { id });
    if (!stands) throw new NotFound(`organisation ${name} (id ${id}) stands no more`, "run pulumi refresh, then up");
    if (stands.name !== name && shared) refuseRename("organisation", stands.name, name);
    if (stands.name !== name) {
      const changed = await cloudtower(context).write({
        operation: `rename organisation ${stands.name} to ${name}`,
        path: pathTo`/update-organization`,
        body: { where: { id }, data: { name } },
        schema: oneOrMany(started),
        idempotent: true,
      });
      await awaitTask(context, `renaming organisation ${name}`, changed?.[0]?.task_id);
    }
    return { organizationId: id };
  },

  async read(context, id) {
    const [stands] = await list(context, { id });
    return stands && { inputs: { name: stands.name }, outputs: { organizationId: id } };
  },

  async delete(context, id, { name, shared }) {
    if (shared) {
      context.warn(`organisation ${name} is shared with other sites and stays`);
      return "kept";
    }
    const all = await list(context);
    const stands = all.find((each) => each.id === id);
    if (!stands) return "gone";
    const others = (stands.datacenters ?? []).map((datacenter) => datacenter.name);
    if (others.length > 0) {
      context.warn(`organisation ${name} stays: ${others.join(", ")} belongs to it`);
      return "kept";
    }
    if (all.length === 1) {
      context.warn(`organisation ${name} stays: it is the only one, and a CloudTower without one counts as not set up`);
      return "kept";
    }
    await deleteWhere(context, {
      what: `organisation ${name}`,
      path: pathTo`/delete-organization`,
      where: { id },
      isGone: async () => (await list(context, { id })).length === 0,
    });
    return "gone";
  },
});

function list(context: Context, where?: Record<string, unknown>) {
  return cloudtower(context).list({ what: "organisations", path: pathTo`/get-organizations`, where, row });
}

import { z } from "zod";
import { defineResource } from "../kernel/define";
import { BadAnswer, NotFound } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { replaces } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { cloudtowerConnection } from "./connection";
import { Organization } from "./organization";
import { deleteWhere } from "./settle";
import { refuseRename, sharedSchema } from "./shared";
import { awaitTask } from "./task";

const row = z.looseObject({
  id: z.string(),
  name: z.string(),
  organization: z.looseObject({ id: z.string() }).nullish(),
  clusters: z.array(z.looseObject({ name: z.string() })).nullish(),
});

/** A datacenter of an organisation, which clusters are connected to. */
export const Datacenter = defineResource({
  type: "cloudtower:Datacenter",
  sort: "object",
  doc: "A datacenter of CloudTower, by `POST /v2/api/create-datacenter` (runbook, stage 05 创建数据中心). Known by its name in its organisation. One that clusters of others belong to is not deleted.",
  inputs: z.strictObject({
    connection: cloudtowerConnection,
    organization: replaces(z.string().min(1)).describe("id of its organisation; a change replaces"),
    name: z.string().min(1).describe("name of the datacenter, 文档描述 C17; changed in place"),
    shared: sharedSchema,
  }),
  outputs: z.strictObject({ datacenterId: z.string().describe("id of the datacenter, datacenter_id of a connection") }),
  example: {
    args: { organization: output(Organization, "organizationId"), name: "DC-01" },
    changed: { name: "DC-02" },
  },
  key: ({ name }) => name,
  parents: ["organization"],

  async find(context, { organization, name, shared }) {
    const found = await list(context, { name, organization: { id: organization } });
    return found.map(({ id }) => ({ id, ...(shared && { ours: true }) }));
  },

  async create(context, { organization, name }) {
    const made = await cloudtower(context).write({
      operation: `create datacenter ${name}`,
      path: pathTo`/create-datacenter`,
      body: [{ name, organization_id: organization }],
      schema: oneOrMany(started),
    });
    const [answer] = made ?? [];
    if (!answer) throw new BadAnswer(`Unable to create datacenter ${name}: CloudTower answered without one`);
    context.checkpoint(answer.data.id);
    await awaitTask(context, `making datacenter ${name}`, answer.task_id);
    return answer.data.id;
  },

  async sync(context, id, { name, shared }) {
    const [stands] = await list(context, { id });
    if (!stands) throw new NotFound(`datacenter ${name} (id ${id}) stands no more`, "run pulumi refresh, then up");
    if (stands.name !== name && shared) refuseRename("datacenter", stands.name, name);
    if (stands.name !== name) {
      const changed = await cloudtower(context).write({
        operation: `rename datacenter ${stands.name} to ${name}`,
        path: pathTo`/update-datacenter`,
        body: { where: { id }, data: { name } },
        schema: oneOrMany(started),
        idempotent: true,
      });
      await awaitTask(context, `renaming datacenter ${name}`, changed?.[0]?.task_id);
    }
    return { datacenterId: id };
  },

  async read(context, id) {
    const [stands] = await list(context, { id });
    if (!stands) return undefined;
    const { name, organization } = stands;
    return { inputs: { name, ...(organization && { organization: organization.id }) }, outputs: { datacenterId: id } };
  },

  async delete(context, id, { name, shared }) {
    if (shared) {
      context.warn(`datacenter ${name} is shared with other sites and stays`);
      return "kept";
    }
    const [stands] = await list(context, { id });
    if (!stands) return "gone";
    const others = (stands.clusters ?? []).map((cluster) => cluster.name);
    if (others.length > 0) {
      context.warn(`datacenter ${name} stays: ${others.join(", ")} belongs to it`);
      return "kept";
    }
    await deleteWhere(context, {
      what: `datacenter ${name}`,
      path: pathTo`/delete-datacenter`,
      where: { id },
      isGone: async () => (await list(context, { id })).length === 0,
    });
    return "gone";
  },
});

function list(context: Context, where: Record<string, unknown>) {
  return cloudtower(context).list({ what: "datacenters", path: pathTo`/get-datacenters`, where, row });
}

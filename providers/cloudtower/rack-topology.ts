import { z } from "zod";
import { defineResource } from "../kernel/define";
import { BadAnswer, NotFound, PlanConflict } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { asSet, replaces } from "../kernel/schema";
import { type Chassis, chassisSchema, dropChassis, seenIn, syncChassis } from "./chassis";
import { cloudtower, oneOrMany, started } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { deleteWhere } from "./settle";
import { awaitTask } from "./task";
import { inTurn, listBricks, listNodes, listRacks, listZones, writeTopology } from "./topology";

const isOnce = (all: string[]) => new Set(all).size === all.length;

const inputs = z.strictObject({
  connection: cloudtowerConnection,
  cluster: replaces(z.string().min(1)).describe("id of the cluster in CloudTower; a change replaces"),
  name: z.string().min(1).describe("name of the rack, 机柜编号, 机架位置 row 5; changed in place"),
  height: z.int().min(1).default(42).describe("height units of the rack"),
  zone: replaces(z.string().min(1).optional()).describe(
    "id of the zone that the rack stands in, where the cluster has more than one; a change replaces",
  ),
  chassis: asSet(
    z
      .array(chassisSchema)
      .refine((all) => isOnce(all.map(({ name }) => name)), { message: "two chassis have one name" })
      .refine((all) => isOnce(all.flatMap(({ hosts }) => hosts)), { message: "a host sits in two places" }),
  ).describe("the chassis in the rack, with their hosts; hosts that are not named stay where they are"),
});

/** A rack of a cluster, the chassis in it and the hosts in those. */
export const RackTopology = defineResource({
  type: "cloudtower:RackTopology",
  sort: "object",
  doc: "A rack of a cluster's topology, by `POST /v2/api/create-rack-topo`, `/create-brick-topo` for each chassis and `/move-node-topo` for its hosts (the vendor's schema; no document shows them in use). Known by its name in its cluster. Only the hosts that the plan names are moved, and what others put into the rack stays, and the rack with it.",
  inputs,
  outputs: z.strictObject({
    rackId: z.string().describe("id of the rack"),
    chassisIds: z.array(z.string()).describe("ids of the chassis that are ours, in the order of the plan"),
    placedHosts: z.array(z.string()).describe("hosts that the plan places here"),
  }),
  example: {
    args: {
      cluster: output(ClusterConnection, "clusterId"),
      name: "A01",
      chassis: [{ name: "node-01", position: 1, height: 2, hosts: ["node-01"] }],
    },
    changed: { height: 47 },
  },
  key: ({ name }) => name,
  parents: ["cluster", "zone"],

  async find(context, { cluster, zone, name }) {
    const where = { cluster: { id: cluster }, name, ...(zone && { zone_topo: { id: zone } }) };
    return (await listRacks(context, where)).map(({ id }) => ({ id }));
  },

  async create(context, { cluster, name, height, zone }) {
    const made = await cloudtower(context).write({
      operation: `create rack ${name}`,
      path: pathTo`/create-rack-topo`,
      body: [{ cluster_id: cluster, zone_topo_id: await zoneOf(context, cluster, zone), name, height }],
      schema: oneOrMany(started),
    });
    const [answer] = made ?? [];
    if (!answer) throw new BadAnswer(`Unable to create rack ${name}: CloudTower answered without one`);
    const { id } = answer.data;
    context.checkpoint(id);
    await awaitTask(context, `making rack ${name}`, answer.task_id);
    return id;
  },

  async sync(context, id, { cluster, name, height, chassis }, prior) {
    const [rack] = await listRacks(context, { id });
    if (!rack) throw new NotFound(`rack ${name} (id ${id}) stands no more`, "run pulumi refresh, then up");
    if (rack.name !== name || rack.height !== height) {
      await writeTopology(context, {
        operation: `change rack ${name}`,
        path: pathTo`/update-rack-topo`,
        body: { where: { id }, data: { name, height } },
        idempotent: true,
      });
    }
    const { chassisIds: ours = [], placedHosts: before = [] } = prior ?? {};
    const chassisIds = await inTurn(context, cluster, () =>
      syncChassis(context, { cluster, rack: id, chassis, ours, before }),
    );
    return { rackId: id, chassisIds, placedHosts: hostsOf(chassis) };
  },

  async read(context, id, { cluster, chassisIds = [], placedHosts = [] }) {
    const [rack] = await listRacks(context, { id });
    if (!rack) return undefined;
    const [bricks, nodes] = [await listBricks(context, id), await listNodes(context, cluster)];
    const ours = chassisIds.flatMap((each) => bricks.find((brick) => brick.id === each) ?? []);
    const seen = ours.map((brick) => seenIn(brick, nodes, placedHosts));
    return {
      inputs: { name: rack.name, height: rack.height, chassis: seen.map((each) => each.chassis) },
      outputs: { rackId: id, chassisIds: ours.map((brick) => brick.id) },
    };
  },

  async delete(context, id, { cluster, name, chassis, chassisIds = [], placedHosts = [] }) {
    const [rack] = await listRacks(context, { id });
    if (!rack) return "gone";
    const names = chassis.map((each) => each.name);
    // One that is half made has no ids in the state yet.
    const isOurs = (brick: { id: string; name: string }) =>
      chassisIds.length > 0 ? chassisIds.includes(brick.id) : names.includes(brick.name);
    const stayed = await inTurn(context, cluster, async () => {
      const bricks = await listBricks(context, id);
      const wanted = { cluster, rack: id, chassis, before: placedHosts };
      return (await dropChassis(context, wanted, bricks.filter(isOurs))) || !bricks.every(isOurs);
    });
    if (stayed) {
      context.warn(`rack ${name} stays: others have put something into it`);
      return "kept";
    }
    await deleteWhere(context, {
      what: `rack ${name}`,
      path: pathTo`/delete-rack-topo`,
      where: { id },
      isGone: async () => (await listRacks(context, { id })).length === 0,
    });
    return "gone";
  },
});

function hostsOf(chassis: Chassis[]): string[] {
  return chassis.flatMap(({ hosts }) => hosts);
}

/** The cluster's one zone; a stretched cluster has more (facts: zone_topoes of the vendor's schema). */
async function zoneOf(context: Context, cluster: string, planned: string | undefined): Promise<string> {
  const zones = await listZones(context, cluster);
  const [only, ...others] = planned === undefined ? zones : zones.filter(({ id }) => id === planned);
  if (only && others.length === 0) return only.id;
  const known = zones.map(({ id }) => id).join(", ") || "none";
  throw new PlanConflict(
    only ? `cluster ${cluster} has more than one zone` : `cluster ${cluster} has no zone ${planned ?? ""}`.trim(),
    `its zones are: ${known}; name one as the rack's zone`,
  );
}

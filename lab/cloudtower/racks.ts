import { z } from "zod";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { found } from "./found";
import { clusterOf, given, keep, keptOf } from "./keep";
import { nodesOf, unplaced, zoneTopoId } from "./rack-rows";
import { done, each, parsed, Refused, rest } from "./rest";
import { rowOf } from "./tables";
import type { KeptStep, LabBrick, LabKept, LabTower, LabTowerCluster } from "./tower-model";

export const rackWrites = oneOf(
  "rackWrites",
  ["direct", "task"],
  "How CloudTower changes racks, chassis and the places of hosts: by a task, or at once.",
  "whether creating, changing, moving and deleting racks, chassis and hosts in them is a task: the schema gives them no entityAsyncStatus, and allows a task_id",
);

export const sameRackName = oneOf(
  "sameRackName",
  ["made", "refused"],
  "A second rack of one name in a cluster.",
  "whether two racks of a cluster may have one name",
);

export const fullRack = oneOf(
  "fullRack",
  ["refused", "emptied"],
  "A rack that has chassis, or a chassis that has hosts, when it is to be deleted.",
  "whether a rack or a chassis that is not empty can be deleted. emptied: what stood in it stands in none then",
);

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const rackSchema = z.looseObject({
  name: z.string().min(1),
  height: z.int().min(1),
  zone_topo_id: z.string(),
  brick_topoes: z.looseObject({}).optional(),
});
const rackCreateSchema = rackSchema.extend({ cluster_id: z.string() });
const rackUpdateSchema = whereSchema.extend({ data: rackSchema.partial() });
const number = z.int().min(0).nullish();
const placeSchema = z
  .looseObject({ row: number, column: number })
  .transform(({ row = null, column = null }) => ({ row, column }));
const tagSchema = z
  .looseObject({ tag: z.string(), row: z.int().min(0), column: z.int().min(0) })
  .transform(({ tag, row, column }) => ({ tag, row, column }));
const brickSchema = z.looseObject({
  name: z.string().min(1),
  height: z.int().min(1),
  position: z.int().min(0),
  capacity: placeSchema.optional(),
  tag_position_in_brick: z.array(tagSchema).nullish(),
  node_topoes: z.looseObject({}).optional(),
});
const brickCreateSchema = brickSchema.extend({ cluster_id: z.string(), rack_topo_id: z.string().optional() });
const brickUpdateSchema = whereSchema.extend({ data: brickSchema.partial() });
const brickMoveSchema = whereSchema.extend({
  data: z.looseObject({ position: z.int().min(0), rack_topo_id: z.string().optional() }),
});
const nodeMoveSchema = z.looseObject({
  where: z.looseObject({ id: z.string().nullish(), local_id: z.string().nullish() }),
  data: z.looseObject({
    brick_topo_id: z.string().optional(),
    cluster_topo_id: z.string().optional(),
    position: placeSchema.optional(),
  }),
});

const SCHEMA = "the vendor's schema";
const AT_ONCE = "done at once, because the schema gives it no entityAsyncStatus";
const FITS =
  "400 for a chassis that reaches beyond its rack or over another, where its position is its lowest unit, counted from 0 or 1";

/** Racks, the chassis in them (bricks) and the hosts in those (nodes). */
export const rackOperations: Operation[] = [
  rest({
    id: "createRackTopo",
    path: "/create-rack-topo",
    write: true,
    source: SCHEMA,
    assumed: `${AT_ONCE}; 404 for a cluster or a zone that is not there`,
    switches: [rackWrites, sameRackName],
    example: {
      when: "makes",
      request: ({ idOf }) => [{ cluster_id: idOf("Cluster"), zone_topo_id: idOf("ZoneTopo"), name: "A01", height: 42 }],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(rackCreateSchema, call.body, ({ name, height, zone_topo_id, cluster_id, brick_topoes }) => {
        const cluster = clusterOf(tower, cluster_id);
        checkZone(site, cluster, zone_topo_id);
        if (cluster.kept.racks.some((rack) => rack.name === name) && site.switches.of(sameRackName) === "refused")
          throw new Refused(400, `rack ${name} already exists`);
        const id = site.cuid(`${cluster.id} rack ${name}`);
        const rack = { id, name, height };
        const bricks = brick_topoes ? found(site, tower, "BrickTopo", brick_topoes) : [];
        return write(site, tower, call, cluster, "RackTopo", name, [
          { list: "racks", act: "create", id, object: rack },
          ...bricks.map((brick): KeptStep => ({ list: "bricks", act: "update", id: brick.id, to: { rack: id } })),
        ]);
      }),
  }),
  rest({
    id: "updateRackTopo",
    path: "/update-rack-topo",
    write: true,
    source: SCHEMA,
    assumed: `${AT_ONCE}; what is left out stays; ${FITS}`,
    switches: [rackWrites],
    example: { when: "changes", request: ({ idOf }) => ({ where: { id: idOf("RackTopo") }, data: { name: "A02" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(rackUpdateSchema, call.body);
      const body = found(site, tower, "RackTopo", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "racks", id);
        if (data.zone_topo_id !== undefined) checkZone(site, cluster, data.zone_topo_id);
        const bricks = data.brick_topoes ? found(site, tower, "BrickTopo", data.brick_topoes) : [];
        const height = data.height ?? object.height;
        for (const brick of cluster.kept.bricks.filter(({ rack }) => rack === id)) checkHeight(brick, height);
        return write(site, tower, call, cluster, "RackTopo", object.name, [
          { list: "racks", act: "update", id, to: given({ name: data.name, height: data.height }) },
          ...bricks.map((brick): KeptStep => ({ list: "bricks", act: "update", id: brick.id, to: { rack: id } })),
        ]);
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteRackTopo",
    path: "/delete-rack-topo",
    write: true,
    source: SCHEMA,
    assumed: `${AT_ONCE}; what stands in it`,
    switches: [rackWrites, fullRack],
    example: { when: "ends", request: ({ idOf }) => ({ where: { id: idOf("RackTopo") } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = found(site, tower, "RackTopo", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "racks", id);
        const bricks = cluster.kept.bricks.filter(({ rack }) => rack === id);
        checkEmpty(site, `rack ${object.name}`, bricks);
        return write(site, tower, call, cluster, "RackTopo", object.name, [
          { list: "racks", act: "delete", id },
          ...bricks.map((brick): KeptStep => ({ list: "bricks", act: "update", id: brick.id, to: { rack: null } })),
        ]);
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "createBrickTopo",
    path: "/create-brick-topo",
    write: true,
    source: SCHEMA,
    assumed: `${AT_ONCE}; one row and one column where capacity is left out; in no rack where rack_topo_id is; ${FITS}`,
    switches: [rackWrites],
    example: {
      when: "makes",
      request: ({ idOf }) => [
        {
          cluster_id: idOf("Cluster"),
          rack_topo_id: idOf("RackTopo"),
          name: "U1",
          height: 2,
          position: 1,
          node_topoes: { id: idOf("NodeTopo") },
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(brickCreateSchema, call.body, (asked) => {
        const cluster = clusterOf(tower, asked.cluster_id);
        const id = site.cuid(`${cluster.id} brick ${asked.name}`);
        const brick: LabBrick = {
          id,
          name: asked.name,
          height: asked.height,
          position: asked.position,
          capacity: asked.capacity ?? { row: 1, column: 1 },
          rack: asked.rack_topo_id ?? null,
          tags: asked.tag_position_in_brick ?? [],
        };
        checkFits(cluster, brick);
        return write(site, tower, call, cluster, "BrickTopo", asked.name, [
          { list: "bricks", act: "create", id, object: brick },
          ...intoBrick(site, tower, asked.node_topoes, brick),
        ]);
      }),
  }),
  rest({
    id: "updateBrickTopo",
    path: "/update-brick-topo",
    write: true,
    source: SCHEMA,
    assumed: `${AT_ONCE}; what is left out stays; ${FITS}`,
    switches: [rackWrites],
    example: { when: "changes", request: ({ idOf }) => ({ where: { id: idOf("BrickTopo") }, data: { name: "U2" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(brickUpdateSchema, call.body);
      const body = found(site, tower, "BrickTopo", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "bricks", id);
        const to = given({
          name: data.name,
          height: data.height,
          position: data.position,
          capacity: data.capacity,
          tags: data.tag_position_in_brick ?? undefined,
        });
        checkFits(cluster, { ...object, ...to });
        return write(site, tower, call, cluster, "BrickTopo", object.name, [
          { list: "bricks", act: "update", id, to },
          ...intoBrick(site, tower, data.node_topoes, { ...object, ...to }),
        ]);
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "moveBrickTopo",
    path: "/move-brick-topo",
    write: true,
    source: SCHEMA,
    assumed: `${AT_ONCE}; it stays in its rack where rack_topo_id is left out; ${FITS}`,
    switches: [rackWrites],
    example: { when: "changes", request: ({ idOf }) => ({ where: { id: idOf("BrickTopo") }, data: { position: 2 } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(brickMoveSchema, call.body);
      const body = found(site, tower, "BrickTopo", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "bricks", id);
        const to = { position: data.position, rack: data.rack_topo_id ?? object.rack };
        checkFits(cluster, { ...object, ...to });
        return write(site, tower, call, cluster, "BrickTopo", object.name, [{ list: "bricks", act: "update", id, to }]);
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteBrickTopo",
    path: "/delete-brick-topo",
    write: true,
    source: SCHEMA,
    assumed: `${AT_ONCE}; what stands in it`,
    switches: [rackWrites, fullRack],
    example: { when: "ends", request: ({ idOf }) => ({ where: { id: idOf("BrickTopo") } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = found(site, tower, "BrickTopo", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "bricks", id);
        const nodes = cluster.kept.nodes.filter(({ brick }) => brick === id);
        checkEmpty(site, `chassis ${object.name}`, nodes);
        return write(site, tower, call, cluster, "BrickTopo", object.name, [
          { list: "bricks", act: "delete", id },
          ...nodes.map((node): KeptStep => ({ list: "nodes", act: "update", id: node.id, to: unplaced(node.id) })),
        ]);
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "moveNodeTopo",
    path: "/move-node-topo",
    write: true,
    source: `${SCHEMA}: an array, each with the id or local_id of one node`,
    assumed: `${AT_ONCE}; cluster_topo_id takes it out of its chassis; 400 for a place beyond the chassis, counted from 0 or 1, and for one that another host has`,
    switches: [rackWrites],
    example: {
      when: "changes",
      request: ({ idOf }) => [{ where: { id: idOf("NodeTopo") }, data: { cluster_topo_id: idOf("ClusterTopo") } }],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => each(nodeMoveSchema, call.body, (asked) => moveNode(site, tower, call, asked)),
  }),
];

function moveNode(site: SiteState, tower: LabTower, call: Call, { where, data }: z.output<typeof nodeMoveSchema>) {
  const wanted = Object.fromEntries(Object.entries(where).filter(([, value]) => value !== null));
  if (Object.keys(wanted).length === 0) throw new Refused(400, "where needs the id or the local_id of a node");
  const [row] = found(site, tower, "NodeTopo", wanted);
  const id = row?.id ?? "";
  const cluster = tower.clusters.find((one) => nodesOf(site, one).some((node) => node.id === id));
  const old = cluster && nodesOf(site, cluster).find((node) => node.id === id);
  if (!cluster || !old) throw new Refused(404, `node ${id} is not found`);
  const out = data.cluster_topo_id !== undefined && data.brick_topo_id === undefined;
  const brick = out ? null : (data.brick_topo_id ?? old.node.brick);
  const place = out ? unplaced(id).place : (data.position ?? old.node.place);
  if (brick !== null) checkPlace(cluster, id, brick, place);
  return write(site, tower, call, cluster, "NodeTopo", old.name, [
    { list: "nodes", act: "update", id, to: { brick, place } },
  ]);
}

/** Puts the nodes that a condition finds into a chassis, in no place of it. */
function intoBrick(site: SiteState, tower: LabTower, where: object | undefined, { id }: LabBrick): KeptStep[] {
  if (!where) return [];
  return found(site, tower, "NodeTopo", where).map((row) => {
    return { list: "nodes", act: "update", id: row.id, to: { brick: id, place: { row: null, column: null } } };
  });
}

const WORDS = { create: "Create", update: "Update", delete: "Delete" };

/** Changes what a cluster keeps; the first step is on the object that the answer shows. */
function write(
  site: SiteState,
  tower: LabTower,
  call: Call,
  cluster: LabTowerCluster,
  type: "RackTopo" | "BrickTopo" | "NodeTopo",
  name: string,
  steps: [KeptStep, ...KeptStep[]],
) {
  const [{ id, act }] = steps;
  const about = {
    mutation: `${act}${type}`,
    description: `${WORDS[act]} ${type} ${name}`,
    resource: { type, id },
    args: {},
  };
  const task_id = keep(site, tower, call, cluster, about, steps, site.switches.of(rackWrites));
  if (act === "delete") return { ...done({ id }), task_id };
  return { task_id, data: rowOf(site, tower, type, id) };
}

function checkZone(site: SiteState, cluster: LabTowerCluster, zone: string): void {
  if (zone !== zoneTopoId(site, cluster)) throw new Refused(404, `zone ${zone} is not found`);
}

function checkEmpty({ switches }: SiteState, what: string, things: unknown[]): void {
  if (things.length > 0 && switches.of(fullRack) === "refused") throw new Refused(400, `${what} is not empty`);
}

function checkHeight({ name, position, height }: LabBrick, of: number): void {
  if (Math.max(position, 1) + height - 1 > of)
    throw new Refused(400, `chassis ${name} reaches beyond the ${of} units of its rack`);
}

function checkFits({ kept }: LabTowerCluster, brick: LabBrick): void {
  if (brick.rack === null) return;
  const rack = kept.racks.find(({ id }) => id === brick.rack);
  if (!rack) throw new Refused(404, `rack ${brick.rack} is not found`);
  checkHeight(brick, rack.height);
  const other = kept.bricks.find(
    (each) =>
      each.id !== brick.id &&
      each.rack === rack.id &&
      each.position < brick.position + brick.height &&
      brick.position < each.position + each.height,
  );
  if (other) throw new Refused(400, `chassis ${other.name} stands at unit ${brick.position} of rack ${rack.name}`);
}

function checkPlace({ kept }: LabTowerCluster, id: string, brickId: string, place: LabKept["nodes"][number]["place"]) {
  const brick = kept.bricks.find((each) => each.id === brickId);
  if (!brick) throw new Refused(404, `chassis ${brickId} is not found`);
  if ((place.row ?? 0) > (brick.capacity.row ?? 1) || (place.column ?? 0) > (brick.capacity.column ?? 1))
    throw new Refused(400, `chassis ${brick.name} has no row ${place.row} and column ${place.column}`);
  const taken = kept.nodes.some(
    (node) =>
      node.id !== id &&
      node.brick === brickId &&
      place.row !== null &&
      node.place.row === place.row &&
      node.place.column === place.column,
  );
  if (taken) throw new Refused(400, `another host has row ${place.row} and column ${place.column} of ${brick.name}`);
}

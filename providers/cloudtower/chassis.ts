import { z } from "zod";
import { PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { deleteWhere, lookAfterLoss } from "./settle";
import {
  type BrickRow,
  columnOf,
  hostOf,
  listBricks,
  listNodes,
  listZones,
  type NodeRow,
  writeTopology,
} from "./topology";

export const chassisSchema = z.strictObject({
  name: z.string().min(1).describe("name of the chassis; once in its rack"),
  position: z.int().min(1).describe("its lowest height unit, counted from 1 at the bottom of the rack"),
  height: z.int().min(1).describe("height units"),
  hosts: z.array(z.string().min(1)).min(1).describe("names of the hosts in it, left to right"),
});
export type Chassis = z.output<typeof chassisSchema>;

/** A chassis as it stands, with those of the named hosts that sit in it. */
export interface ChassisSeen {
  id: string;
  chassis: Chassis;
}

export function seenIn(brick: BrickRow, nodes: NodeRow[], hosts: string[]): ChassisSeen {
  const inside = nodes.filter((node) => node.brick_topo?.id === brick.id && hosts.includes(hostOf(node)));
  inside.sort((a, b) => columnOf(a) - columnOf(b));
  const { id, name, position, height } = brick;
  return { id, chassis: { name, position, height, hosts: inside.map(hostOf) } };
}

interface Wanted {
  cluster: string;
  rack: string;
  chassis: Chassis[];
  /** Ids of the chassis that are ours; none before we know. */
  ours: string[];
  /** Hosts that the plan had here before. */
  before: string[];
}

/**
 * Brings the chassis of a rack to the plan, one idempotent step after another: what it names no more goes first, since
 * it may stand where another is to come. Ids in the order of the plan.
 */
export async function syncChassis(context: Context, wanted: Wanted): Promise<string[]> {
  const stands = await listBricks(context, wanted.rack);
  const { matched, surplus } = match(context, wanted, stands);
  await dropChassis(context, wanted, surplus);
  for (const [planned, brick] of freeFirst(matched)) await changeChassis(context, planned, brick);
  const missing = wanted.chassis.filter((planned) => !matched.some(([each]) => each === planned));
  const made = missing.length > 0 ? await createChassis(context, wanted, missing) : [];
  const ids = wanted.chassis.map(
    (planned) => matched.find(([each]) => each === planned)?.[1].id ?? (made.shift() as string),
  );
  await placeHosts(context, wanted, ids);
  return ids;
}

type Match = [planned: Chassis, brick: BrickRow];

/**
 * Ours by name, else by where it stands; all count as ours before we know which are. One that an update has added
 * before it was cut stands there by its name, and is in no state. Ours come first, so that one whose name was changed by
 * hand is not given up for another's. Ours that the plan names no more are surplus.
 */
function match(
  context: Context,
  { chassis, ours }: Wanted,
  stands: BrickRow[],
): { matched: Match[]; surplus: BrickRow[] } {
  const [free, matched] = [new Set(stands), [] as Match[]];
  const isOurs = ({ id }: BrickRow) => ours.includes(id);
  const mayBeOurs = (brick: BrickRow) => ours.length === 0 || isOurs(brick);
  for (const fits of [
    (a: Chassis, b: BrickRow) => mayBeOurs(b) && a.name === b.name,
    (a: Chassis, b: BrickRow) => mayBeOurs(b) && a.position === b.position,
    (a: Chassis, b: BrickRow) => a.name === b.name,
  ]) {
    for (const each of chassis.filter((one) => !matched.some(([known]) => known === one))) {
      const brick = [...free].find((one) => fits(each, one));
      if (!brick) continue;
      if (!mayBeOurs(brick)) context.info(`chassis ${brick.name} stands in the rack already and is taken for ours`);
      free.delete(brick);
      matched.push([each, brick]);
    }
  }
  return { matched, surplus: [...free].filter(isOurs) };
}

/** Those first whose place no other one stands in. */
function freeFirst(matched: Match[]): Match[] {
  const isInTheWay = ([planned, brick]: Match) =>
    matched.some(
      ([, other]) =>
        other !== brick &&
        other.position < planned.position + planned.height &&
        planned.position < other.position + other.height,
    );
  return [...matched].sort((a, b) => Number(isInTheWay(a)) - Number(isInTheWay(b)));
}

async function changeChassis(context: Context, { name, position, height, hosts }: Chassis, brick: BrickRow) {
  const isSame = brick.name === name && brick.position === position && brick.height === height;
  if (isSame && (brick.capacity?.column ?? 1) >= hosts.length) return;
  await writeTopology(context, {
    operation: `change chassis ${name}`,
    path: pathTo`/update-brick-topo`,
    body: { where: { id: brick.id }, data: { name, position, height, capacity: capacityOf(hosts) } },
    idempotent: true,
  });
}

/** A creation whose answer was lost is looked for, not sent again. */
function createChassis(context: Context, { cluster, rack }: Wanted, missing: Chassis[]): Promise<string[]> {
  const create = () =>
    writeTopology(context, {
      operation: `create chassis ${missing.map(({ name }) => name).join(", ")}`,
      path: pathTo`/create-brick-topo`,
      body: missing.map(({ name, position, height, hosts }) => ({
        cluster_id: cluster,
        rack_topo_id: rack,
        name,
        position,
        height,
        capacity: capacityOf(hosts),
      })),
      idempotent: false,
    });
  return lookAfterLoss(context, create, async () => {
    const stands = await listBricks(context, rack);
    const found = missing.flatMap(({ name }) => stands.find((brick) => brick.name === name)?.id ?? []);
    return found.length === missing.length ? found : undefined;
  });
}

/** One row, a column for each host. */
function capacityOf(hosts: string[]) {
  return { row: 1, column: hosts.length };
}

async function placeHosts(context: Context, { cluster, chassis, before }: Wanted, ids: string[]): Promise<void> {
  const nodes = await listNodes(context, cluster);
  const moves = chassis.flatMap(({ name, hosts }, index) =>
    hosts.map((host, column) => {
      const node = nodes.find((each) => hostOf(each) === host);
      if (node) return { node, brick: ids[index] as string, row: 1, column: column + 1 };
      throw new PlanConflict(
        `cluster ${cluster} has no host ${host}, which is planned in chassis ${name}`,
        `its hosts are ${nodes.map(hostOf).sort().join(", ") || "not shown yet"}; put the plan right`,
      );
    }),
  );
  const sits = (node: NodeRow, { brick, row, column }: Omit<(typeof moves)[number], "node">) =>
    node.brick_topo?.id === brick && node.position?.row === row && node.position?.column === column;
  const due = moves.filter((move) => !sits(move.node, move));
  // Two that change places would each find the other's taken; and one that was planned here may not have left yet.
  const mayMove = [...before, ...due.map(({ node }) => hostOf(node))];
  const inTheWay = nodes.filter((node) => mayMove.includes(hostOf(node)) && due.some((move) => sits(node, move)));
  await takeOut(context, cluster, inTheWay);
  if (due.length === 0) return;
  await writeTopology(context, {
    operation: `place hosts ${due.map(({ node }) => hostOf(node)).join(", ")}`,
    path: pathTo`/move-node-topo`,
    body: due.map(({ node, brick, row, column }) => ({
      where: { id: node.id },
      data: { brick_topo_id: brick, position: { row, column } },
    })),
    idempotent: true,
  });
}

async function takeOut(context: Context, cluster: string, nodes: NodeRow[]): Promise<void> {
  if (nodes.length === 0) return;
  const [zone] = await listZones(context, cluster);
  await writeTopology(context, {
    operation: `take hosts ${nodes.map(hostOf).join(", ")} out of their chassis`,
    path: pathTo`/move-node-topo`,
    body: nodes.map(({ id }) => ({ where: { id }, data: { cluster_topo_id: zone?.cluster_topo.id } })),
    idempotent: true,
  });
}

/** Takes our hosts out of chassis and deletes these; one in which others sit stays. Whether any has stayed. */
export async function dropChassis(
  context: Context,
  { cluster, rack, chassis, before }: Omit<Wanted, "ours">,
  bricks: BrickRow[],
): Promise<boolean> {
  if (bricks.length === 0) return false;
  const hosts = [...before, ...chassis.flatMap((each) => each.hosts)];
  const inside = (await listNodes(context, cluster)).filter((node) =>
    bricks.some(({ id }) => node.brick_topo?.id === id),
  );
  await takeOut(
    context,
    cluster,
    inside.filter((node) => hosts.includes(hostOf(node))),
  );
  const others = inside.filter((node) => !hosts.includes(hostOf(node)));
  for (const { id, name } of bricks) {
    const staying = others.filter((node) => node.brick_topo?.id === id);
    if (staying.length > 0) {
      context.warn(`chassis ${name} stays: ${staying.map(hostOf).join(", ")} sit in it, whom the plan does not know`);
      continue;
    }
    await deleteWhere(context, {
      what: `chassis ${name}`,
      path: pathTo`/delete-brick-topo`,
      where: { id },
      isGone: async () => !(await listBricks(context, rack)).some((brick) => brick.id === id),
    });
  }
  return others.length > 0;
}

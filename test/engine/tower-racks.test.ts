import { expect, test } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const cluster = { $ref: "cluster.clusterId" };

interface Chassis {
  name: string;
  position: number;
  height: number;
  hosts: string[];
}
const A: Chassis = { name: "chassis-a", position: 10, height: 2, hosts: ["node-01"] };
const B: Chassis = { name: "chassis-b", position: 12, height: 2, hosts: ["node-02"] };
const C: Chassis = { name: "chassis-c", position: 20, height: 4, hosts: ["node-03"] };

function rack(chassis: Chassis[] = [A, B], more: Record<string, unknown> = {}): ResourceSpec[] {
  const options = { dependsOn: ["setup", "cluster"] };
  const args = { connection, cluster, name: "R-01", chassis, ...more };
  return [...connectedTower(), { type: "cloudtower:RackTopology", name: "rack", args, options }];
}

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const kept = () => site.lab.site.model.cloudtower?.clusters[0]?.kept;

/** Somebody changes what the cluster keeps in CloudTower by hand. */
function byHand(change: (all: NonNullable<ReturnType<typeof kept>>) => void): void {
  site.lab.cloudtower.change(({ clusters }) => {
    for (const each of clusters) change(each.kept);
  });
}

/** The rack as it stands: each chassis, with how many hosts sit where. */
function standing() {
  const bricks = kept()?.bricks ?? [];
  return bricks
    .map(({ id, name, position, height }) => {
      const inside = kept()?.nodes.filter(({ brick }) => brick === id) ?? [];
      return [name, position, height, inside.map(({ place }) => place.column).sort()];
    })
    .sort();
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s gets a rack with chassis and hosts, and what is changed by hand is put back",
  async (version) => {
    await begin(version);
    await site.up(rack());
    expect(site.writes().slice(4)).toEqual(["createRackTopo", "createBrickTopo", "moveNodeTopo"]);
    expect(kept()?.racks).toMatchObject([{ name: "R-01", height: 42 }]);
    expect(standing()).toEqual([
      ["chassis-a", 10, 2, [1]],
      ["chassis-b", 12, 2, [1]],
    ]);
    // The third host is not in the plan of this rack.
    expect(kept()?.nodes).toHaveLength(2);
    await site.up(rack(), true);
    expect(site.writes()).toEqual([]);

    byHand(({ racks, bricks, nodes }) => {
      for (const each of racks) each.height = 40;
      for (const each of bricks) if (each.name === "chassis-b") each.position = 30;
      for (const each of nodes.slice(0, 1)) Object.assign(each, { brick: null, place: { row: null, column: null } });
    });
    await site.engine.refresh();
    const seen = site.engine.state.find(({ name }) => name === "rack")?.inputs;
    expect(seen).toMatchObject({
      height: 40,
      chassis: [
        { ...A, hosts: [] },
        { ...B, position: 30 },
      ],
    });
    await site.up(rack(), true);
    expect(site.writes()).toEqual(["updateRackTopo", "updateBrickTopo", "moveNodeTopo"]);
    expect(standing()).toEqual([
      ["chassis-a", 10, 2, [1]],
      ["chassis-b", 12, 2, [1]],
    ]);
    await site.up(rack(), true);
    expect(site.writes()).toEqual([]);

    await site.engine.kill();
    await site.up(connectedTower());
    expect(kept()).toMatchObject({ racks: [], bricks: [] });
    expect(kept()?.nodes.every(({ brick }) => brick === null)).toBe(true);
  },
);

test("chassis are dropped, moved up and added, hosts change places, and the rack gets another name", async () => {
  await begin();
  await site.up(rack());
  const id = kept()?.racks[0]?.id;
  site.writes();
  // A goes to where B stands, B makes room upwards, and their hosts change places.
  const moved = [
    { ...A, position: 12, hosts: ["node-02"] },
    { ...B, position: 14, hosts: ["node-01"] },
  ];
  await site.up(rack(moved, { name: "R-02" }));
  expect(site.writes()).toEqual([
    "updateRackTopo",
    "updateBrickTopo",
    "updateBrickTopo",
    "moveNodeTopo",
    "moveNodeTopo",
  ]);
  expect(kept()?.racks).toMatchObject([{ id, name: "R-02" }]);
  const place = (name: string) => kept()?.bricks.find((brick) => brick.name === name)?.id;
  expect(
    kept()
      ?.nodes.map(({ brick }) => brick)
      .sort(),
  ).toEqual([place("chassis-a"), place("chassis-b")].sort());
  // Two hosts in one chassis stand in two columns; the other chassis goes.
  const both = [C, { ...A, position: 12, hosts: ["node-01", "node-02"] }];
  await site.up(rack(both, { name: "R-02" }));
  expect(standing()).toEqual([
    ["chassis-a", 12, 2, [1, 2]],
    ["chassis-c", 20, 4, [1]],
  ]);
  site.writes();
  await site.up(rack(both.reverse(), { name: "R-02" }), true);
  expect(site.writes()).toEqual([]);
});

test("a host takes the place of one that the plan names no more", async () => {
  await begin();
  await site.up(rack([A]));
  await site.up(rack([{ ...A, hosts: ["node-02"] }]));
  const [brick] = kept()?.bricks ?? [];
  expect(kept()?.nodes.map((node) => [node.brick, node.place.column])).toEqual([
    [null, null],
    [brick?.id, 1],
  ]);
  site.writes();
  await site.up(rack([{ ...A, hosts: ["node-02"] }]), true);
  expect(site.writes()).toEqual([]);
});

test("what others put into the rack stays, and the rack with it", async () => {
  await begin();
  await site.up(rack([A]));
  byHand(({ bricks }) => {
    bricks.push({
      ...structuredClone(bricks[0] as (typeof bricks)[number]),
      id: "c-others",
      name: "others",
      position: 1,
    });
  });
  site.writes();
  await site.up(rack([A]), true);
  expect(site.writes()).toEqual([]);
  await site.engine.kill();
  const { logs } = await site.engine.up(connectedTower());
  expect(logs.map(({ text }) => text).join()).toMatch(/rack R-01 stays: others have put something into it/);
  expect(kept()).toMatchObject({ racks: [{ name: "R-01" }], bricks: [{ name: "others" }] });
});

test("a chassis that an update has added before it failed is not added twice", async () => {
  await begin();
  await site.up(rack([A]));
  await site.lab.setFaults([{ operation: "moveNodeTopo", answer: { status: 400, body: {} }, count: 1 }]);
  expect(await site.errorsOf(rack([A, B]))).toMatch(/answered 400/);
  site.writes();
  expect(await site.up(rack([A, B]))).toMatch(/chassis chassis-b stands in the rack already and is taken for ours/);
  expect(site.writes()).toEqual(["moveNodeTopo"]);
  expect(standing()).toEqual([
    ["chassis-a", 10, 2, [1]],
    ["chassis-b", 12, 2, [1]],
  ]);
  await site.up(rack([A, B]), true);
  expect(site.writes()).toEqual([]);
});

test("a rack whose task cannot be looked at is ours all the same, and is not made twice", async () => {
  await begin("4.8.0", { switches: { rackWrites: "task" } });
  await site.up(connectedTower());
  await site.lab.setFaults([{ operation: "getTasks", answer: { status: 404, body: {} }, count: 1 }]);
  expect(await site.errorsOf(rack())).toMatch(/answered 404/);
  await site.up(rack());
  expect(site.writes().filter((operation) => operation === "createRackTopo")).toHaveLength(1);
  expect(kept()?.racks).toHaveLength(1);
});

test("ours that was renamed by hand is known from another's that has its name now", async () => {
  await begin();
  await site.up(rack([A]));
  const [id] = site.outputsOf("rack").chassisIds as string[];
  byHand(({ bricks }) => {
    const [ours] = structuredClone(bricks);
    for (const each of bricks) each.name = "by hand";
    if (ours) bricks.push({ ...ours, id: "c-others", position: 1 });
  });
  await site.up(rack([A]), true);
  expect(site.outputsOf("rack").chassisIds).toEqual([id]);
  expect(kept()?.bricks).toMatchObject([{ id }, { id: "c-others", position: 1 }]);
});

test.each(["createRackTopo", "createBrickTopo", "moveNodeTopo"])(
  "a lost answer to %s makes nothing twice, also where racks are written by tasks",
  async (operation) => {
    await begin("4.8.0", { switches: { rackWrites: "task" } });
    await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
    await site.up(rack());
    expect(kept()?.racks).toHaveLength(1);
    expect(standing()).toEqual([
      ["chassis-a", 10, 2, [1]],
      ["chassis-b", 12, 2, [1]],
    ]);
    site.writes();
    await site.up(rack(), true);
    expect(site.writes()).toEqual([]);
  },
);

test.each(["deleteRackTopo", "deleteBrickTopo", "updateBrickTopo"])(
  "a lost answer to %s ends as wanted",
  async (operation) => {
    await begin();
    await site.up(rack([A]));
    await site.engine.kill();
    await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
    await site.up(operation === "updateBrickTopo" ? rack([{ ...A, position: 30 }]) : connectedTower());
    expect(site.lab.faultsApplied()).toEqual([1]);
    expect(standing()).toEqual(operation === "updateBrickTopo" ? [["chassis-a", 30, 2, [1]]] : []);
  },
);

test("a host that the cluster does not have is named with those it has, and two in one place before anything is sent", async () => {
  await begin();
  expect(await site.errorsOf(rack([{ ...A, hosts: ["node-09"] }]))).toMatch(
    /has no host node-09, which is planned in chassis chassis-a — its hosts are node-01, node-02, node-03/,
  );
  await site.up(rack([A]));
  expect(standing()).toEqual([["chassis-a", 10, 2, [1]]]);
  site.writes();
  expect(await site.errorsOf(rack([A, { ...B, hosts: ["node-01"] }]))).toMatch(/a host sits in two places/);
  expect(await site.errorsOf(rack([A], { zone: "c-none" }))).toMatch(/has no zone c-none/);
});

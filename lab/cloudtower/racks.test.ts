import { expect, test } from "vitest";
import type { LabOptions } from "../lab";
import { connect, type Tower, type WithTask, withCluster } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

interface Node {
  id: string;
  local_id: string;
  name: string;
  host: { id: string; management_ip: string };
}

/** A connected cluster, its zone and the places of its hosts. */
async function withZone(
  options: Partial<LabOptions>,
  body: (tower: Tower, at: { cluster: string; zone: string; nodes: Node[] }) => Promise<void>,
) {
  await withCluster(options, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const [zone] = await tower.data<{ id: string }[]>("/get-zone-topoes", { where: { cluster: { id: cluster } } });
    await body(tower, { cluster, zone: zone?.id ?? "", nodes: await tower.data<Node[]>("/get-node-topoes") });
  });
}

async function made(tower: Tower, path: string, item: object): Promise<string> {
  const [answer] = await tower.data<WithTask[]>(path, [item]);
  return answer?.data.id ?? "";
}

const status = async (tower: Tower, path: string, body: unknown) => (await tower.post(path, body)).status;

test.each(TOWER_VERSIONS)(
  "a connected cluster has a zone, and a place for each host in no chassis (%s)",
  async (version) => {
    await withZone({ cloudtowerVersion: version }, async (tower, { cluster, zone, nodes }) => {
      expect(await tower.data("/get-zone-topoes")).toMatchObject([
        { id: zone, rack_topoes: [], cluster: { id: cluster } },
      ]);
      const hosts = await tower.data<Node[]>("/get-hosts", { where: { cluster: { id: cluster } } });
      expect(nodes).toMatchObject(
        hosts.map(({ id, name }) => ({
          name,
          host: { id, name },
          brick_topo: null,
          position: { row: null, column: null },
        })),
      );
      expect(hosts).toMatchObject(nodes.map((node) => ({ node_topo_local_id: node.local_id })));
      expect(await tower.data("/get-cluster-topoes")).toMatchObject([
        { zone_topoes: [{ id: zone }], brick_topoes: [], node_topoes: nodes.map(({ id, name }) => ({ id, name })) },
      ]);
      expect(await tower.data("/get-node-topoes-connection")).toEqual({ aggregate: { count: 3 } });
    });
  },
);

test("racks hold chassis, and chassis hosts", async () => {
  await withZone({}, async (tower, { cluster, zone, nodes }) => {
    const rack = await made(tower, "/create-rack-topo", {
      cluster_id: cluster,
      zone_topo_id: zone,
      height: 42,
      name: "A01",
    });
    const brick = await made(tower, "/create-brick-topo", {
      cluster_id: cluster,
      rack_topo_id: rack,
      height: 2,
      position: 10,
      name: "chassis 1",
      capacity: { row: 1, column: 2 },
    });
    const [first, second, third] = nodes;
    await tower.data("/move-node-topo", [
      { where: { id: first?.id }, data: { brick_topo_id: brick, position: { row: 1, column: 1 } } },
      { where: { local_id: second?.local_id }, data: { brick_topo_id: brick, position: { row: 1, column: 2 } } },
    ]);
    expect(await tower.data("/get-rack-topoes", { where: { name: "A01" } })).toMatchObject([
      { id: rack, height: 42, zone_topo: { id: zone }, brick_topoes: [{ id: brick, name: "chassis 1" }] },
    ]);
    expect(await tower.data("/get-brick-topoes", { where: { rack_topo: { id: rack } } })).toMatchObject([
      {
        id: brick,
        position: 10,
        height: 2,
        capacity: { row: 1, column: 2 },
        cluster_topo: null,
        rack_topo: { id: rack, name: "A01" },
        node_topoes: [{ id: first?.id }, { id: second?.id }],
      },
    ]);
    const where = { host: { management_ip: second?.host.management_ip } };
    expect(await tower.data("/get-node-topoes", { where })).toMatchObject([
      { brick_topo: { id: brick, name: "chassis 1" }, cluster_topo: null, position: { row: 1, column: 2 } },
    ]);
    expect(await tower.data("/get-node-topoes", { where: { brick_topo: null } })).toMatchObject([{ id: third?.id }]);
    const root = (await tower.data<{ id: string }[]>("/get-cluster-topoes"))[0]?.id;
    await tower.data("/move-node-topo", [{ where: { id: first?.id }, data: { cluster_topo_id: root } }]);
    expect(await tower.data("/get-node-topoes", { where: { id: first?.id } })).toMatchObject([
      { brick_topo: null, cluster_topo: { id: root }, position: { row: null, column: null } },
    ]);
  });
});

test("a chassis is made with its hosts, and a rack with its chassis", async () => {
  await withZone({}, async (tower, { cluster, zone, nodes }) => {
    const brick = await made(tower, "/create-brick-topo", {
      cluster_id: cluster,
      height: 1,
      position: 1,
      name: "one",
      node_topoes: { id: nodes[0]?.id },
    });
    expect(await tower.data("/get-brick-topoes")).toMatchObject([
      { id: brick, rack_topo: null, cluster_topo: { name: expect.any(String) }, node_topoes: [{ id: nodes[0]?.id }] },
    ]);
    const rack = { cluster_id: cluster, zone_topo_id: zone, height: 42, name: "A01", brick_topoes: { name: "one" } };
    const id = await made(tower, "/create-rack-topo", rack);
    expect(await tower.data("/get-brick-topoes")).toMatchObject([
      { rack_topo: { id, name: "A01" }, cluster_topo: null },
    ]);
  });
});

test("racks and chassis are changed, moved and, once they are empty, deleted", async () => {
  await withZone({}, async (tower, { cluster, zone, nodes }) => {
    const rack = { cluster_id: cluster, zone_topo_id: zone, height: 42 };
    const [a, b] = [
      await made(tower, "/create-rack-topo", { ...rack, name: "A" }),
      await made(tower, "/create-rack-topo", { ...rack, name: "B" }),
    ];
    const chassis = { cluster_id: cluster, rack_topo_id: a, height: 2, position: 1, name: "one" };
    const brick = await made(tower, "/create-brick-topo", chassis);
    await tower.data("/update-rack-topo", { where: { id: a }, data: { name: "A01", height: 47 } });
    await tower.data("/update-brick-topo", { where: { id: brick }, data: { name: "two", height: 1 } });
    await tower.data("/move-brick-topo", { where: { id: brick }, data: { rack_topo_id: b, position: 42 } });
    expect(await tower.data("/get-rack-topoes", { orderBy: "name_ASC" })).toMatchObject([
      { name: "A01", height: 47, brick_topoes: [] },
      { name: "B", height: 42, brick_topoes: [{ name: "two" }] },
    ]);
    expect(await tower.data("/get-brick-topoes")).toMatchObject([{ name: "two", height: 1, position: 42 }]);
    const move = [{ where: { id: nodes[0]?.id }, data: { brick_topo_id: brick, position: { row: 1, column: 1 } } }];
    await tower.data("/move-node-topo", move);
    expect(await status(tower, "/delete-rack-topo", { where: { id: b } })).toBe(400);
    expect(await status(tower, "/delete-brick-topo", { where: { id: brick } })).toBe(400);
    await tower.data("/move-node-topo", [{ where: { id: nodes[0]?.id }, data: { cluster_topo_id: "root" } }]);
    expect(await tower.data("/delete-brick-topo", { where: { id: brick } })).toEqual([
      { task_id: null, data: { id: brick } },
    ]);
    await tower.data("/delete-rack-topo", { where: { name_in: ["A01", "B"] } });
    expect(await tower.data("/get-zone-topoes")).toMatchObject([{ rack_topoes: [] }]);
  });
});

test("what does not fit is refused", async () => {
  await withZone({}, async (tower, { cluster, zone, nodes }) => {
    const rack = { cluster_id: cluster, zone_topo_id: zone, height: 42, name: "A" };
    const id = await made(tower, "/create-rack-topo", rack);
    const chassis = { cluster_id: cluster, rack_topo_id: id, height: 2, position: 40, name: "one" };
    const brick = await made(tower, "/create-brick-topo", chassis);
    for (const [path, body, wanted] of [
      ["/create-rack-topo", [{ ...rack, zone_topo_id: "none" }], 404],
      ["/create-rack-topo", [{ ...rack, cluster_id: "none" }], 404],
      ["/create-rack-topo", [{ ...rack, height: 0 }], 400],
      ["/create-brick-topo", [{ ...chassis, position: 42 }], 400],
      ["/create-brick-topo", [{ ...chassis, position: 41 }], 400],
      ["/create-brick-topo", [{ ...chassis, position: 1, rack_topo_id: "none" }], 404],
      ["/move-brick-topo", { where: { id: brick }, data: { position: 42 } }, 400],
      ["/update-rack-topo", { where: { id }, data: { height: 40 } }, 400],
      ["/move-node-topo", [{ where: { id: nodes[0]?.id }, data: { brick_topo_id: "none" } }], 404],
      ["/move-node-topo", [{ where: { id: "none" }, data: { brick_topo_id: brick } }], 404],
      ["/move-node-topo", [{ where: {}, data: { brick_topo_id: brick } }], 400],
      [
        "/move-node-topo",
        [{ where: { id: nodes[0]?.id }, data: { brick_topo_id: brick, position: { row: 1, column: 2 } } }],
        400,
      ],
    ] as const)
      expect([path, body, await status(tower, path, body)]).toEqual([path, body, wanted]);
    const place = { brick_topo_id: brick, position: { row: 1, column: 1 } };
    expect(await status(tower, "/move-node-topo", [{ where: { id: nodes[0]?.id }, data: place }])).toBe(200);
    expect(await status(tower, "/move-node-topo", [{ where: { id: nodes[1]?.id }, data: place }])).toBe(400);
  });
});

test("switches: by a task, one rack of a name, and what is not empty goes", async () => {
  const switches = { rackWrites: "task", sameRackName: "refused", fullRack: "emptied" } as const;
  await withZone({ switches }, async (tower, { cluster, zone, nodes }) => {
    const rack = { cluster_id: cluster, zone_topo_id: zone, height: 42, name: "A" };
    const [answer] = await tower.data<WithTask[]>("/create-rack-topo", [rack]);
    expect(await tower.data("/get-tasks", { where: { id: answer?.task_id } })).toMatchObject([
      { status: "SUCCESSED", resource_mutation: "createRackTopo", resource_id: answer?.data.id },
    ]);
    expect(await status(tower, "/create-rack-topo", [rack])).toBe(400);
    const chassis = { cluster_id: cluster, rack_topo_id: answer?.data.id, height: 1, position: 1, name: "one" };
    const brick = await made(tower, "/create-brick-topo", chassis);
    await tower.data("/move-node-topo", [{ where: { id: nodes[0]?.id }, data: { brick_topo_id: brick } }]);
    await tower.data("/delete-rack-topo", { where: { name: "A" } });
    expect(await tower.data("/get-brick-topoes")).toMatchObject([{ rack_topo: null }]);
    await tower.data("/delete-brick-topo", { where: { id: brick } });
    expect(await tower.data("/get-node-topoes", { where: { brick_topo: null } })).toHaveLength(3);
  });
});

test("by a task, a host is in its chassis once the task has ended well", async () => {
  await withZone({ switches: { rackWrites: "task" } }, async (tower, { cluster, nodes }) => {
    const brick = await made(tower, "/create-brick-topo", { cluster_id: cluster, height: 1, position: 1, name: "one" });
    const move = [{ where: { id: nodes[0]?.id }, data: { brick_topo_id: brick } }];
    await tower.lab.setFaults([{ operation: "moveNodeTopo", count: 1, task: "fails" }]);
    for (const wanted of [null, { id: brick, name: "one" }]) {
      const [answer] = await tower.data<WithTask[]>("/move-node-topo", move);
      expect(answer?.data["brick_topo"]).toBeNull();
      expect(await tower.data("/get-node-topoes", { where: { id: nodes[0]?.id } })).toMatchObject([
        { brick_topo: wanted },
      ]);
    }
  });
});

import { expect, test } from "vitest";
import { operations } from "../router";
import { checkExchange, checked, checkRequests, OPENAPI_FOLDER } from "./openapi.fixture";
import { connect, type Tower, type WithTask, withCluster } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

checkRequests();

const rest = operations.filter(({ path }) => path.startsWith("/v2/api/") && !path.endsWith("/get-version"));

/** Every list, asked in every way that lists have. */
async function askLists(tower: Tower): Promise<void> {
  for (const { path } of rest.filter((each) => each.path.startsWith("/v2/api/get-"))) {
    const short = path.replace("/v2/api", "");
    expect([short, (await tower.post(short)).status]).toEqual([short, 200]);
    expect((await tower.post(short, {}, null)).status).toBe(401);
    if (short === "/get-ntp-service-url" || short.endsWith("-connection")) continue;
    expect((await tower.post(short, { first: 1, orderBy: "id_ASC", where: { id_not: "x" } })).status).toBe(200);
    expect((await tower.post(short, { first: -1 })).status).toBe(400);
  }
}

/** Views and graphs, racks, chassis and the places of hosts: made, changed, deleted. */
async function writeKept(tower: Tower, cluster: string): Promise<void> {
  const made = async (path: string, item: object) =>
    (await tower.data<WithTask[]>(path, [{ cluster_id: cluster, ...item }]))[0]?.data.id as string;
  const view = await made("/create-view", { name: "Cluster", time_unit: "HOUR", time_span: 2 });
  const graph = {
    type: "AREA",
    resource_type: "cluster",
    connect_id: [cluster],
    metric_name: "cluster_cpu_usage_percent",
  };
  await made("/create-graph", { ...graph, view_id: view, title: "CPU" });
  await tower.data("/update-graph", { where: { view: { id: view } }, data: { title: "CPU %" } });
  await tower.data("/update-view", { where: { id: view }, data: { time_span: 3 } });
  const [zone] = await tower.data<{ id: string }[]>("/get-zone-topoes");
  const rack = await made("/create-rack-topo", { name: "A01", height: 42, zone_topo_id: zone?.id });
  const brick = await made("/create-brick-topo", { name: "U1", height: 2, position: 1, rack_topo_id: rack });
  await tower.data("/update-rack-topo", { where: { id: rack }, data: { name: "A02" } });
  await tower.data("/update-brick-topo", { where: { id: brick }, data: { name: "U2" } });
  await tower.data("/move-brick-topo", { where: { id: brick }, data: { position: 2 } });
  const [node] = await tower.data<{ id: string }[]>("/get-node-topoes");
  await tower.data("/move-node-topo", [
    { where: { id: node?.id }, data: { brick_topo_id: brick, position: { row: 1, column: 1 } } },
  ]);
  await askLists(tower);
  await tower.data("/move-node-topo", [{ where: { id: node?.id }, data: { cluster_topo_id: "x" } }]);
  await tower.data("/delete-brick-topo", { where: { id: brick } });
  await tower.data("/delete-rack-topo", { where: { id: rack } });
  await tower.data("/delete-graph", { where: { view: { id: view } } });
  await tower.data("/delete-view", { where: { id: view } });
}

/** Every write but those of the set-up and the connection. */
async function writeAll(tower: Tower, cluster: string, datacenter: string): Promise<void> {
  const thresholds = [{ severity: "NOTICE", value: 61 }];
  const where = { name: "zbs_cluster_data_space_use_rate" };
  for (const [path, body] of [
    ["/update-organization", { where: { name: "C89" }, data: { name: "C90" } }],
    ["/update-datacenter", { where: { id: datacenter }, data: { name: "DC-02" } }],
    ["/update-license", { data: { license: "text" } }],
    ["/update-global-alert-rule", { where, data: { thresholds } }],
    ["/update-customize-alert-rule", { where, data: { thresholds, clusters: { id: cluster } } }],
    ["/update-cluster", { where: { id: cluster }, data: { username: "root" } }],
    ["/get-tasks", {}],
    ["/delete-cluster", { where: { id: cluster } }],
    ["/get-tasks", {}],
    ["/delete-datacenter", { where: { id: datacenter } }],
    ["/delete-organization", { where: { datacenters_none: {} } }],
  ] as const)
    expect([path, (await tower.post(path, body)).status]).toEqual([path, 200]);
}

test.each(TOWER_VERSIONS)(
  "requests and answers of %s, one of every call, are what the vendor's document has, where it is given",
  async (cloudtowerVersion) => {
    await withCluster({ cloudtowerVersion }, async (tower, _session, password) => {
      const before = { ...checked };
      await askLists(tower);
      const { cluster, datacenter } = await connect(tower, password);
      await writeKept(tower, cluster);
      await writeAll(tower, cluster, datacenter);
      const asked = new Set(tower.lab.requests().map(({ operation }) => operation));
      expect(rest.map(({ id }) => id).filter((id) => !asked.has(id))).toEqual([]);
      for (const count of ["requests", "answers"] as const)
        expect([count, checked[count] > before[count]]).toEqual([count, OPENAPI_FOLDER !== undefined]);
    });
  },
  120_000,
);

test.skipIf(OPENAPI_FOLDER === undefined)("an answer that the document does not have is refused", () => {
  const exchange = { method: "POST", path: "/get-organizations", request: {}, status: 200, requestId: "a" };
  const row = { id: "a", name: "b", datacenters: null };
  expect(() => checkExchange("4.6.0", { ...exchange, answer: [row] })).not.toThrow();
  for (const answer of [[{ ...row, more: 1 }], [{ ...row, name: null }], [{ id: "a" }], { errors: [] }])
    expect(() => checkExchange("4.6.0", { ...exchange, answer })).toThrow("answer 200 of /get-organizations");
  expect(() => checkExchange("4.6.0", { ...exchange, answer: [], requestId: undefined })).toThrow("x-tower-request-id");
  expect(() => checkExchange("4.6.0", { ...exchange, path: "/get-nothing", answer: [] })).toThrow("has no POST");
});

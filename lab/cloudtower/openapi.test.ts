import { expect, test } from "vitest";
import { ask } from "../lab.fixture";
import { operations } from "../router";
import { checkExchange, checked, checkRequests, documentedCalls, OPENAPI_FOLDER } from "./openapi.fixture";
import { connect, TOWER, type Tower, type WithTask, withCluster, withSetUpTower } from "./tower.fixture";
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

/** Views and graphs, racks, chassis and the places of hosts: made, changed and, after `body`, deleted. */
async function writeKept(tower: Tower, cluster: string, body: () => Promise<void>): Promise<void> {
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
  await body();
  await tower.data("/move-node-topo", [{ where: { id: node?.id }, data: { cluster_topo_id: "x" } }]);
  await tower.data("/delete-brick-topo", { where: { id: brick } });
  await tower.data("/delete-rack-topo", { where: { id: rack } });
  await tower.data("/delete-graph", { where: { view: { id: view } } });
  await tower.data("/delete-view", { where: { id: view } });
}

/** Machines and networks: made, changed, deleted. A condition that finds none is as good for a request's form. */
async function writeVms(tower: Tower, cluster: string): Promise<void> {
  const [vds] = await tower.data<{ id: string }[]>("/get-vdses");
  await tower.data("/create-vm-vlan", [{ vds_id: vds?.id, name: "VLAN-30", vlan_id: 30 }]);
  const [vlan] = await tower.data<{ id: string }[]>("/get-vlans", { where: { name: "VLAN-30" } });
  const disk = { boot: 1, bus: "VIRTIO" };
  const volume = (name: string) => ({ name, size: 1, size_unit: "GB", elf_storage_policy: "REPLICA_2_THIN_PROVISION" });
  const [made] = await tower.data<WithTask[]>("/create-vm", [
    {
      cluster_id: cluster,
      name: "web-01",
      status: "STOPPED",
      firmware: "BIOS",
      ha: true,
      cpu_cores: 1,
      cpu_sockets: 1,
      memory: 1,
      memory_unit: "GB",
      vm_nics: [{ connect_vlan_id: vlan?.id, model: "VIRTIO" }],
      vm_disks: { mount_new_create_disks: [{ ...disk, vm_volume: volume("os") }], mount_cd_roms: [{ boot: 2 }] },
    },
  ]);
  const where = { id: made?.data.id };
  await askLists(tower);
  await tower.data("/update-vm-basic-info", { where, data: { name: "web-02" } });
  const data = { vm_disks: { mount_new_create_disks: [{ ...disk, boot: 2, vm_volume: volume("data") }] } };
  await tower.data("/add-vm-disk", { where, data });
  const disks = await tower.data<{ id: string }[]>("/get-vm-disks", { where: { vm: where } });
  await tower.data("/remove-vm-disk", { where, data: { disk_ids: [disks[1]?.id] } });
  for (const path of ["/start-vm", "/restart-vm", "/force-restart-vm", "/shutdown-vm"])
    await tower.data(path, { where });
  const address = { where: { vm: where }, data: { ip_address: "10.0.30.5", subnet_mask: "255.255.255.0" } };
  expect((await tower.post("/update-vm-nic-basic-info", address)).status).toBe(400);
  for (const path of ["/poweroff-vm", "/move-vm-to-recycle", "/recover-vm-from-recycle", "/delete-vm"])
    await tower.data(path, { where });
  await tower.data("/update-vm-vlan", { where: { name: "VLAN-30" }, data: { vlan_id: 31 } });
  await tower.data("/delete-vm-vlan", { where: { name: "VLAN-30" } });
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
    ["/delete-organization", { where: { name: "C90" } }],
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
      await writeKept(tower, cluster, () => writeVms(tower, cluster));
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

test.skipIf(OPENAPI_FOLDER === undefined).each(TOWER_VERSIONS)(
  "every operation of %s that the lab does not have answers 501, and says so",
  async (cloudtowerVersion) => {
    await withSetUpTower({ cloudtowerVersion, switches: { towerHttp: "serves" } }, async ({ lab, token = "" }) => {
      const built = new Set(operations.map(({ method, path }) => `${method} ${path}`));
      const missing = documentedCalls(cloudtowerVersion).filter(({ method, path }) => !built.has(`${method} ${path}`));
      expect(missing.length).toBeGreaterThan(400);
      for (const { method, path } of missing) {
        const body = method === "POST" ? {} : undefined;
        const reply = await ask(lab, method, path, { at: TOWER, body, headers: { authorization: token } });
        expect([path, reply.status, reply.body.message]).toEqual([
          path,
          501,
          expect.stringContaining(`${method} ${path}`),
        ]);
      }
      expect(lab.site.model.cloudtower?.tasks).toEqual([]);
    });
  },
);

import { expect, test } from "vitest";
import { VIP } from "../lab.fixture";
import { connect, type Tower, type WithTask, withCluster } from "./tower.fixture";

interface Cluster {
  id: string;
  connect_state: string;
  disconnected_reason: string | null;
  disconnected_date: string | null;
  entityAsyncStatus: string | null;
  settings: { id: string } | null;
  [field: string]: unknown;
}

async function clusters(tower: Tower): Promise<Cluster[]> {
  return await tower.data<Cluster[]>("/get-clusters");
}

async function state(tower: Tower): Promise<[string, string | null] | undefined> {
  const [cluster] = await clusters(tower);
  return cluster && [cluster.connect_state, cluster.disconnected_reason];
}

async function taskStates(tower: Tower): Promise<string[]> {
  return (await tower.data<{ status: string }[]>("/get-tasks")).map(({ status }) => status);
}

test("a cluster is answered as initializing, with a task, and is connected when that has ended", async () => {
  await withCluster({ speed: 0 }, async (tower, _session, password) => {
    const made = await tower.data<WithTask>("/connect-cluster", { ip: VIP, username: "root", password });
    // The runbook's answer, stage 05.
    expect(made).toEqual({
      data: {
        id: expect.stringMatching(/^c[0-9a-z]{24}$/),
        name: "HCI-01",
        hypervisor: "ELF",
        version: "6.2.0",
        architecture: "X86_64",
        connect_state: "INITIALIZING",
        dns: [],
        ip: VIP,
        ntp_servers: [],
        recommended_cpu_models: [],
        total_cpu_models: [],
        type: "SMTX_OS",
        labels: [],
      },
      task_id: expect.stringMatching(/^c[0-9a-z]{24}$/),
    });
    expect(await clusters(tower)).toMatchObject([
      { connect_state: "INITIALIZING", entityAsyncStatus: "CREATING", settings: null, local_id: null, hosts: [] },
    ]);
    expect(await tower.data("/get-hosts")).toEqual([]);
    tower.lab.site.pass(0.4);
    // The status of the object lags behind the task.
    expect(await taskStates(tower)).toEqual(["SUCCESSED"]);
    const { model } = tower.lab.site;
    expect(await clusters(tower)).toMatchObject([
      {
        connect_state: "CONNECTED",
        entityAsyncStatus: "CREATING",
        name: "HCI-01",
        local_id: model.cluster?.serial,
        license_serial: model.cluster?.serial,
        management_vip: VIP,
        host_num: 3,
        hosts: model.hosts.map(({ managementIp, hostname: name }) => ({ management_ip: managementIp, name })),
        settings: { id: expect.any(String) },
        datacenters: [],
      },
    ]);
    tower.lab.site.pass(0.1);
    expect(await clusters(tower)).toMatchObject([{ entityAsyncStatus: null }]);
  });
});

test("a cluster in a datacenter is found by it, and the datacenter counts it", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster, datacenter } = await connect(tower, password);
    expect(
      await tower.data("/get-clusters", {
        where: { datacenters_some: { id: datacenter }, connect_state: "CONNECTED" },
      }),
    ).toMatchObject([{ id: cluster, datacenters: [{ id: datacenter, name: "DC-01" }] }]);
    expect(await tower.data("/get-datacenters")).toMatchObject([
      { cluster_num: 1, host_num: 3, clusters: [{ id: cluster, name: "HCI-01" }] },
    ]);
    expect(await tower.post("/delete-datacenter", { where: { id: datacenter } })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("is in the datacenter") },
    });
  });
});

const UNAUTHORIZED = ["DISCONNECTED", "LOAD_CLUSTER_UNAUTHORIZED"];

test.each([
  ["both", 200, UNAUTHORIZED, ["FAILED"]],
  ["disconnected", 200, UNAUTHORIZED, ["SUCCESSED"]],
  ["task", 200, undefined, ["FAILED"]],
  ["refused", 400, undefined, []],
] as const)("with failedConnect %s a wrong password leaves that", async (failedConnect, status, left, tasks) => {
  await withCluster({ switches: { failedConnect } }, async (tower) => {
    const body = [{ ip: VIP, username: "root", password: "wrong" }];
    expect((await tower.post("/connect-cluster", body)).status).toBe(status);
    expect(await state(tower)).toEqual(left);
    expect(await taskStates(tower)).toEqual(tasks);
  });
});

test("a failed task says why in the vendor's way", async () => {
  await withCluster({}, async (tower) => {
    await tower.data("/connect-cluster", [{ ip: VIP, username: "root", password: "wrong" }]);
    const [task] = await tower.data<{ error_message: string; finished_at: string }[]>("/get-tasks", {
      where: { status: "FAILED", resource_mutation: "connectCluster" },
    });
    expect(task?.error_message).toMatch(
      /^Cannot unwrap Ok value of Result\.Err\.\r\ncode: CONNECT_CLUSTER_FAILED\r\nmessage: \{.*LOAD_CLUSTER_UNAUTHORIZED"\}\}$/,
    );
    expect(Date.parse(task?.finished_at ?? "")).toBeGreaterThan(0);
  });
});

test.each<[string, object, number]>([
  ["no address", { username: "root", password: "x" }, 400],
  ["a datacenter that is not there", { ip: "10.0.20.99", username: "root", password: "x", datacenter_id: "none" }, 404],
  ["an address that is connected", { ip: VIP, username: "root", password: "x" }, 400],
])("a connection with %s is refused", async (_what, body, status) => {
  await withCluster({}, async (tower, _session, password) => {
    await connect(tower, password);
    expect((await tower.post("/connect-cluster", [body])).status).toBe(status);
    expect(await clusters(tower)).toHaveLength(1);
  });
});

test("an address at which no cluster answers is a network error", async () => {
  await withCluster({}, async (tower, _session, password) => {
    await tower.data("/connect-cluster", [{ ip: "10.0.20.99", username: "root", password }]);
    expect(await state(tower)).toEqual(["DISCONNECTED", "LOAD_CLUSTER_NETWORK_ERROR"]);
  });
});

test("a password that is changed on Fisheye disconnects the cluster until CloudTower has the new one", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    expect(await state(tower)).toEqual(["CONNECTED", null]);
    tower.lab.smtxos.setRootPassword("Another-1");
    expect(await state(tower)).toEqual(UNAUTHORIZED);
    const [row] = await clusters(tower);
    expect(Date.parse(row?.disconnected_date ?? "")).toBeGreaterThan(0);
    // What stands in it is still known.
    expect(row).toMatchObject({ host_num: 3 });
    const update = { where: { id: cluster }, data: { password: "Another-1" } };
    expect(await tower.data("/update-cluster", update)).toMatchObject([
      { task_id: expect.any(String), data: { id: cluster, connect_state: "DISCONNECTED" } },
    ]);
    expect(await state(tower)).toEqual(["CONNECTED", null]);
    expect((await clusters(tower))[0]?.disconnected_date).toBeNull();
  });
});

test("a VIP that is taken away disconnects the cluster, and it comes back with it", async () => {
  await withCluster({}, async (tower, _session, password) => {
    await connect(tower, password);
    tower.lab.smtxos.setManagementVip(null);
    expect(await state(tower)).toEqual(["DISCONNECTED", "LOAD_CLUSTER_NETWORK_ERROR"]);
    tower.lab.smtxos.setManagementVip(VIP);
    expect(await state(tower)).toEqual(["CONNECTED", null]);
  });
});

test("a cluster moves to another datacenter", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const [organization] = await tower.data<{ id: string }[]>("/get-organizations");
    const body = { name: "DC-02", organization_id: organization?.id };
    const { data } = await tower.data<WithTask>("/create-datacenter", body);
    await tower.data("/update-cluster", { where: { id: cluster }, data: { datacenter_id: data.id } });
    expect(await clusters(tower)).toMatchObject([{ connect_state: "CONNECTED", datacenters: [{ name: "DC-02" }] }]);
  });
});

test("a cluster is removed with a task; meanwhile it is removing and nothing else is taken on", async () => {
  await withCluster({ speed: 0 }, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const where = { id: cluster };
    expect((await tower.post("/delete-cluster", { where })).status).toBe(400);
    tower.lab.site.pass(1);
    expect(await tower.data("/delete-cluster", { where })).toEqual([
      { task_id: expect.any(String), data: { id: cluster } },
    ]);
    expect(await clusters(tower)).toMatchObject([{ connect_state: "REMOVING", entityAsyncStatus: "DELETING" }]);
    expect((await tower.post("/update-cluster", { where, data: {} })).status).toBe(400);
    tower.lab.site.pass(1);
    expect(await clusters(tower)).toEqual([]);
    expect(await taskStates(tower)).toEqual(["SUCCESSED", "SUCCESSED"]);
    expect(await tower.post("/delete-cluster", { where })).toMatchObject({ status: 404 });
  });
});

test("a removal that fails leaves the cluster connected", async () => {
  await withCluster({ faults: [{ operation: "deleteCluster", task: "fails" }] }, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    expect(await state(tower)).toEqual(["CONNECTED", null]);
    await tower.data("/delete-cluster", { where: { id: cluster } });
    expect(await state(tower)).toEqual(["CONNECTED", null]);
    expect(await taskStates(tower)).toEqual(["SUCCESSED", "FAILED"]);
  });
});

test.each([
  ["drop", "before-commit", 0],
  ["drop", "after-commit", 1],
  ["hang", "after-commit", 1],
] as const)("with %s %s of its connection the clusters are %i", async (what, when, count) => {
  const faults = [{ operation: "connectCluster", count: 1, [what]: when }];
  await withCluster({ faults }, async (tower, _session, password) => {
    const asked = tower.post("/connect-cluster", [{ ip: VIP, username: "root", password }]);
    if (what === "hang") {
      await expect.poll(async () => (await clusters(tower)).length).toBe(count);
      await tower.lab.stop();
    }
    await expect(asked).rejects.toThrow();
    if (what !== "hang") expect(await clusters(tower)).toHaveLength(count);
  });
});

import { expect, test } from "vitest";
import type { FaultRule } from "../faults";
import { connect, type Tower, withCluster } from "./tower.fixture";

interface Task {
  id: string;
  status: string;
  progress: number;
  started_at: string | null;
  finished_at: string | null;
  error_message: string | null;
}

async function task(tower: Tower): Promise<Task> {
  const [first] = await tower.data<Task[]>("/get-tasks", { orderBy: "local_created_at_DESC", first: 1 });
  return first as Task;
}

test("a task is pending, executing and then done, each with its times", async () => {
  await withCluster({ speed: 0 }, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    expect(await task(tower)).toMatchObject({
      status: "PENDING",
      progress: 0,
      started_at: null,
      finished_at: null,
      resource_id: cluster,
      resource_type: "Cluster",
      resource_mutation: "connectCluster",
      snapshot: '{"typename":"Cluster"}',
      user: { name: "root" },
      cluster: { id: cluster },
    });
    tower.lab.site.pass(0.1);
    expect(await task(tower)).toMatchObject({
      status: "EXECUTING",
      started_at: expect.any(String),
      finished_at: null,
      error_message: null,
    });
    tower.lab.site.pass(1);
    expect(await task(tower)).toMatchObject({ status: "SUCCESSED", progress: 1, finished_at: expect.any(String) });
  });
});

test("a task that has ended well may stand at progress 0", async () => {
  await withCluster({ switches: { doneProgress: 0 } }, async (tower, _session, password) => {
    await connect(tower, password);
    expect(await task(tower)).toMatchObject({ status: "SUCCESSED", progress: 0 });
  });
});

test.each<[FaultRule["task"], string, string]>([
  ["fails", "FAILED", "DISCONNECTED"],
  [{ fails: "no such luck" }, "FAILED", "DISCONNECTED"],
  ["stuck", "EXECUTING", "INITIALIZING"],
  ["paused", "PAUSED", "INITIALIZING"],
])("a task told %j is %s for good", async (told, status, connect_state) => {
  const faults: FaultRule[] = [{ operation: "connectCluster", task: told }];
  await withCluster({ faults }, async (tower, _session, password) => {
    await connect(tower, password);
    tower.lab.site.pass(60 * 24);
    const seen = await task(tower);
    expect(seen.status).toBe(status);
    if (typeof told === "object") expect(seen.error_message).toContain("no such luck");
    expect(await tower.data("/get-clusters")).toMatchObject([{ connect_state }]);
  });
});

test("a paused task goes on when somebody lets it", async () => {
  const faults: FaultRule[] = [{ operation: "connectCluster", task: "paused" }];
  await withCluster({ faults }, async (tower, _session, password) => {
    await connect(tower, password);
    tower.lab.site.pass(60);
    expect((await task(tower)).status).toBe("PAUSED");
    tower.lab.cloudtower.resumeTasks();
    expect((await task(tower)).status).toBe("SUCCESSED");
    expect(await tower.data("/get-clusters")).toMatchObject([{ connect_state: "CONNECTED" }]);
  });
});

test("tasks of one resource are found by it, the newest first", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    await tower.data("/get-tasks");
    for (const _ of [1, 2]) {
      await tower.data("/update-cluster", { where: { id: cluster }, data: {} });
      await tower.data("/get-tasks");
    }
    const where = { resource_id: cluster, resource_mutation: "updateCluster" };
    const found = await tower.data<Task[]>("/get-tasks", { where, orderBy: "local_created_at_DESC" });
    expect(found).toHaveLength(2);
    expect(await tower.data("/get-tasks", { where: { id: found[0]?.id, cluster: { id: cluster } } })).toEqual([
      found[0],
    ]);
    expect(await tower.data("/get-tasks-connection", { where: { user: { username: "root" } } })).toEqual({
      aggregate: { count: 3 },
    });
  });
});

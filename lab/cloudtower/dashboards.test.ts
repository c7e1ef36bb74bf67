import { expect, test } from "vitest";
import { madeVm, vmRequest, withConnected } from "./machines.fixture";
import { connect, type Tower, type WithTask, withCluster } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

const VIEW = { name: "Host", time_unit: "HOUR", time_span: 2 };

interface Shown {
  id: string;
  entityAsyncStatus: string | null;
  [field: string]: unknown;
}

async function addView(tower: Tower, cluster: string, view = VIEW): Promise<WithTask> {
  const [made] = await tower.data<WithTask[]>("/create-view", [{ ...view, cluster_id: cluster }]);
  return made as WithTask;
}

/** As a public client sends it. */
function hostGraph(cluster: string, view: string, hosts: string[]) {
  return {
    type: "AREA",
    resource_type: "host",
    view_id: view,
    title: "主机 CPU 使用率 %",
    cluster_id: cluster,
    connect_id: hosts,
    metric_name: "host_cpu_overall_usage_percent",
  };
}

async function hostsOf(tower: Tower, cluster: string): Promise<string[]> {
  const hosts = await tower.data<{ id: string }[]>("/get-hosts", { where: { cluster: { id: cluster } } });
  return hosts.map(({ id }) => id);
}

const views = (tower: Tower, where = {}) => tower.data<Shown[]>("/get-views", { where });
const graphs = (tower: Tower, where = {}) => tower.data<Shown[]>("/get-graphs", { where });

test.each(TOWER_VERSIONS)(
  "a view is there at once, its graphs too, and both are found by name (%s)",
  async (version) => {
    await withCluster({ cloudtowerVersion: version }, async (tower, _session, password) => {
      const { cluster } = await connect(tower, password);
      const view = await addView(tower, cluster);
      expect(view).toMatchObject({
        task_id: expect.any(String),
        data: { ...VIEW, cluster: { id: cluster }, graphs: [] },
      });
      const where = { cluster: { id: cluster }, name: "Host" };
      expect((await views(tower, where)).map(({ id }) => id)).toEqual([view.data.id]);
      const hosts = await hostsOf(tower, cluster);
      const made = await tower.data<WithTask[]>("/create-graph", [
        hostGraph(cluster, view.data.id, hosts),
        {
          ...hostGraph(cluster, view.data.id, []),
          title: "Top",
          resource_type: "vm",
          metric_type: "TOPK",
          metric_count: 5,
        },
      ]);
      expect(await graphs(tower, { view: { id: view.data.id }, title_starts_with: "主机" })).toMatchObject([
        {
          id: made[0]?.data.id,
          title: "主机 CPU 使用率 %",
          type: "AREA",
          resource_type: "host",
          metric_name: "host_cpu_overall_usage_percent",
          metric_type: "NORMAL",
          hosts: hosts.map((id) => ({ id })),
          view: { id: view.data.id, name: "Host" },
        },
      ]);
      expect(await graphs(tower, { metric_type: "TOPK" })).toMatchObject([
        { title: "Top", metric_count: 5, hosts: [] },
      ]);
      expect(await tower.data("/get-graphs-connection", { where: { view: { name: "Host" } } })).toEqual({
        aggregate: { count: 2 },
      });
      expect(await views(tower, { graphs_some: { title: "Top" } })).toMatchObject([
        { graphs: made.map(({ data }) => ({ id: data.id })) },
      ]);
    });
  },
);

test("a graph's count may come as text, as a public client sends it", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const { data: view } = await addView(tower, cluster);
    const graph = { ...hostGraph(cluster, view.id, []), resource_type: "vm", metric_type: "TOPK", metric_count: "5" };
    expect(await tower.data("/create-graph", [graph])).toMatchObject([{ data: { metric_count: 5 } }]);
  });
});

test("a view is busy while its task runs and a little longer, and changes with the task's end", async () => {
  await withCluster({ speed: 0 }, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    tower.lab.site.pass(1);
    const { data: view, task_id } = await addView(tower, cluster);
    expect(view["entityAsyncStatus"]).toBe("CREATING");
    tower.lab.site.pass(21 / 60);
    expect(await tower.data("/get-tasks", { where: { id: task_id } })).toMatchObject([
      { status: "SUCCESSED", resource_mutation: "createView", resource_type: "View", resource_id: view.id },
    ]);
    expect(await views(tower)).toMatchObject([{ entityAsyncStatus: "CREATING" }]);
    tower.lab.site.pass(1);
    expect(await views(tower)).toMatchObject([{ entityAsyncStatus: null }]);
    await tower.data("/update-view", { where: { id: view.id }, data: { time_span: 6, time_unit: "DAY" } });
    expect(await views(tower)).toMatchObject([{ entityAsyncStatus: "UPDATING", time_span: 2, time_unit: "HOUR" }]);
    tower.lab.site.pass(1);
    expect(await views(tower)).toMatchObject([{ entityAsyncStatus: "UPDATING", time_span: 6, time_unit: "DAY" }]);
    tower.lab.site.pass(1);
    expect(await views(tower)).toMatchObject([
      { entityAsyncStatus: null, time_span: 6, time_unit: "DAY", name: "Host" },
    ]);
    await tower.data("/delete-view", { where: { id: view.id } });
    expect(await views(tower)).toMatchObject([{ entityAsyncStatus: "DELETING" }]);
    tower.lab.site.pass(1);
    expect(await views(tower)).toEqual([]);
  });
});

test("graphs are changed and deleted alone, and go with their view", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const { data: view } = await addView(tower, cluster);
    const hosts = await hostsOf(tower, cluster);
    const graph = hostGraph(cluster, view.id, hosts);
    await tower.data("/create-graph", [graph, { ...graph, title: "B" }, { ...graph, title: "C" }]);
    const data = { title: "B2", metric_name: "host_memory_usage_percent", hosts: { id: hosts[0] } };
    await tower.data("/update-graph", { where: { title: "B" }, data });
    expect(await graphs(tower, { title: "B2" })).toMatchObject([
      { metric_name: "host_memory_usage_percent", hosts: [{ id: hosts[0] }], type: "AREA" },
    ]);
    expect(await tower.data("/delete-graph", { where: { title: "C" } })).toHaveLength(1);
    expect((await graphs(tower)).map(({ title }) => title)).toEqual([graph.title, "B2"]);
    await tower.data("/delete-view", { where: { name: "Host" } });
    expect(await graphs(tower)).toEqual([]);
  });
});

test("a task that fails leaves no view, and what it was to change as it was", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    await tower.lab.setFaults([{ operation: "createView", count: 1, task: "fails" }]);
    const { task_id } = await addView(tower, cluster);
    expect(await tower.data("/get-tasks", { where: { id: task_id } })).toMatchObject([{ status: "FAILED" }]);
    expect(await views(tower)).toEqual([]);
    const { data: view } = await addView(tower, cluster);
    await tower.lab.setFaults([{ operation: "updateView", count: 1, task: "fails" }]);
    await tower.data("/update-view", { where: { id: view.id }, data: { name: "other" } });
    expect(await views(tower)).toMatchObject([{ name: "Host" }]);
  });
});

test("switches: done at once, and a second view of one name refused", async () => {
  const switches = { dashboardWrites: "direct", sameViewName: "refused" } as const;
  await withCluster({ speed: 0, switches }, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    tower.lab.site.pass(1);
    expect(await addView(tower, cluster)).toMatchObject({ task_id: null, data: { entityAsyncStatus: null } });
    const again = [{ ...VIEW, cluster_id: cluster }];
    expect(await tower.post("/create-view", again)).toMatchObject({ status: 400 });
    expect(await views(tower)).toHaveLength(1);
  });
});

test("what is not there is 404, and a cluster that is not connected 400", async () => {
  await withCluster({ speed: 0 }, async (tower, _session, password) => {
    expect(await tower.post("/create-view", [{ ...VIEW, cluster_id: "none" }])).toMatchObject({ status: 404 });
    const { cluster } = await connect(tower, password);
    expect(await tower.post("/create-view", [{ ...VIEW, cluster_id: cluster }])).toMatchObject({ status: 400 });
    tower.lab.site.pass(1);
    const { data: view } = await addView(tower, cluster);
    for (const graph of [hostGraph(cluster, "none", []), hostGraph(cluster, view.id, ["none"])])
      expect(await tower.post("/create-graph", [graph])).toMatchObject({ status: 404 });
    for (const path of ["/update-view", "/delete-view", "/update-graph", "/delete-graph"])
      expect([path, await tower.post(path, { where: { id: "none" } })]).toMatchObject([path, { status: 404 }]);
    expect(await tower.post("/create-view", [{ ...VIEW, time_unit: "YEAR", cluster_id: cluster }])).toMatchObject({
      status: 400,
    });
  });
});

test("a graph of machines shows those that it draws, while they stand", async () => {
  await withConnected({}, async (at) => {
    const { tower, cluster } = at;
    const vm = await madeVm(at, { ...vmRequest(at), status: "STOPPED" });
    const { data: view } = await addView(tower, cluster);
    const graph = { ...hostGraph(cluster, view.id, [vm.id]), resource_type: "vm" };
    expect(await tower.post("/create-graph", [{ ...graph, connect_id: ["none"] }])).toMatchObject({ status: 404 });
    await tower.data("/create-graph", [{ ...graph, connect_id: [] }]);
    await tower.data("/update-graph", { where: { view: { id: view.id } }, data: { vms: { name: "web-01" } } });
    expect(await graphs(tower, { vms_some: { id: vm.id } })).toMatchObject([{ vms: [{ id: vm.id, name: "web-01" }] }]);
    await tower.data("/delete-vm", { where: { id: vm.id } });
    expect(await graphs(tower)).toMatchObject([{ vms: [] }]);
  });
});

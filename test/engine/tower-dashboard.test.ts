import { expect, test } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import { monitoringViews } from "../../providers/cloudtower/dashboard-views";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const cluster = { $ref: "cluster.clusterId" };

function views(planned: Record<string, unknown>[] = monitoringViews("en")): ResourceSpec[] {
  const own = planned.map(
    (view): ResourceSpec => ({
      type: "cloudtower:MonitoringDashboard",
      name: `view-${view.name}`,
      args: { connection, cluster, ...view },
      options: { dependsOn: ["setup", "cluster"] },
    }),
  );
  return [...connectedTower(), ...own];
}
const hostView = { ...monitoringViews("en")[1] };

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const kept = () => site.lab.site.model.cloudtower?.clusters[0]?.kept;
const inputsOf = (name: string) => site.engine.state.find((each) => each.name === name)?.inputs;

/** Somebody changes what the cluster keeps in CloudTower by hand. */
function byHand(change: (all: NonNullable<ReturnType<typeof kept>>) => void): void {
  site.lab.cloudtower.change(({ clusters }) => {
    for (const each of clusters) change(each.kept);
  });
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s gets the three views, and what is changed by hand is named and put back",
  async (version) => {
    await begin(version);
    await site.up(views());
    expect(site.writes().slice(4)).toEqual([...Array(3)].flatMap(() => ["createView", "createGraph"]));
    expect(kept()?.views.map(({ name, timeSpan, timeUnit }) => [name, timeSpan, timeUnit])).toEqual([
      ["Cluster", 2, "HOUR"],
      ["Host", 2, "HOUR"],
      ["VM", 2, "HOUR"],
    ]);
    const graphs = kept()?.graphs ?? [];
    expect(graphs).toHaveLength(15);
    const hosts = site.lab.site.model.hosts.length;
    for (const { resourceType, connected, type, metricType, metricCount } of graphs) {
      expect(connected).toHaveLength({ cluster: 1, host: hosts, vm: 0 }[resourceType] as number);
      const ranked = resourceType === "vm" ? ["TOPK", 5] : ["NORMAL", 0];
      expect([type, metricType, metricCount]).toEqual(["AREA", ...ranked]);
    }
    await site.up(views(), true);
    expect(site.writes()).toEqual([]);

    byHand((all) => {
      const [first, second] = all.graphs.filter(({ resourceType }) => resourceType === "host");
      if (first) Object.assign(first, { type: "STACK", connected: first.connected.slice(1) });
      const memory = all.graphs.find(({ metricName }) => metricName === "cluster_memory_usage_percent");
      if (memory) memory.title = "by hand";
      const [view] = all.views.filter(({ name }) => name === "VM");
      if (view) view.timeSpan = 12;
      all.graphs = all.graphs.filter((graph) => graph !== second);
      all.graphs.push({ ...structuredClone(graphs[0] as (typeof graphs)[number]), id: "c-others", title: "others" });
    });
    await site.engine.refresh();
    expect(inputsOf("view-Host")).toMatchObject({ hosts: "some", graphs: [{ type: "STACK" }, {}, {}, {}, {}, {}] });
    expect(inputsOf("view-Cluster")?.graphs).toMatchObject([{}, { title: "by hand" }, {}]);
    expect(inputsOf("view-VM")?.timeSpan).toBe(12);
    await site.up(views(), true);
    expect(site.writes()).toEqual(["updateGraph", "updateGraph", "createGraph", "updateView"]);
    expect(kept()?.graphs).toHaveLength(16);
    await site.up(views(), true);
    expect(site.writes()).toEqual([]);

    // What the plan drops goes; the graph that others made stays, and its view with it.
    await site.engine.kill();
    const { logs } = await site.engine.up(views().slice(0, 4));
    expect(logs.map(({ text }) => text).join()).toMatch(/view Cluster stays, with 1 graphs that others put on it/);
    expect(kept()).toMatchObject({ views: [{ name: "Cluster" }], graphs: [{ title: "others" }] });
  },
);

test("a view changes name and graphs in place: one dropped, one renamed, one added", async () => {
  await begin();
  await site.up(views([hostView]));
  const before = kept()?.views[0]?.id;
  site.writes();
  const [first, , ...others] = hostView.graphs ?? [];
  const added = { title: "Write speed", metric: "zbs_chunk_write_speed", resource: "host" };
  const graphs = [{ ...first, title: "CPU" }, ...others, added];
  const changed = views([{ name: "Hosts", graphs }]).map((spec) =>
    spec.name === "view-Hosts" ? { ...spec, name: "view-Host" } : spec,
  );
  await site.up(changed);
  expect(site.writes()).toEqual(["updateView", "deleteGraph", "updateGraph", "createGraph"]);
  expect(kept()?.views).toMatchObject([{ id: before, name: "Hosts" }]);
  expect(
    kept()
      ?.graphs.map(({ title }) => title)
      .sort(),
  ).toEqual(graphs.map(({ title }) => title).sort());
  await site.up(changed, true);
  expect(site.writes()).toEqual([]);
});

test.each(["createView", "createGraph"])("a lost answer to %s makes no second one", async (operation) => {
  await begin();
  await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
  await site.up(views([hostView]));
  expect(kept()).toMatchObject({ views: [{ name: "Host" }] });
  expect(kept()?.graphs).toHaveLength(7);
  site.writes();
  await site.up(views([hostView]), true);
  expect(site.writes()).toEqual([]);
});

test.each(["deleteView", "deleteGraph", "updateGraph"])("a lost answer to %s ends as wanted", async (operation) => {
  await begin();
  await site.up(views([hostView]));
  await site.engine.kill();
  await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
  const [first, ...others] = hostView.graphs ?? [];
  if (operation === "deleteGraph") await site.up(views([{ name: "Host", graphs: others }]));
  if (operation === "updateGraph")
    await site.up(views([{ name: "Host", graphs: [{ ...first, type: "STACK" }, ...others] }]));
  await site.engine.kill();
  if (operation === "deleteView") await site.up(connectedTower());
  expect(site.lab.faultsApplied()).toEqual([1]);
  expect(kept()?.graphs).toHaveLength({ deleteView: 0, deleteGraph: 6, updateGraph: 7 }[operation] as number);
});

test("a graph whose task fails is named, and the next run makes what is missing", async () => {
  await begin();
  await site.lab.setFaults([{ operation: "createGraph", task: { fails: "no such metric" }, count: 1 }]);
  expect(await site.errorsOf(views([hostView]))).toMatch(/making graphs has failed: .*no such metric/);
  await site.up(views([hostView]));
  expect(kept()?.graphs).toHaveLength(7);
  expect(kept()?.views).toHaveLength(1);
});

test("a graph that an update has added before it failed is not added twice", async () => {
  await begin();
  const [first, second, ...others] = hostView.graphs ?? [];
  await site.up(views([{ name: "Host", graphs: others }]));
  await site.lab.setFaults([{ operation: "getTasks", answer: { status: 404, body: {} }, count: 1 }]);
  const all = views([{ name: "Host", graphs: [...others, first, second] }]);
  expect(await site.errorsOf(all)).toMatch(/answered 404/);
  expect(await site.up(all)).toMatch(/graph CPU usage stands on the view already and is taken for ours/);
  expect(kept()?.graphs).toHaveLength(7);
  expect(site.outputsOf("view-Host").graphIds).toHaveLength(7);
});

test("where views are written without tasks, and one of that name stands already, it is refused until adopted", async () => {
  await begin("4.6.0", { switches: { dashboardWrites: "direct" } });
  await site.up(views([hostView]));
  await site.forget();
  site.writes();
  site.engine.settings = {
    ...site.engine.settings,
    adopt: "Organization/C89,Datacenter/DC-01,ClusterConnection/10.0.20.10",
  };
  expect(await site.errorsOf(views([hostView]))).toMatch(/MonitoringDashboard\/Host stands already/);
  site.engine.settings = { ...site.engine.settings, adopt: "all" };
  await site.engine.kill();
  await site.up(views([hostView]));
  expect(site.writes()).toEqual([]);
  expect(site.outputsOf("view-Host").graphIds).toHaveLength(7);
});

test.each(["en", "zh"] as const)(
  "views that another tool has made, with titles of its own, are taken over graph by graph (%s)",
  async (language) => {
    await begin();
    await site.up(views());
    // The same metrics, and titles in another wording; one beside them is nobody's of ours.
    byHand((all) => {
      for (const [index, graph] of all.graphs.entries()) graph.title = `监控图 ${index}`;
      all.graphs.push({
        ...structuredClone(all.graphs[14] as (typeof all.graphs)[number]),
        id: "c-ten",
        metricCount: 10,
      });
    });
    const ids = kept()?.graphs.map(({ id }) => id);
    await site.forget();
    site.engine.settings = { ...site.engine.settings, adopt: "all" };
    site.writes();
    const said = await site.up(views(monitoringViews(language)));
    expect(said).toMatch(/graph 监控图 0 stands on the view already and is taken for ours/);
    expect(site.writes()).toEqual(Array(15).fill("updateGraph"));
    expect(kept()?.graphs.map(({ id }) => id)).toEqual(ids);
    expect(kept()?.graphs.map(({ title }) => title)).toEqual([
      ...monitoringViews(language).flatMap(({ graphs }) => graphs.map(({ title }) => title)),
      "监控图 14",
    ]);
    await site.up(views(monitoringViews(language)), true);
    expect(site.writes()).toEqual([]);
  },
);

test("a view whose making failed half way is deleted, and what others put on it is not", async () => {
  await begin();
  await site.lab.setFaults([{ operation: "getTasks", answer: { status: 404, body: {} }, skip: 6 }]);
  expect(await site.errorsOf(views([hostView]))).toMatch(/answered 404/);
  await site.lab.setFaults([]);
  expect(site.engine.state.find(({ name }) => name === "view-Host")?.outputs["graphIds"]).toBeUndefined();
  byHand((all) => {
    all.graphs.push({ ...structuredClone(all.graphs[0] as (typeof all.graphs)[number]), id: "c-x", metricName: "x" });
  });
  await site.engine.kill();
  expect(await site.up(connectedTower())).toMatch(/view Host stays, with 1 graphs that others put on it/);
  expect(kept()).toMatchObject({ views: [{ name: "Host" }], graphs: [{ id: "c-x" }] });
});

import { z } from "zod";
import { defineResource } from "../kernel/define";
import { BadAnswer, NotFound } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { asSet, replaces } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { type ClusterSeen, findCluster, readCluster } from "./clusters";
import { cloudtowerConnection } from "./connection";
import { graphSchema } from "./dashboard-views";
import {
  changeGraph,
  createGraphs,
  type Drawn,
  deleteGraphs,
  drawsAll,
  type GraphSeen,
  isAsPlanned,
  listGraphs,
  settledGraphs,
} from "./graphs";
import { deleteWhere, lookAfterLoss } from "./settle";
import { awaitTask } from "./task";

const viewRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  time_span: z.number(),
  time_unit: z.string(),
  entityAsyncStatus: z.string().nullish(),
});

const inputs = z.strictObject({
  connection: cloudtowerConnection,
  cluster: replaces(z.string().min(1)).describe("id of the cluster in CloudTower; a change replaces"),
  name: z.string().min(1).describe("name of the view; changed in place"),
  timeSpan: z.int().min(1).default(2).describe("how much of the past it shows, in timeUnit"),
  timeUnit: z.enum(["MINUTE", "HOUR", "DAY", "MONTH"]).default("HOUR").describe("unit of timeSpan"),
  graphs: asSet(
    z.array(graphSchema).refine((all) => new Set(all.map(({ title }) => title)).size === all.length, {
      message: "two graphs have one title",
    }),
  ).describe("the view's graphs, in the order in which they are made"),
  hosts: z.literal("all").default("all").describe("graphs of hosts draw every host of the cluster"),
});
type Wanted = z.output<typeof inputs>;

const outputs = z.strictObject({
  viewId: z.string().describe("id of the view"),
  graphIds: z.array(z.string()).describe("ids of the graphs that are ours"),
});
type Prior = z.output<typeof outputs>;

/** A page of monitoring of a cluster, with its graphs. */
export const MonitoringDashboard = defineResource({
  type: "cloudtower:MonitoringDashboard",
  sort: "object",
  doc: "A view of CloudTower's monitoring and its graphs, by `POST /v2/api/create-view` and `/create-graph` (the vendor's schema; facts, part A 6; the runbook's stage 06 配置监控面板 names them). Known by its name in its cluster, and a graph of it by what it measures, whatever its title: of a view that is taken over each is kept, and gets the title of the plan. Graphs that others put on it stay, and with them the view when it is deleted.",
  inputs,
  outputs,
  example: {
    args: {
      cluster: output(ClusterConnection, "clusterId"),
      name: "VM",
      graphs: [{ title: "CPU usage", metric: "elf_vm_cpu_overall_usage_percent", resource: "vm", top: 5 }],
    },
    changed: { timeSpan: 4 },
  },
  key: ({ name }) => name,
  parents: ["cluster"],

  async find(context, { cluster, name }) {
    return (await listViews(context, { cluster: { id: cluster }, name })).map(({ id }) => ({ id }));
  },

  async create(context, { cluster, name, timeSpan, timeUnit }) {
    const made = await cloudtower(context).write({
      operation: `create view ${name}`,
      path: pathTo`/create-view`,
      body: [{ cluster_id: cluster, name, time_span: timeSpan, time_unit: timeUnit }],
      schema: oneOrMany(started),
    });
    const [answer] = made ?? [];
    if (!answer) throw new BadAnswer(`Unable to create view ${name}: CloudTower answered without one`);
    context.checkpoint(answer.data.id);
    await awaitTask(context, `making view ${name}`, answer.task_id);
    return answer.data.id;
  },

  async sync(context, id, wanted, prior) {
    await syncView(context, id, wanted);
    const drawn = drawnOf(await readCluster(context, wanted.cluster));
    const stands = await settledGraphs(context, id);
    const { matched, surplus } = match(context, wanted, stands, prior?.graphIds ?? []);
    await deleteGraphs(context, id, surplus);
    for (const [planned, found] of matched) {
      if (found && !isAsPlanned(found, planned, drawn)) await changeGraph(context, found.id, planned, drawn);
    }
    const missing = matched.filter(([, found]) => !found).map(([planned]) => planned);
    const made = missing.length > 0 ? await createMissing(context, id, missing, drawn) : [];
    return { viewId: id, graphIds: matched.map(([, found]) => found?.id ?? made.shift() ?? "") };
  },

  async read(context, id, { cluster, graphIds = [] }) {
    const [view] = await listViews(context, { id });
    if (!view) return undefined;
    const stands = await listGraphs(context, id);
    const ours = graphIds.flatMap((each) => stands.find((found) => found.id === each) ?? []);
    // A view may outlive its cluster, of which there is nothing more to be seen then.
    const found = await findCluster(context, cluster);
    const hosts = found && drawnOf(found);
    return {
      inputs: {
        name: view.name,
        timeSpan: view.time_span,
        timeUnit: view.time_unit as Wanted["timeUnit"],
        graphs: ours.map((found) => found.graph),
        ...(hosts && { hosts: (ours.every((graph) => drawsAll(graph, hosts)) ? "all" : "some") as "all" }),
      },
      outputs: { viewId: id, graphIds: ours.map((found) => found.id) },
    };
  },

  async delete(context, id, { name, graphs, graphIds = [] }) {
    const [view] = await listViews(context, { id });
    if (!view) return "gone";
    const stands = await settledGraphs(context, id);
    // One that is half made has no ids in the state yet.
    const isOurs = (each: GraphSeen) =>
      graphIds.length > 0 ? graphIds.includes(each.id) : graphs.some((planned) => measures(planned, each));
    const [ours, others] = [stands.filter(isOurs), stands.length];
    if (ours.length < others) {
      await deleteGraphs(
        context,
        id,
        ours.map((each) => each.id),
      );
      context.warn(`view ${name} stays, with ${others - ours.length} graphs that others put on it`);
      return "kept";
    }
    await deleteWhere(context, {
      what: `view ${name}`,
      path: pathTo`/delete-view`,
      where: { id },
      isGone: async () => (await listViews(context, { id })).length === 0,
    });
    return "gone";
  },
});

function listViews(context: Context, where: Record<string, unknown>) {
  return cloudtower(context).list({ what: "views", path: pathTo`/get-views`, where, row: viewRow });
}

async function syncView(context: Context, id: string, { name, timeSpan, timeUnit }: Wanted): Promise<void> {
  const [view] = await listViews(context, { id });
  if (!view) throw new NotFound(`view ${name} (id ${id}) stands no more`, "run pulumi refresh, then up");
  if (view.name === name && view.time_span === timeSpan && view.time_unit === timeUnit) return;
  const changed = await cloudtower(context).write({
    operation: `change view ${name}`,
    path: pathTo`/update-view`,
    body: { where: { id }, data: { name, time_span: timeSpan, time_unit: timeUnit } },
    schema: oneOrMany(started),
    idempotent: true,
  });
  await awaitTask(context, `changing view ${name}`, changed?.[0]?.task_id);
}

function drawnOf({ id, hosts }: ClusterSeen): Drawn {
  return { cluster: id, hosts: (hosts ?? []).map((host) => host.id) };
}

/**
 * Which graph stands for which of the plan. Ours come first: by title, or, where that was changed, by metric. Any other
 * is one that is not ours by what the state knows, as that of a run that was cut, or of a view that is taken over: it is
 * known by title and metric, or by all that it measures, whatever its title. Ours that the plan names no more are surplus.
 */
function match(context: Context, { graphs }: Wanted, stands: GraphSeen[], ids: Prior["graphIds"]) {
  const free = new Set(stands);
  const matched = new Map<Planned, GraphSeen>();
  const isOurs = ({ id }: GraphSeen) => ids.includes(id);
  const sameTitle = (a: Planned, { graph: b }: GraphSeen) => a.title === b.title;
  for (const fits of [
    (a: Planned, b: GraphSeen) => isOurs(b) && sameTitle(a, b),
    (a: Planned, b: GraphSeen) => isOurs(b) && sameMetric(a, b),
    (a: Planned, b: GraphSeen) => sameTitle(a, b) && sameMetric(a, b),
    measures,
  ]) {
    for (const planned of graphs.filter((each) => !matched.has(each))) {
      const found = [...free].find((each) => fits(planned, each));
      if (!found) continue;
      free.delete(found);
      matched.set(planned, found);
      if (!isOurs(found) && (ids.length > 0 || !sameTitle(planned, found)))
        context.info(`graph ${found.graph.title} stands on the view already and is taken for ours`);
    }
  }
  return {
    matched: graphs.map((planned): [Planned, GraphSeen | undefined] => [planned, matched.get(planned)]),
    surplus: [...free].filter(isOurs).map(({ id }) => id),
  };
}

type Planned = Wanted["graphs"][number];

function sameMetric(a: Planned, { graph: b }: GraphSeen): boolean {
  return a.metric === b.metric && a.resource === b.resource;
}

/** A graph is what it measures and how; its title is for people. */
function measures(a: Planned, b: GraphSeen): boolean {
  return sameMetric(a, b) && a.type === b.graph.type && a.top === b.graph.top;
}

/** A creation whose answer was lost is looked for, not sent again. */
async function createMissing(
  context: Context,
  view: string,
  missing: Wanted["graphs"],
  drawn: Drawn,
): Promise<string[]> {
  const before = new Set((await listGraphs(context, view)).map(({ id }) => id));
  return lookAfterLoss(
    context,
    () => createGraphs(context, view, missing, drawn),
    async () => {
      const fresh = (await settledGraphs(context, view)).filter(({ id }) => !before.has(id));
      const found = missing.flatMap((planned) => fresh.find((each) => isAsPlanned(each, planned, drawn))?.id ?? []);
      return found.length === missing.length ? found : undefined;
    },
  );
}

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower, oneOrMany, started } from "./client";
import type { PlannedGraph } from "./dashboard-views";
import { deleteWhere } from "./settle";
import { awaitTask } from "./task";

/** Vendor milliseconds between two looks at graphs that something is done with. */
const LOOK = 2_000;

const graphRow = z.looseObject({
  id: z.string(),
  title: z.string(),
  type: z.string(),
  resource_type: z.string(),
  metric_name: z.string(),
  metric_type: z.string().nullish(),
  // As text too: so a public client sends it.
  metric_count: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).nullish(),
  hosts: z.array(z.looseObject({ id: z.string() })).nullish(),
  entityAsyncStatus: z.string().nullish(),
});
type GraphRow = z.output<typeof graphRow>;

/** A graph as it stands. */
export interface GraphSeen {
  id: string;
  graph: PlannedGraph;
  hosts: string[];
}

/** What a graph of the plan draws: by id, the cluster, its hosts, or every machine. */
export interface Drawn {
  cluster: string;
  hosts: string[];
}

/** The graphs of a view once nothing is done with them: their tasks end earlier than they say so. */
export function settledGraphs(context: Context, view: string): Promise<GraphSeen[]> {
  return context.wait<GraphSeen[]>(
    "CloudTower to be done with the view's graphs",
    async () => {
      const rows = await listRows(context, view);
      const busy = rows.filter(({ entityAsyncStatus }) => entityAsyncStatus);
      return busy.length > 0
        ? { pending: busy.map(({ title, entityAsyncStatus }) => `${title}: ${entityAsyncStatus}`).join(", ") }
        : { done: rows.map(seen) };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

export async function listGraphs(context: Context, view: string): Promise<GraphSeen[]> {
  return (await listRows(context, view)).map(seen);
}

function listRows(context: Context, view: string): Promise<GraphRow[]> {
  return cloudtower(context).list({
    what: "graphs",
    path: pathTo`/get-graphs`,
    where: { view: { id: view } },
    row: graphRow,
  });
}

function seen({ id, title, type, resource_type, metric_name, metric_type, metric_count, hosts }: GraphRow): GraphSeen {
  const top = metric_type === "TOPK" ? (metric_count ?? 0) : undefined;
  const resource = resource_type as PlannedGraph["resource"];
  return {
    id,
    graph: {
      title,
      metric: metric_name,
      resource,
      type: type as PlannedGraph["type"],
      ...(top !== undefined && { top }),
    },
    hosts: (hosts ?? []).map((host) => host.id),
  };
}

/** Whether it draws what is planned. */
export function isAsPlanned(found: GraphSeen, planned: PlannedGraph, drawn: Drawn): boolean {
  const { top, ...rest } = planned;
  return isDeepStrictEqual(found.graph, top === undefined ? rest : planned) && drawsAll(found, drawn);
}

/** Whether a graph of hosts draws every host of the cluster. */
export function drawsAll({ graph, hosts }: GraphSeen, drawn: Drawn): boolean {
  return graph.resource !== "host" || isDeepStrictEqual([...hosts].sort(), [...drawn.hosts].sort());
}

/** Makes them in one call, in their order; their ids. */
export async function createGraphs(
  context: Context,
  view: string,
  planned: PlannedGraph[],
  drawn: Drawn,
): Promise<string[]> {
  const made = await cloudtower(context).write({
    operation: `create the graphs ${planned.map(({ title }) => title).join(", ")}`,
    path: pathTo`/create-graph`,
    body: planned.map((graph) => ({
      ...fields(graph, drawn),
      ...(graph.top !== undefined && ranking(graph)),
      view_id: view,
      cluster_id: drawn.cluster,
    })),
    schema: oneOrMany(started),
  });
  for (const { task_id } of made ?? []) await awaitTask(context, "making graphs", task_id);
  return (made ?? []).map(({ data }) => data.id);
}

export async function changeGraph(context: Context, id: string, planned: PlannedGraph, drawn: Drawn): Promise<void> {
  const changed = await cloudtower(context).write({
    operation: `change the graph ${planned.title}`,
    path: pathTo`/update-graph`,
    body: { where: { id }, data: { ...fields(planned, drawn), ...ranking(planned) } },
    schema: oneOrMany(started),
    idempotent: true,
  });
  await awaitTask(context, `changing graph ${planned.title}`, changed?.[0]?.task_id);
}

export async function deleteGraphs(context: Context, view: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await deleteWhere(context, {
    what: `${ids.length} graphs`,
    path: pathTo`/delete-graph`,
    where: { id_in: ids },
    isGone: async () => !(await listRows(context, view)).some(({ id }) => ids.includes(id)),
  });
}

/** As a public client sends them (facts, part A 6): connect_id has the cluster, all hosts, or nothing for machines. */
function fields({ title, metric, resource, type }: PlannedGraph, { cluster, hosts }: Drawn) {
  const connected = { cluster: [cluster], host: hosts, vm: [] }[resource];
  return { type, resource_type: resource, title, metric_name: metric, connect_id: connected };
}

function ranking({ top }: PlannedGraph) {
  return top === undefined ? { metric_type: "NORMAL", metric_count: 0 } : { metric_type: "TOPK", metric_count: top };
}

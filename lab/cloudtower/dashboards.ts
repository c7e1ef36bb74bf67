import { z } from "zod";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { found } from "./found";
import { clusterOf, given, keep, keptOf } from "./keep";
import { each, parsed, Refused, rest } from "./rest";
import { matching, rowOf } from "./tables";
import { type KeptStep, type LabGraph, type LabTower, type LabTowerCluster, TIME_UNITS } from "./tower-model";

export const dashboardWrites = oneOf(
  "dashboardWrites",
  ["task", "direct"],
  "How CloudTower changes views and graphs: by a task, or at once.",
  "whether creating, changing and deleting views and graphs is a task: the schema gives them an entityAsyncStatus, and allows task_id null",
);

export const sameViewName = oneOf(
  "sameViewName",
  ["made", "refused"],
  "A second view of one name in a cluster.",
  "whether two views of a cluster may have one name; public clients look for the name first",
);

const viewSchema = z.looseObject({
  name: z.string().min(1),
  time_unit: z.enum(TIME_UNITS),
  time_span: z.int().min(1),
});
const viewCreateSchema = viewSchema.extend({ cluster_id: z.string() });
const whereSchema = z.looseObject({ where: z.looseObject({}) });
const viewUpdateSchema = whereSchema.extend({ data: viewSchema.partial().optional() });
/** A public client, which is used with real ones, sends "5" where the schema has a whole number. */
const countSchema = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]);
const graphSchema = z.looseObject({
  title: z.string().min(1),
  type: z.enum(["AREA", "STACK"]),
  resource_type: z.string().min(1),
  metric_name: z.string().min(1),
  connect_id: z.array(z.string()),
  metric_type: z.enum(["BOTTOMK", "NORMAL", "TOPK"]).optional(),
  metric_count: countSchema.optional(),
  instance_ids: z.array(z.string()).optional(),
  network: z.string().optional(),
  service: z.string().optional(),
});
const graphCreateSchema = graphSchema.extend({ cluster_id: z.string(), view_id: z.string() });
const graphUpdateSchema = whereSchema.extend({
  data: graphSchema
    .partial()
    .extend({ hosts: z.looseObject({}).optional() })
    .optional(),
});

const SCHEMA = "the vendor's schema";
const BY_TASK = "a task, because the schema gives it an entityAsyncStatus; nothing remains of one that fails";

/** Pages of graphs (views), and the graphs on them. */
export const dashboardOperations: Operation[] = [
  rest({
    id: "createView",
    path: "/create-view",
    write: true,
    source: `${SCHEMA}; facts, part A 6: the request, and that a list by name has it at once`,
    assumed: `${BY_TASK}; 404 for a cluster that is not there, 400 for one that is not connected`,
    switches: [dashboardWrites, sameViewName],
    example: {
      when: "makes",
      request: ({ idOf }) => [{ cluster_id: idOf("Cluster"), name: "Cluster", time_unit: "HOUR", time_span: 2 }],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(viewCreateSchema, call.body, ({ name, time_unit, time_span, cluster_id }) => {
        const cluster = clusterOf(tower, cluster_id);
        const same = cluster.kept.views.some((view) => view.name === name);
        if (same && site.switches.of(sameViewName) === "refused") throw new Refused(400, `view ${name} already exists`);
        const id = site.cuid(`${cluster.id} view ${name}`);
        const object = { id, name, timeUnit: time_unit, timeSpan: time_span };
        return changeView(site, tower, call, cluster, id, `Create view ${name}`, [
          { list: "views", act: "create", id, object },
        ]);
      }),
  }),
  rest({
    id: "updateView",
    path: "/update-view",
    write: true,
    source: SCHEMA,
    assumed: `${BY_TASK}; what is left out stays`,
    switches: [dashboardWrites],
    example: { when: "changes", request: ({ idOf }) => ({ where: { id: idOf("View") }, data: { time_span: 3 } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data = {} } = parsed(viewUpdateSchema, call.body);
      const to = given({ name: data.name, timeUnit: data.time_unit, timeSpan: data.time_span });
      const body = found(site, tower, "View", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "views", id);
        return changeView(site, tower, call, cluster, id, `Update view ${object.name}`, [
          { list: "views", act: "update", id, to },
        ]);
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteView",
    path: "/delete-view",
    write: true,
    source: SCHEMA,
    assumed: `${BY_TASK}; its graphs go with it`,
    switches: [dashboardWrites],
    example: { when: "ends", request: ({ idOf }) => ({ where: { id: idOf("View") } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = found(site, tower, "View", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "views", id);
        const graphs = cluster.kept.graphs.filter(({ view }) => view === id);
        const { task_id } = changeView(site, tower, call, cluster, id, `Delete view ${object.name}`, [
          { list: "views", act: "delete", id },
          ...graphs.map((graph): KeptStep => ({ list: "graphs", act: "delete", id: graph.id })),
        ]);
        return { task_id, data: { id } };
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "createGraph",
    path: "/create-graph",
    write: true,
    source: `${SCHEMA}; facts, part A 6: connect_id has the cluster, all hosts, or nothing for machines; metric_count as text`,
    assumed: `${BY_TASK}; two may have one title, as with a client that makes them anew each time; metric_type NORMAL and metric_count 0 where they are left out; targets, and what is drawn but hosts and machines, empty; 404 for a view, a host or a machine that is not there`,
    switches: [dashboardWrites],
    example: {
      when: "makes",
      request: ({ idOf }) => [
        {
          cluster_id: idOf("Cluster"),
          view_id: idOf("View"),
          title: "CPU",
          type: "AREA",
          resource_type: "cluster",
          connect_id: [idOf("Cluster")],
          metric_name: "cluster_cpu_usage_percent",
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(graphCreateSchema, call.body, (asked) => {
        const cluster = clusterOf(tower, asked.cluster_id);
        if (!cluster.kept.views.some(({ id }) => id === asked.view_id))
          throw new Refused(404, `view ${asked.view_id} is not found`);
        checkConnected(site, tower, asked.resource_type, asked.connect_id);
        const id = site.cuid(`${cluster.id} graph ${asked.title}`);
        const object: LabGraph = {
          id,
          view: asked.view_id,
          title: asked.title,
          type: asked.type,
          resourceType: asked.resource_type,
          metricName: asked.metric_name,
          metricType: asked.metric_type ?? "NORMAL",
          metricCount: asked.metric_count ?? 0,
          connected: asked.connect_id,
          instanceIds: asked.instance_ids ?? [],
          network: asked.network ?? null,
          service: asked.service ?? null,
        };
        return changeGraph(site, tower, call, cluster, id, `Create graph ${asked.title}`, [
          { list: "graphs", act: "create", id, object },
        ]);
      }),
  }),
  rest({
    id: "updateGraph",
    path: "/update-graph",
    write: true,
    source: SCHEMA,
    assumed: `${BY_TASK}; what is left out stays; of the conditions in data those of hosts and machines alone are heeded`,
    switches: [dashboardWrites],
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { view: { id: idOf("View") } }, data: { title: "CPU %" } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data = {} } = parsed(graphUpdateSchema, call.body);
      const body = found(site, tower, "Graph", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "graphs", id);
        const connected = drawnBy(site, tower, data);
        if (connected) checkConnected(site, tower, data.resource_type ?? object.resourceType, connected);
        const to = given({
          title: data.title,
          type: data.type,
          resourceType: data.resource_type,
          metricName: data.metric_name,
          metricType: data.metric_type,
          metricCount: data.metric_count,
          connected,
          instanceIds: data.instance_ids,
          network: data.network,
          service: data.service,
        });
        return changeGraph(site, tower, call, cluster, id, `Update graph ${object.title}`, [
          { list: "graphs", act: "update", id, to },
        ]);
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteGraph",
    path: "/delete-graph",
    write: true,
    source: SCHEMA,
    assumed: BY_TASK,
    switches: [dashboardWrites],
    example: { when: "ends", request: ({ idOf }) => ({ where: { view: { id: idOf("View") } } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = found(site, tower, "Graph", where).map(({ id }) => {
        const { cluster, object } = keptOf(tower, "graphs", id);
        const { task_id } = changeGraph(site, tower, call, cluster, id, `Delete graph ${object.title}`, [
          { list: "graphs", act: "delete", id },
        ]);
        return { task_id, data: { id } };
      });
      return { status: 200, body };
    },
  }),
];

const changeView = changer("View");
const changeGraph = changer("Graph");

/** Changes views or graphs, and answers with the task and the object as it stands. */
function changer(type: "View" | "Graph") {
  return (
    site: SiteState,
    tower: LabTower,
    call: Call,
    cluster: LabTowerCluster,
    id: string,
    description: string,
    steps: KeptStep[],
  ) => {
    const mutation = `${steps[0]?.act ?? ""}${type}`;
    const about = { mutation, description, resource: { type, id }, args: {} };
    const task_id = keep(site, tower, call, cluster, about, steps, site.switches.of(dashboardWrites));
    return { task_id, data: rowOf(site, tower, type, id) };
  };
}

/** Ids of what a change says is drawn; undefined: it says nothing. */
function drawnBy(
  site: SiteState,
  tower: LabTower,
  {
    hosts,
    vms,
    connect_id,
  }: { hosts?: object | undefined; vms?: object | undefined; connect_id?: string[] | undefined },
): string[] | undefined {
  if (hosts) return found(site, tower, "Host", hosts).map(({ id }) => id);
  if (vms) return found(site, tower, "Vm", vms).map(({ id }) => id);
  return connect_id;
}

function checkConnected(site: SiteState, tower: LabTower, type: string, ids: string[]): void {
  const kind = { cluster: "Cluster", host: "Host", vm: "Vm" }[type];
  if (kind === undefined) return;
  const known = new Set(matching(site, tower, kind, {}).map(({ id }) => id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) throw new Refused(404, `${type} ${unknown} is not found`);
}

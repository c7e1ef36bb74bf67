import { z } from "zod";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { clusterPlaceholder } from "./cluster-rows";
import { modelsOf, refusalOf } from "./connection";
import { found } from "./found";
import { heldByChildren } from "./plain-kept";
import { each, parsed, Refused, rest } from "./rest";
import { startTask } from "./start-task";
import { rowOf } from "./tables";
import { failedConnect, isOfCluster } from "./task-end";
import type { LabTower, LabTowerCluster } from "./tower-model";

const connectionSchema = z.looseObject({
  ip: z.string().min(1),
  username: z.string(),
  password: z.string(),
  datacenter_id: z.string().optional(),
});
const whereSchema = z.looseObject({ where: z.looseObject({}) });
const updateSchema = whereSchema.extend({ data: connectionSchema.partial() });

/** Clusters, from their connection to their removal: that of the same lab, and those of its neighbours. */
export const clusterOperations: Operation[] = [
  rest({
    id: "connectCluster",
    path: "/connect-cluster",
    write: true,
    source:
      "runbook stage 05 关联集群: the answer, and a task; array or object: facts, part B 5A 1; the states and reasons: 5A 11",
    assumed:
      "400 for an address that is connected already, 404 for a datacenter that is not there; which reason stands for what; the VIP and every host's address are let in",
    switches: [failedConnect],
    example: {
      when: "makes",
      request: ({ site: { model }, idOf }) => [
        {
          ip: model.cluster?.managementVip,
          username: "root",
          password: model.cluster?.rootPassword,
          datacenter_id: idOf("Datacenter"),
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(connectionSchema, call.body, ({ ip, username, password, datacenter_id: datacenter }) => {
        checkDatacenter(tower, datacenter);
        if (tower.clusters.some((one) => one.ip === ip)) throw new Refused(400, `cluster ${ip} already exists`);
        const refusal = refusalOf(modelsOf(site), { ip, username, password });
        if (refusal && site.switches.of(failedConnect) === "refused")
          throw new Refused(400, `the cluster ${ip} is not connected: ${refusal}`);
        const cluster = newCluster(site, { ip, username, password, datacenter });
        const task = startTask(
          site,
          tower,
          call,
          {
            description: `Connect cluster ${ip}`,
            mutation: "connectCluster",
            resource: { type: "Cluster", id: cluster.id },
            args: { ip, datacenter_id: datacenter ?? null },
            change: { kind: "connect", cluster: cluster.id },
          },
          ({ clusters }) => {
            clusters.push(cluster);
          },
        );
        return { task_id: task, data: clusterPlaceholder(site, cluster) };
      }),
  }),
  rest({
    id: "updateCluster",
    path: "/update-cluster",
    write: true,
    source: "the vendor's schema: address, log-in and datacenter",
    assumed: "a task; what is left out stays; 400 while another task on the cluster has not ended",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("Cluster") }, data: { username: "root" } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      checkDatacenter(tower, data.datacenter_id);
      const clusters = changeable(site, tower, where);
      return { status: 200, body: clusters.map((cluster) => reconnect(site, tower, call, cluster, data)) };
    },
  }),
  rest({
    id: "deleteCluster",
    path: "/delete-cluster",
    write: true,
    source: "the vendor's schema; REMOVING: facts, part B 5A 11",
    assumed: "a task; 400 while another task on the cluster has not ended; force is not heeded",
    example: { when: "ends", request: ({ idOf }) => ({ where: { id: idOf("Cluster") } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const clusters = changeable(site, tower, where);
      const ids = clusters.map(({ id }) => id);
      const held = heldByChildren(tower, "Cluster", ids);
      if (held !== undefined) throw new Refused(400, held);
      return { status: 200, body: clusters.map((cluster) => remove(site, tower, call, cluster)) };
    },
  }),
];

function newCluster(
  site: SiteState,
  spec: Pick<LabTowerCluster, "ip" | "username" | "password" | "datacenter">,
): LabTowerCluster {
  const id = site.cuid(`tower cluster ${spec.ip}`);
  return {
    ...spec,
    id,
    state: "INITIALIZING",
    reason: null,
    disconnectedAt: null,
    serial: null,
    busy: { status: "CREATING" },
    settings: {
      id: site.fixedCuid(`${id} settings`),
      policy: null,
      replicaNum: null,
      ecK: null,
      ecM: null,
      thinProvision: null,
    },
    alertRules: {},
    own: { busy: {}, changes: {}, recycled: {}, newVms: [], newVlans: [] },
    kept: { views: [], graphs: [], racks: [], bricks: [], nodes: [] },
  };
}

function reconnect(
  site: SiteState,
  tower: LabTower,
  call: Call,
  { id, ip, username, password, datacenter }: LabTowerCluster,
  data: z.output<typeof updateSchema>["data"],
) {
  const to = { ip: data.ip ?? ip, username: data.username ?? username, password: data.password ?? password };
  const task = startTask(
    site,
    tower,
    call,
    {
      description: `Edit cluster ${ip}`,
      mutation: "updateCluster",
      resource: { type: "Cluster", id },
      args: { ip: to.ip },
      change: { kind: "reconnect", cluster: id, to, datacenter: data.datacenter_id ?? datacenter },
    },
    (changed) => setBusy(changed, id, "UPDATING"),
  );
  return { task_id: task, data: rowOf(site, tower, "Cluster", id) };
}

function remove(site: SiteState, tower: LabTower, call: Call, { id, ip }: LabTowerCluster) {
  const task = startTask(
    site,
    tower,
    call,
    {
      description: `Delete cluster ${ip}`,
      mutation: "deleteCluster",
      resource: { type: "Cluster", id },
      args: {},
      change: { kind: "remove", cluster: id },
    },
    (changed) => {
      setBusy(changed, id, "DELETING");
      const cluster = changed.clusters.find((one) => one.id === id);
      if (cluster) cluster.state = "REMOVING";
    },
  );
  return { task_id: task, data: { id } };
}

function setBusy({ clusters }: LabTower, id: string, status: "UPDATING" | "DELETING"): void {
  const cluster = clusters.find((one) => one.id === id);
  if (cluster) cluster.busy = { status };
}

/** The clusters that `where` finds, none of them in a task. */
function changeable(site: SiteState, tower: LabTower, where: unknown): LabTowerCluster[] {
  const ids = found(site, tower, "Cluster", where).map(({ id }) => id);
  const clusters = tower.clusters.filter(({ id }) => ids.includes(id));
  const busy = clusters.find((cluster) =>
    tower.tasks.some((task) => !task.ended && isOfCluster(task) && task.change.cluster === cluster.id),
  );
  if (busy) throw new Refused(400, `a task on cluster ${busy.ip} has not ended`);
  return clusters;
}

function checkDatacenter({ datacenters }: LabTower, datacenter: string | undefined): void {
  if (datacenter !== undefined && !datacenters.some(({ id }) => id === datacenter))
    throw new Refused(404, `datacenter ${datacenter} is not found`);
}

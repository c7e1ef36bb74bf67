import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { BadAnswer, NotFound, PlanConflict, TaskFailed } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { byMeaning } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { addressesOf, type ClusterSeen, findCluster, listClusters } from "./clusters";
import { cloudtowerConnection } from "./connection";
import { Datacenter } from "./datacenter";
import { lookAfterLoss } from "./settle";
import { awaitTask } from "./task";

const inputs = z.strictObject({
  connection: cloudtowerConnection,
  cluster: byMeaning(connectionSchema, (value) => {
    const { name, username, password } = value as z.output<typeof connectionSchema>;
    return { name, username, password };
  }).describe(
    "the cluster's own connection: CloudTower is given its log-in, and finds the cluster by any of its addresses",
  ),
  address: z.string().min(1).describe("where CloudTower reaches the cluster: its VIP, 主机规划 I19"),
  datacenter: z.string().min(1).describe("id of the datacenter that it belongs to; changed in place"),
  connected: z
    .literal(true)
    .default(true)
    .describe("CloudTower holds the connection; one that was lost is tried anew with the log-in of now"),
});
type Inputs = z.output<typeof inputs>;

const outputs = z.strictObject({
  clusterId: z.string().describe("id of the cluster in CloudTower"),
  localId: z.string().describe("the cluster's own id, which is its serial number too"),
  clusterName: z.string().describe("name of the cluster"),
  version: z.string().describe("SMTX OS version"),
  settingsId: z.string().describe("id of its settings in CloudTower"),
});

/** Vendor milliseconds between two looks at a connection: the runbook's tool asks every 10 s. */
const LOOK = 10_000;

/** The connection of a cluster to CloudTower. */
export const ClusterConnection = defineResource({
  type: "cloudtower:ClusterConnection",
  sort: "object",
  doc: "A cluster's connection to CloudTower, by `POST /v2/api/connect-cluster` (runbook, stage 05 关联集群). Known by the cluster's addresses. A connection that fails is told by its task or by `disconnected_reason`. Deleting it takes the cluster out of CloudTower and leaves the cluster itself as it is.",
  inputs,
  outputs,
  example: {
    args: {
      cluster: { name: "HCI-01", addresses: ["10.0.20.10"], username: "root" },
      address: "10.0.20.10",
      datacenter: output(Datacenter, "datacenterId"),
    },
  },
  key: ({ address }) => address,
  timeouts: { create: 20 * 60_000, update: 20 * 60_000, delete: 20 * 60_000 },

  async find(context, { cluster, address }) {
    const wanted = [address, ...cluster.addresses];
    const known = await context.wait<ClusterSeen[]>(
      `the removal of cluster ${address} from CloudTower`,
      async () => {
        const all = (await listClusters(context)).filter((each) => addressesOf(each).some((at) => wanted.includes(at)));
        // What a killed run was removing is no more to be found, and its address not free yet.
        return all.some(isRemoved) ? { pending: "REMOVING" } : { done: all };
      },
      { interval: LOOK / 4, cap: LOOK },
    );
    return known.map(({ id }) => ({ id }));
  },

  async create(context, wanted) {
    const { address, datacenter } = wanted;
    const made = await cloudtower(context).write({
      operation: `connect cluster ${address}`,
      path: pathTo`/connect-cluster`,
      body: [{ datacenter_id: datacenter, ip: address, ...logInOf(context, wanted) }],
      schema: oneOrMany(started),
    });
    const [answer] = made ?? [];
    if (!answer) throw new BadAnswer(`Unable to connect cluster ${address}: CloudTower answered without one`);
    const { id } = answer.data;
    context.checkpoint(id);
    await carriedOut(context, id, address, `connecting cluster ${address}`, answer.task_id);
    await connected(context, id, address);
    return id;
  },

  async sync(context, id, wanted, prior) {
    const { address } = wanted;
    let cluster = await settled(context, id, address);
    if (!cluster) throw new NotFound(`cluster ${address} (id ${id}) stands no more`, "run pulumi refresh, then up");
    if (!isAsPlanned(cluster, wanted) || isOther(wanted, prior)) {
      const data = { ip: address, datacenter_id: wanted.datacenter, ...logInOf(context, wanted) };
      const changed = await lookAfterLoss(
        context,
        () =>
          cloudtower(context).write({
            operation: `change the connection of cluster ${address}`,
            path: pathTo`/update-cluster`,
            body: { where: { id }, data },
            schema: oneOrMany(started),
          }),
        async () => {
          const stands = await findCluster(context, id);
          // A log-in is not shown: of that alone only its task tells.
          const isDone = stands && !isOther(wanted, prior) && isAsPlanned(stands, wanted);
          return stands?.entityAsyncStatus || isDone ? [] : undefined;
        },
      );
      const what = `changing the connection of cluster ${address}`;
      await carriedOut(context, id, address, what, changed?.[0]?.task_id);
    }
    cluster = await connected(context, id, address);
    return outputsOf(cluster) as z.output<typeof outputs>;
  },

  async read(context, id) {
    const cluster = await findCluster(context, id);
    if (!cluster || isRemoved(cluster)) return undefined;
    const [datacenter] = cluster.datacenters ?? [];
    return {
      inputs: {
        address: cluster.ip,
        ...(datacenter && { datacenter: datacenter.id }),
        // Only what it says plainly is drift: INITIALIZING and what later versions may say are not.
        connected: (cluster.connect_state !== "DISCONNECTED") as true,
      },
      outputs: outputsOf(cluster),
    };
  },

  async delete(context, id, { address }) {
    const cluster = await settled(context, id, address);
    if (!cluster) return "gone";
    if (!isRemoved(cluster)) {
      const deleted = await lookAfterLoss(
        context,
        () =>
          cloudtower(context).write({
            operation: `remove cluster ${address} from CloudTower`,
            path: pathTo`/delete-cluster`,
            body: { where: { id } },
            schema: oneOrMany(started),
          }),
        async () => {
          const stands = await findCluster(context, id);
          return !stands || isRemoved(stands) ? [] : undefined;
        },
      );
      await awaitTask(context, `removing cluster ${address} from CloudTower`, deleted?.[0]?.task_id);
    }
    await context.wait(
      `the removal of cluster ${address} from CloudTower`,
      async () => {
        const stands = await findCluster(context, id);
        return stands ? { pending: stateOf(stands) } : { done: true };
      },
      { interval: LOOK / 4, cap: LOOK },
    );
    return "gone";
  },
});

/** Waits until nothing is under way with it: its task may end earlier than its entityAsyncStatus (facts, part B 5A 7). */
function settled(context: Context, id: string, address: string): Promise<ClusterSeen | undefined> {
  return context.wait<ClusterSeen | undefined>(
    `CloudTower to be done with cluster ${address}`,
    async () => {
      const cluster = await findCluster(context, id);
      if (!cluster || isRemoved(cluster)) return { done: cluster };
      const busy = cluster.entityAsyncStatus || cluster.connect_state === "INITIALIZING";
      return busy ? { pending: stateOf(cluster) } : { done: cluster };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

/**
 * Waits for the connection, and for what a first one brings. Throws TaskFailed when CloudTower says why it failed: once
 * nothing is under way with it, and at two looks in a row, for the reason why the old connection was lost may stand there
 * while a new one is tried.
 */
function connected(context: Context, id: string, address: string): Promise<ClusterSeen> {
  let said: string | null | undefined;
  return context.wait<ClusterSeen>(
    `the connection of cluster ${address}`,
    async () => {
      const cluster = await findCluster(context, id);
      if (!cluster)
        throw new TaskFailed(`connecting cluster ${address} has failed: CloudTower has no cluster ${id} any more`);
      const isLost = cluster.connect_state === "DISCONNECTED" && !cluster.entityAsyncStatus;
      const reason = isLost ? cluster.disconnected_reason : undefined;
      if (reason && reason === said) throw disconnected(cluster, address);
      said = reason;
      const whole =
        isConnected(cluster) && cluster.local_id && cluster.settings && cluster.version && !cluster.entityAsyncStatus;
      return whole ? { done: cluster } : { pending: stateOf(cluster) };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

/** Waits for a task; one that fails may be told more plainly by the cluster's own reason. */
async function carriedOut(
  context: Context,
  id: string,
  address: string,
  what: string,
  task: string | null | undefined,
): Promise<void> {
  try {
    await awaitTask(context, what, task);
  } catch (error) {
    const cluster = error instanceof TaskFailed ? await findCluster(context, id) : undefined;
    if (cluster?.disconnected_reason) throw disconnected(cluster, address, ` (task ${task} has failed)`);
    throw error;
  }
}

/** What the vendor's reasons (facts, part B 5A 11) ask a person to look at. */
const REASONS: Record<string, string> = {
  LOAD_CLUSTER_UNAUTHORIZED: "check user name and password of the cluster's connection",
  LOAD_CLUSTER_NETWORK_ERROR: "check the address, and that CloudTower reaches it",
  LOAD_CLUSTER_NOT_FOUND: "check that a cluster answers at that address",
  LOAD_CLUSTER_UNHEALTHY: "look at the cluster's health in Fisheye",
};

function disconnected({ disconnected_reason: reason }: ClusterSeen, address: string, more = ""): TaskFailed {
  const hint = REASONS[reason ?? ""] ?? "look at the cluster in CloudTower";
  return new TaskFailed(`CloudTower does not connect cluster ${address}: ${reason}${more}`, `${hint}, then up again`);
}

function logInOf(context: Context, { cluster }: Inputs): { username: string; password: string } {
  const { username = "root", password } = context.workspace.connect(cluster);
  if (password) return { username, password };
  throw new PlanConflict(
    `no password is known for connection ${cluster.name}, which CloudTower is to log in to`,
    "put it into the environment, the secret file, the stack's secrets or the plan (主机规划 M19)",
  );
}

/** Whether the plan carries another log-in than before; one from elsewhere is not in the state. */
function isOther({ cluster }: Inputs, prior: Inputs | undefined): boolean {
  if (!prior) return false;
  return cluster.username !== prior.cluster.username || cluster.password !== prior.cluster.password;
}

function isAsPlanned(cluster: ClusterSeen, { address, datacenter }: Inputs): boolean {
  const isThere = (cluster.datacenters ?? []).some(({ id }) => id === datacenter);
  return cluster.ip === address && isThere && isConnected(cluster);
}

function isConnected({ connect_state }: ClusterSeen): boolean {
  return connect_state === "CONNECTED";
}

function isRemoved({ connect_state, entityAsyncStatus }: ClusterSeen): boolean {
  return connect_state === "REMOVING" || entityAsyncStatus === "DELETING";
}

function stateOf({ connect_state, entityAsyncStatus }: ClusterSeen): string {
  return [connect_state, entityAsyncStatus].filter(Boolean).join(", ");
}

/** What it does not show, as before the first connection, is left out. */
function outputsOf({ id, local_id, name, version, settings }: ClusterSeen): Partial<z.output<typeof outputs>> {
  return {
    clusterId: id,
    clusterName: name,
    ...(local_id && { localId: local_id }),
    ...(version && { version }),
    ...(settings && { settingsId: settings.id }),
  };
}

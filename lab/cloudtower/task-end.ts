import type { Model } from "../model";
import type { LabSwitches } from "../switches";
import { endVlan, endVm } from "./cluster-change";
import { refusalOf, setReason } from "./connection";
import { endKept } from "./kept-change";
import type { LabTask, LabTower, LabTowerCluster } from "./tower-model";

const SECOND = 1_000;

/** Site time that a task waits, and that it takes as a whole: assumed, no document says how long one takes. */
export const WAITS = 2 * SECOND;
const TAKES = 20 * SECOND;
/** Site time for which entityAsyncStatus stays after its task has ended (facts, part B 5A 7; how long is assumed). */
const LAG = 5 * SECOND;

export type TaskStatus = "PENDING" | "EXECUTING" | "PAUSED" | "SUCCESSED" | "FAILED";

export function taskStatus(task: LabTask, now: number): TaskStatus {
  if (task.ended) return task.ended.status;
  if (now - task.createdAt < WAITS) return "PENDING";
  return task.outcome === "paused" ? "PAUSED" : "EXECUTING";
}

/** The tasks that end by `now`; with `instant` every task that ends at all. */
export function tasksDue(tower: LabTower, now: number, instant: boolean): LabTask[] {
  return tower.tasks.filter(
    ({ ended, outcome, createdAt }) =>
      !ended && (outcome === "well" || outcome === "fails") && (instant || now - createdAt >= TAKES),
  );
}

/** Ends a task of the model's. `isDue` says whether a moment has come for the guests. */
export function endTask(
  model: Model,
  tower: LabTower,
  id: string,
  now: number,
  switches: LabSwitches,
  isDue: (moment: number) => boolean,
): void {
  const task = tower.tasks.find((each) => each.id === id) as LabTask;
  const cluster = tower.clusters.find((each) => each.id === task.change.cluster);
  const failed = cluster ? carryOut(model, tower, task, cluster, now, switches, isDue) : true;
  task.ended = { at: now, status: failed ? "FAILED" : "SUCCESSED" };
  if (cluster?.busy && isOfCluster(task)) cluster.busy.until = now + LAG;
}

/** Whether a task is about the cluster itself, not something in it. */
export function isOfCluster({ change }: LabTask): boolean {
  return change.kind === "connect" || change.kind === "reconnect" || change.kind === "remove";
}

/** Whether it has failed. */
function carryOut(
  model: Model,
  tower: LabTower,
  task: LabTask,
  cluster: LabTowerCluster,
  now: number,
  switches: LabSwitches,
  isDue: (moment: number) => boolean,
): boolean {
  const { change } = task;
  if (change.kind === "vm" || change.kind === "vlan") {
    const standing = model.cluster;
    if (!standing) return true;
    const how = { well: task.outcome === "well", now, until: now + LAG };
    const failure =
      change.kind === "vm"
        ? endVm(standing, cluster, change, { ...how, left: switches.failedTowerVm, isDue })
        : endVlan(standing, cluster, change, how);
    if (failure) task.failure ??= failure;
    return failure !== undefined;
  }
  if (change.kind === "keep") {
    endKept(cluster.kept, change.steps, task.outcome === "well", now + LAG);
    return task.outcome === "fails";
  }
  if (change.kind === "remove") {
    if (task.outcome === "fails") {
      setReason(cluster, refusalOf(model, cluster), now);
      return true;
    }
    tower.clusters = tower.clusters.filter((each) => each !== cluster);
    return false;
  }
  if (change.kind === "reconnect") {
    if (task.outcome === "fails") return true;
    Object.assign(cluster, change.to, { datacenter: change.datacenter });
  }
  const reason = task.outcome === "fails" ? "LOAD_CLUSTER_FAILED" : refusalOf(model, cluster);
  setReason(cluster, reason, now);
  if (!reason) return false;
  task.failure ??= `the cluster ${cluster.ip} is not connected: ${reason}`;
  const { failedConnect } = switches;
  if (change.kind === "connect" && failedConnect === "task")
    tower.clusters = tower.clusters.filter((each) => each !== cluster);
  return failedConnect !== "disconnected" || task.outcome === "fails";
}

import type { Model } from "../model";
import type { LabCluster } from "../smtxos/cluster-model";
import { oneOf } from "../switch";
import { endOwned, endVm, failedTowerVm } from "./cluster-change";
import { modelsOf, refusalOf, setReason } from "./connection";
import { endVmGroups, labelVms } from "./group-change";
import { endKept } from "./kept-change";
import { endLibrary, endLibraryImage } from "./library-change";
import { carryOutPlain, endParents, removePlain } from "./plain-kept";
import {
  type LabTask,
  type LabTower,
  type LabTowerCluster,
  OWNED,
  type OwnedChange,
  type TaskChange,
} from "./tower-model";
import { siteOf, type TowerSite } from "./tower-site";

export const failedConnect = oneOf(
  "failedConnect",
  ["both", "disconnected", "task", "refused"],
  "What a connection that fails leaves: a cluster with its reason, a failed task, both, or it is refused at once.",
  "a failed connection is DISCONNECTED with a reason, a FAILED task, or both (facts, part B 5A 11); task: the cluster is gone; refused: HTTP 400 to the call itself",
);

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

/** The tasks that have ended by now, as `isDue` says of a moment; with an instant clock every task that ends at all. */
export function tasksDue({ tasks }: LabTower, isDue: (moment: number) => boolean): LabTask[] {
  return tasks.filter(
    ({ ended, outcome, createdAt }) =>
      !ended && (outcome === "well" || outcome === "fails") && isDue(createdAt + TAKES),
  );
}

/** Ends a task of CloudTower's; for a change of the site's model, which is handed in. */
export function endTask(site: TowerSite, model: Model, tower: LabTower, id: string): void {
  const { now } = site;
  const task = tower.tasks.find((each) => each.id === id) as LabTask;
  if (task.change.kind === "plain") {
    const { of, id: object, act } = task.change;
    const well = task.outcome === "well";
    if (well) carryOutPlain(tower, of, object, act);
    else if (act.does === "create") removePlain(tower, of, [object]);
    task.ended = { at: now, status: well ? "SUCCESSED" : "FAILED" };
    return;
  }
  if (task.change.kind === "label") {
    const well = task.outcome === "well" && labelVms(tower, task.change.id, task.change.to);
    task.ended = { at: now, status: well ? "SUCCESSED" : "FAILED" };
    return;
  }
  if (task.change.kind === "library" || task.change.kind === "libraryImage") {
    const how = { well: task.outcome === "well", until: now + LAG };
    const failed =
      task.change.kind === "library"
        ? endLibrary(site, model, tower, task.change, how)
        : endLibraryImage(site, model, tower, task.change, how);
    task.ended = { at: now, status: failed ? "FAILED" : "SUCCESSED" };
    return;
  }
  const cluster = tower.clusters.find((each) => each.id === task.change.cluster);
  const failed = cluster ? carryOut(site, model, tower, task, cluster) : true;
  task.ended = { at: now, status: failed ? "FAILED" : "SUCCESSED" };
  if (cluster?.busy && isOfCluster(task)) cluster.busy.until = now + LAG;
}

/** Whether a task is about the cluster itself, not something in it. */
export function isOfCluster({ change }: LabTask): boolean {
  return change.kind === "connect" || change.kind === "reconnect" || change.kind === "remove";
}

function isOwned(change: TaskChange): change is OwnedChange {
  return change.kind in OWNED;
}

/** Whether it has failed. */
function carryOut(site: TowerSite, model: Model, tower: LabTower, task: LabTask, cluster: LabTowerCluster): boolean {
  const { now } = site;
  const models = modelsOf(site);
  const { change } = task;
  if (change.kind === "vm" || isOwned(change)) {
    const there = siteOf(site, cluster);
    if (there.model.cluster?.serial !== cluster.serial) return true;
    const isDue = (moment: number) => there.isDue(moment);
    const how = { well: task.outcome === "well", now: there.now, until: now + LAG };
    let failure: string | undefined;
    const end = (standing: LabCluster) => {
      failure =
        change.kind === "vm"
          ? endVm(standing, cluster, change, { ...how, left: site.switches.of(failedTowerVm), isDue })
          : endOwned(standing, cluster, change, how);
    };
    if (there === site) end(model.cluster as LabCluster);
    else there.change((its) => end(its.cluster as LabCluster));
    if (failure === undefined && change.kind === "vm") failure = endVmGroups(tower, task.resource.id, change.act);
    if (failure) task.failure ??= failure;
    return failure !== undefined;
  }
  if (change.kind === "keep") {
    endKept(cluster.kept, change.steps, task.outcome === "well", now + LAG);
    return task.outcome === "fails";
  }
  if (change.kind === "recycleBin") {
    if (task.outcome === "well") cluster.recycleBin = change.to;
    return task.outcome === "fails";
  }
  if (change.kind === "remove") {
    if (task.outcome === "fails") {
      setReason(models, cluster, refusalOf(models, cluster), now);
      return true;
    }
    forget(tower, cluster);
    return false;
  }
  if (change.kind === "reconnect") {
    if (task.outcome === "fails") return true;
    Object.assign(cluster, change.to, { datacenter: change.datacenter });
  }
  const reason = task.outcome === "fails" ? "LOAD_CLUSTER_FAILED" : refusalOf(models, cluster);
  setReason(models, cluster, reason, now);
  if (!reason) return false;
  task.failure ??= `the cluster ${cluster.ip} is not connected: ${reason}`;
  const left = site.switches.of(failedConnect);
  if (change.kind === "connect" && left === "task") forget(tower, cluster);
  return left !== "disconnected" || task.outcome === "fails";
}

/** With the plain objects that go with it; all else of a cluster is its own. */
function forget(tower: LabTower, cluster: LabTowerCluster): void {
  tower.clusters = tower.clusters.filter((each) => each !== cluster);
  endParents(tower, "Cluster", [cluster.id]);
}

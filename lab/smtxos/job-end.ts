import type { LabCluster, LabJob, LabVds } from "./cluster-model";

const SECOND = 1_000;

/** Site time that a job waits, and that it takes as a whole: assumed, no document says how long one takes. */
const WAITS = 5 * SECOND;
const TAKES = 30 * SECOND;

/** Site time after which lists show what the samples show too early: hosts_associated and vlans_count. Assumed. */
export const SETTLES = 20 * SECOND;

export type JobState = "pending" | "processing" | "done" | "failed";

/** States of a job: facts, part B 5B 5. */
export function jobState({ openJobs }: LabCluster, job: LabJob, now: number): JobState {
  if (!openJobs.includes(job.id)) return job.outcome === "fails" ? "failed" : "done";
  return now - job.startedAt < WAITS ? "pending" : "processing";
}

/** Ids of the jobs that end by `now`; with `instant` every job that ends at all. */
export function jobsDue({ openJobs, jobs }: LabCluster, now: number, instant: boolean): string[] {
  return openJobs.filter((id) => {
    const job = jobs[id] as LabJob;
    return job.outcome !== "never-ends" && (instant || now - job.startedAt >= TAKES);
  });
}

/** Ends a job. `keepFailed`: a switch whose making failed stays as it is. */
export function endJob(cluster: LabCluster, id: string, keepFailed: boolean): void {
  const job = cluster.jobs[id] as LabJob;
  cluster.openJobs = cluster.openJobs.filter((each) => each !== id);
  if (job.outcome === "well") carryOut(cluster, job);
  else if (job.change.kind === "createVds" && !keepFailed) remove(cluster, job.change.uuid);
}

function carryOut(cluster: LabCluster, { change, startedAt }: LabJob): void {
  switch (change.kind) {
    case "setVip":
      cluster.managementVip = change.management;
      cluster.iscsiVip = change.iscsi;
      return;
    case "setDns":
      cluster.dns = change.servers;
      return;
    case "setNtp":
      cluster.ntp = change.ntp;
      return;
    case "createVds":
      Object.assign(vdsOf(cluster, change.uuid) ?? {}, { settledAt: startedAt + TAKES + SETTLES });
      return;
    case "updateVds":
      Object.assign(vdsOf(cluster, change.uuid) ?? {}, change.to);
      return;
    case "deleteVds":
      remove(cluster, change.uuid);
  }
}

function vdsOf(cluster: LabCluster, uuid: string): LabVds | undefined {
  return cluster.vdses.find((each) => each.uuid === uuid);
}

function remove(cluster: LabCluster, uuid: string): void {
  cluster.vdses = cluster.vdses.filter((each) => each.uuid !== uuid);
}

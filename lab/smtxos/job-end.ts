import { oneOf } from "../switch";
import type { JobChange, LabCluster, LabJob, LabVds, LabVm } from "./cluster-model";
import { startedNow, stoppedNow } from "./power";

export const failedVds = oneOf(
  "failedVds",
  ["nothing", "left"],
  "What a job that makes a switch leaves when it fails.",
  "what remains after a failed creation (facts, section 6). left: the switch, without hosts, for ever",
);

export const failedVm = oneOf(
  "failedVm",
  ["nothing", "left"],
  "What a job that makes a virtual machine leaves when it fails.",
  "what remains after a failed creation (facts, section 6). left: the machine, stopped, and its volumes",
);

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

/** What a job whose making failed leaves as it is. */
export interface KeepFailed {
  vds: boolean;
  vm: boolean;
}

/** Ends a job. `isDue` says whether a moment has come for the guests. */
export function endJob(cluster: LabCluster, id: string, keep: KeepFailed, isDue: (moment: number) => boolean): void {
  const job = cluster.jobs[id] as LabJob;
  cluster.openJobs = cluster.openJobs.filter((each) => each !== id);
  const { change } = job;
  if (job.outcome === "well") carryOut(cluster, job, isDue);
  else if (change.kind === "createVds" && !keep.vds) remove(cluster, change.uuid);
  else if (change.kind === "createVm" && !keep.vm) removeVm(cluster, change.uuid, true);
}

function carryOut(cluster: LabCluster, { change, startedAt }: LabJob, isDue: (moment: number) => boolean): void {
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
      return;
    case "createVm":
    case "powerVm":
      power(cluster, change, startedAt + TAKES, isDue);
      return;
    case "updateVm":
      Object.assign(vmOf(cluster, change.uuid) ?? {}, change.to);
      return;
    case "deleteVm":
      removeVm(cluster, change.uuid, change.volumes);
  }
}

function power(
  cluster: LabCluster,
  { uuid, status }: Extract<JobChange, { kind: "createVm" | "powerVm" }>,
  moment: number,
  isDue: (moment: number) => boolean,
): void {
  const vm = vmOf(cluster, uuid);
  if (vm) Object.assign(vm, status === "running" ? startedNow(moment) : stoppedNow(vm, isDue));
}

function vmOf(cluster: LabCluster, uuid: string): LabVm | undefined {
  return cluster.vms.find((each) => each.uuid === uuid);
}

function removeVm(cluster: LabCluster, uuid: string, volumes: boolean): void {
  const disks = vmOf(cluster, uuid)?.disks.map(({ volume }) => volume) ?? [];
  cluster.vms = cluster.vms.filter((each) => each.uuid !== uuid);
  delete cluster.guests[uuid];
  if (volumes) cluster.volumes = cluster.volumes.filter((volume) => !disks.includes(volume.uuid));
}

function vdsOf(cluster: LabCluster, uuid: string): LabVds | undefined {
  return cluster.vdses.find((each) => each.uuid === uuid);
}

function remove(cluster: LabCluster, uuid: string): void {
  cluster.vdses = cluster.vdses.filter((each) => each.uuid !== uuid);
  cluster.vlans = cluster.vlans.filter(({ vds }) => vds !== uuid);
}

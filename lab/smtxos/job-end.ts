import type { SiteState } from "../site-state";
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

/** Ends the jobs whose time has come. */
export function endJobs(site: SiteState): void {
  const { cluster } = site.model;
  const due = (cluster?.openJobs ?? []).filter((id) => {
    const job = cluster?.jobs[id] as LabJob;
    return job.outcome !== "never-ends" && site.isDue(job.startedAt + TAKES);
  });
  if (due.length === 0) return;
  const { switches } = site;
  const keep = { vds: switches.of(failedVds) === "left", vm: switches.of(failedVm) === "left" };
  site.change((model) => {
    for (const id of due) endJob(model.cluster as LabCluster, id, keep, (moment) => site.isDue(moment));
  });
}

/** What a job whose making failed leaves as it is. */
interface KeepFailed {
  vds: boolean;
  vm: boolean;
}

/** Ends a job. `isDue` says whether a moment has come for the guests. */
function endJob(cluster: LabCluster, id: string, keep: KeepFailed, isDue: (moment: number) => boolean): void {
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

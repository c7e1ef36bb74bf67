import type { LabCluster, LabVm } from "../smtxos/cluster-model";
import { nextLun } from "../smtxos/luns";
import { drivesChanged, startedNow, stoppedNow } from "../smtxos/power";
import { oneOf, type ValueOf } from "../switch";
import {
  type LabOwn,
  type LabOwned,
  type LabTowerCluster,
  OWNED,
  type OwnedChange,
  type OwnedKind,
  type TaskChange,
  type VmAct,
} from "./tower-model";

export const failedTowerVm = oneOf(
  "failedTowerVm",
  ["nothing", "volumes", "placeholder"],
  "What a task of CloudTower's that makes a virtual machine leaves when it fails.",
  "what remains after a FAILED create-vm (facts, section 6; a public client clears up, and found volumes). placeholder: the row, until it is deleted",
);

interface Ending {
  /** The task ends well, as far as it depends on CloudTower. */
  well: boolean;
  /** Site time. */
  now: number;
  /** Site time until which the object is shown as busy. */
  until: number;
}

interface VmEnding extends Ending {
  /** What a creation that fails leaves. */
  left: ValueOf<typeof failedTowerVm>;
  isDue: (moment: number) => boolean;
}

/** What a status that is shown while an object is changed says of each change. */
export const BUSY = {
  create: "CREATING",
  update: "UPDATING",
  power: "UPDATING",
  restart: "UPDATING",
  recycle: "UPDATING",
  recover: "UPDATING",
  delete: "DELETING",
} as const;

/** Ends a task on a machine of the cluster; what went wrong, if anything. */
export function endVm(
  standing: LabCluster,
  { own }: LabTowerCluster,
  { uuid, act }: Extract<TaskChange, { kind: "vm" }>,
  how: VmEnding,
): string | undefined {
  const busy = own.busy[uuid];
  if (busy) busy.until = how.until;
  if (act.does === "create") return endCreation(standing, own, uuid, act, how);
  if (!how.well) return "";
  if (act.does === "delete" && own.newVms.some((each) => each.vm.uuid === uuid)) {
    own.newVms = own.newVms.filter((each) => each.vm.uuid !== uuid);
    return undefined;
  }
  const vm = standing.vms.find((each) => each.uuid === uuid);
  if (!vm) return `virtual machine ${uuid} is not found`;
  own.changes[uuid] = (own.changes[uuid] ?? 0) + 1;
  changeVm(standing, own, vm, act, how);
  return undefined;
}

/** A machine and its disks stand in the cluster once the task that makes them has ended well. */
function endCreation(
  standing: LabCluster,
  own: LabOwn,
  uuid: string,
  { status, host }: Extract<VmAct, { does: "create" }>,
  { well, now, left }: VmEnding,
): string | undefined {
  const made = own.newVms.find(({ vm }) => vm.uuid === uuid);
  if (!made) return `virtual machine ${uuid} is not found`;
  if (well || left !== "placeholder") own.newVms = own.newVms.filter((each) => each !== made);
  if (well || left === "volumes") standing.volumes.push(...made.volumes);
  if (!well) return "";
  for (const disk of made.vm.disks) if (disk.lun === 0) disk.lun = nextLun(standing);
  standing.vms.push({ ...made.vm, ...(status === "running" && { ...startedNow(now), ...(host && { host }) }) });
  return undefined;
}

function changeVm(
  standing: LabCluster,
  own: LabOwn,
  vm: LabVm,
  act: Exclude<VmAct, { does: "create" }>,
  { now, isDue }: VmEnding,
): void {
  switch (act.does) {
    case "update":
      standing.volumes.push(...act.newVolumes);
      standing.volumes = standing.volumes.filter(({ uuid }) => !act.goneVolumes?.includes(uuid));
      for (const volume of standing.volumes) volume.size = act.volumeSizes?.[volume.uuid] ?? volume.size;
      Object.assign(vm, act.to.cdroms && drivesChanged(vm, now, isDue), act.to);
      for (const disk of vm.disks) if (disk.lun === 0) disk.lun = nextLun(standing);
      return;
    case "power":
      Object.assign(vm, poweredNow(vm, act.status, now, isDue), act.host && { host: act.host });
      return;
    case "restart":
      Object.assign(vm, stoppedNow(vm, isDue), startedNow(now));
      return;
    case "recycle":
      own.recycled[vm.uuid] = now;
      return;
    case "recover":
      delete own.recycled[vm.uuid];
      return;
    case "delete": {
      const disks = vm.disks.map(({ volume }) => volume);
      standing.vms = standing.vms.filter((each) => each !== vm);
      if (act.volumes) standing.volumes = standing.volumes.filter((volume) => !disks.includes(volume.uuid));
    }
  }
}

/** What a machine becomes by a change of its power; the guest of one that was suspended goes on where it was. */
function poweredNow(vm: LabVm, to: LabVm["status"], now: number, isDue: VmEnding["isDue"]): Partial<LabVm> {
  if (to === "stopped") return { ...stoppedNow(vm, isDue), stoppedAt: now };
  return to === "suspended" || vm.status === "suspended" ? { status: to } : startedNow(now);
}

/** Ends a task on an object of the cluster's own; what went wrong, if anything. */
export function endOwned<Kind extends OwnedKind>(
  standing: LabCluster,
  { own }: LabTowerCluster,
  { kind, uuid, act }: OwnedChange<Kind>,
  { well, until }: Ending,
): string | undefined {
  const { list, making } = OWNED[kind];
  const lists = standing as unknown as Record<typeof list, LabOwned[Kind][] | undefined>;
  const made = own as unknown as Record<typeof making, LabOwned[Kind][] | undefined>;
  const busy = own.busy[uuid];
  if (busy) busy.until = until;
  if (act.does === "create") {
    const object = made[making]?.find((each) => each.uuid === uuid);
    made[making] = made[making]?.filter((each) => each !== object) ?? [];
    if (object && well) lists[list] = [...(lists[list] ?? []), object];
    return object && well ? undefined : "";
  }
  if (!well) return "";
  const object = lists[list]?.find((each) => each.uuid === uuid);
  if (!object) return `${kind} ${uuid} is not found`;
  if (act.does === "update") Object.assign(object, act.to);
  else lists[list] = lists[list]?.filter((each) => each !== object);
  return undefined;
}

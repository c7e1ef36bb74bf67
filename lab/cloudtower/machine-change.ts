import type { Answer, Call } from "../operation";
import type { SiteState } from "../site-state";
import type { LabVm, LabVolume } from "../smtxos/cluster-model";
import { BUSY } from "./cluster-change";
import { found } from "./found";
import { connected } from "./keep";
import { locked, Refused } from "./rest";
import { diskIndex, nicIndex, type Shown, vmId, vmsById } from "./shown-vms";
import { asyncStatus } from "./standing";
import { startTask } from "./start-task";
import type { LabTower, VmAct, VmUpdate } from "./tower-model";
import { vmRow } from "./vm-rows";

/** Where it stands that a machine takes one change at a time. */
export const LOCKS =
  "cloudtower-api-faq, ResourceLockedError: a second change while the first runs is 400 with the code ResourceLocked";

/** Does something with each machine that a condition finds, none of them locked. */
export function onVms(site: SiteState, tower: LabTower, where: object, each: (machine: Shown) => unknown): Answer {
  const all = vmsById(site, tower);
  const machines = found(site, tower, "Vm", where).map(({ id }) => unlocked(site, all, id));
  return { status: 200, body: machines.map(each) };
}

/** The machines whose disks or NICs a condition finds, none of them locked, and where in each those stand. */
export function vmsOfParts(
  site: SiteState,
  tower: LabTower,
  kind: "VmDisk" | "VmNic",
  where: object,
): { machine: Shown; indices: number[] }[] {
  const all = vmsById(site, tower);
  const indexOf = kind === "VmDisk" ? diskIndex : nicIndex;
  const byVm = new Map<string, string[]>();
  for (const row of found(site, tower, kind, where)) {
    const vm = (row["vm"] as { id: string }).id;
    byVm.set(vm, [...(byVm.get(vm) ?? []), row.id]);
  }
  return [...byVm].map(([vm, ids]) => {
    const machine = unlocked(site, all, vm);
    checkMade(machine.vm, machine.isNew);
    return { machine, indices: ids.map((id) => indexOf(site, machine, id)) };
  });
}

/** A machine of a connected cluster. Refused while it is locked. */
export function unlocked(site: SiteState, all: Map<string, Shown>, id: string): Shown {
  const shown = all.get(id);
  if (!shown) throw new Refused(404, `virtual machine ${id} is not found`);
  connected(shown.cluster);
  // Anything but null says that it is being changed (cloudtower-api-faq, ResourceLockedError).
  if (asyncStatus(site, shown.cluster.own.busy[shown.vm.uuid]) !== null) throw locked("VM", id);
  return shown;
}

/** What of a machine is not changed while it is suspended. */
const PARTS = ["disks", "cdroms", "nics", "limits"];

/** Starts the task of a change; `fails`: how it ends. */
export function changeVm(
  site: SiteState,
  tower: LabTower,
  call: Call,
  shown: Shown,
  mutation: string,
  act: VmAct,
  fails?: ReturnType<typeof failing>,
) {
  const { cluster, vm } = shown;
  if (vm.status === "suspended" && act.does === "update" && PARTS.some((part) => part in act.to))
    throw new Refused(400, `virtual machine ${vm.name} is suspended`);
  const id = vmId(site, cluster, vm.uuid);
  const task_id = startTask(
    site,
    tower,
    call,
    {
      description: `${mutation.replace(/([A-Z])/g, " $1").replace(/^./, (letter) => letter.toUpperCase())} ${vm.name}`,
      mutation,
      resource: { type: "Vm", id },
      args: {},
      change: { kind: "vm", cluster: cluster.id, uuid: vm.uuid, act },
    },
    (changed) => {
      const own = changed.clusters.find((one) => one.id === cluster.id)?.own;
      if (own) own.busy[vm.uuid] = { status: BUSY[act.does] };
    },
    fails,
  );
  return { task_id, data: vmRow(site, tower, shown) };
}

/** What a task changes of a machine, and the volumes that it makes for it. */
export function updated(to: VmUpdate["to"], newVolumes: LabVolume[] = []): VmUpdate {
  return { does: "update", to, newVolumes };
}

/** Refused for a machine whose creation has not ended. */
export function checkMade(vm: LabVm, isNew: boolean): void {
  if (isNew) throw new Refused(400, `virtual machine ${vm.name} has not been made`);
}

/** How a task fails. */
export function failing(ec: string, failure: string): { outcome: "fails"; failure: string; ec: string } {
  return { outcome: "fails", failure, ec };
}

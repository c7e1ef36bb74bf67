import type { Model } from "../model";
import { appendTo, type LabProcess, type LabSystem } from "../shell/system";
import type { LabCluster, LabVm } from "../smtxos/cluster-model";
import { BOOTS, guestTools, toolsRunIn } from "../smtxos/power";
import type { SwitchStates } from "../switch";
import { courseOf, nextMomentOf } from "./course";
import { type LabGuest, newGuest } from "./guest-model";

/** What the guests, and the hosts' own systems, are looked at with. */
export interface GuestLook {
  model: Readonly<Model>;
  now: number;
  isDue(moment: number): boolean;
  switches: SwitchStates;
  /** CloudTower's planned address. */
  address: string | undefined;
  /** An installer has ended well in the guest of a machine. */
  installed(model: Model, vm: string): void;
}

/**
 * What has happened in guests, and to CloudTower with them, and on hosts, as a change to the model; undefined: nothing.
 *
 * A machine is CloudTower's when its guest has the plan's `cloudtower.address` (set by its tools, runbook stage 04
 * 通过vmtools配置cloudtower网络): what an image installs the lab cannot know, it keeps no bytes of it.
 */
export function guestChange(look: GuestLook): ((model: Model) => void) | undefined {
  const { hosts, cluster, cloudtower } = look.model;
  const onHosts = hosts.some(({ system }) => system?.processes.some((each) => moves(look, each)));
  const moved = cluster?.vms.some((vm) => changed(look, vm, cluster.guests[vm.uuid]));
  const gone = cluster && cloudtower?.vm !== undefined && !cluster.vms.some(({ uuid }) => uuid === cloudtower.vm);
  if (!onHosts && !moved && !gone) return undefined;
  return (model) => {
    for (const { system } of model.hosts)
      for (const process of system?.processes ?? []) advanceProcess(look, system as LabSystem, process);
    // The tower's data lie on the machine's disk.
    if (gone) delete model.cloudtower;
    for (const vm of model.cluster?.vms ?? []) advanceGuest(look, model, model.cluster as LabCluster, vm);
  };
}

function changed(look: GuestLook, vm: LabVm, guest: LabGuest | undefined): boolean {
  if (answers(look, vm) !== (guest?.up ?? false)) return true;
  if (!guest?.up) return false;
  return guest.boot !== vm.startedAt || guest.processes.some((each) => moves(look, each));
}

function moves({ isDue }: GuestLook, process: LabProcess): boolean {
  const moment = nextMomentOf(process);
  return moment !== undefined && isDue(moment);
}

function answers({ isDue, switches, address }: GuestLook, vm: LabVm): boolean {
  const has = vm.nics.some((nic) => nic.link === "up" && nic.address?.ip === address);
  return address !== undefined && has && switches.of(guestTools) === "installed" && toolsRunIn(vm, isDue);
}

function advanceGuest(look: GuestLook, model: Model, cluster: LabCluster, vm: LabVm): void {
  const known = cluster.guests[vm.uuid];
  const boot = vm.startedAt ?? 0;
  if (!answers(look, vm)) {
    if (known?.up) Object.assign(known, { up: false, processes: [] });
    return;
  }
  const guest = known ?? newGuest(boot, vm.uuid.replaceAll("-", ""));
  cluster.guests[vm.uuid] = guest;
  if (!guest.up || guest.boot !== boot) Object.assign(guest, { up: true, boot, processes: [] });
  for (const process of guest.processes) {
    if (!advanceProcess(look, guest, process)) continue;
    if (process.program === "preinstall") guest.prepared = true;
    if (process.program === "installer") look.installed(model, vm.uuid);
  }
}

/** Brings a program to this moment. Returns whether it has ended well just now. */
function advanceProcess(look: GuestLook, system: LabSystem, process: LabProcess): boolean {
  if (process.ended !== undefined) return false;
  const { lines, ends } = courseOf(process);
  const due = ({ after }: { after: number }) => look.isDue(process.startedAt + after);
  for (const line of lines.slice(process.written)) {
    if (!due(line)) return false;
    process.written += 1;
    if (process.output !== undefined) appendTo(system, process.output, `${line.text}\n`);
  }
  if (!ends || !due(ends)) return false;
  process.ended = ends.code;
  return ends.code === 0;
}

/** The next site time at which something happens in a guest though nobody looks: one boots, or a program goes on. */
export function nextGuestMoment({ model: { hosts, cluster }, now, address }: GuestLook): number | undefined {
  const onHosts = hosts.flatMap(({ system }) => system?.processes ?? []).flatMap((each) => nextMomentOf(each) ?? []);
  const inGuests = (address === undefined ? [] : (cluster?.vms ?? [])).flatMap((vm) => {
    const guest = cluster?.guests[vm.uuid];
    if (guest?.up) return guest.processes.flatMap((process) => nextMomentOf(process) ?? []);
    const boots = vm.installed && vm.status === "running" && vm.nics.some((nic) => nic.address?.ip === address);
    return boots && vm.startedAt !== undefined ? [vm.startedAt + BOOTS] : [];
  });
  const later = [...onHosts, ...inGuests].filter((moment) => moment > now);
  return later.length > 0 ? Math.min(...later) : undefined;
}

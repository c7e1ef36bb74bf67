import { putTower } from "../cloudtower/new-tower";
import type { Model } from "../model";
import { appendTo, type LabProcess, type LabSystem } from "../shell/system";
import type { SiteState } from "../site-state";
import type { LabCluster, LabVm } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { BOOTS } from "../smtxos/power";
import { courseOf, nextMomentOf } from "./course";
import { type LabGuest, newGuest } from "./guest-model";

/** Brings guests, and hosts' own systems, to this moment. */
export function advanceGuests(site: SiteState): void {
  const change = guestChange(site);
  if (change) site.change(change);
}

/** Looks at the guests when something is due there, for clients that ask for nothing but an open port. Ends when it is aborted. */
export async function watchGuests(site: SiteState, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    advanceGuests(site);
    await site.until(nextGuestMoment(site) ?? Number.POSITIVE_INFINITY, signal).catch(() => {});
  }
}

/** CloudTower's planned address. */
function plannedAddress({ options }: SiteState): string | undefined {
  return options.plan.cloudtower?.address;
}

/**
 * What has happened in guests, and to CloudTower with them, and on hosts, as a change to the model; undefined: nothing.
 *
 * A machine is CloudTower's when its guest has the plan's `cloudtower.address` (set by its tools, runbook stage 04
 * 通过vmtools配置cloudtower网络): what an image installs the lab cannot know, it keeps no bytes of it.
 */
function guestChange(site: SiteState): ((model: Model) => void) | undefined {
  const { hosts, cluster, cloudtower } = site.model;
  const onHosts = hosts.some(({ system }) => system?.processes.some((each) => moves(site, each)));
  const moved = cluster?.vms.some((vm) => changed(site, vm, cluster.guests[vm.uuid]));
  const gone = cluster && cloudtower?.vm !== undefined && !cluster.vms.some(({ uuid }) => uuid === cloudtower.vm);
  if (!onHosts && !moved && !gone) return undefined;
  return (model) => {
    for (const { system } of model.hosts)
      for (const process of system?.processes ?? []) advanceProcess(site, system as LabSystem, process);
    // The tower's data lie on the machine's disk.
    if (gone) delete model.cloudtower;
    for (const vm of model.cluster?.vms ?? []) advanceGuest(site, model, model.cluster as LabCluster, vm);
  };
}

function changed(site: SiteState, vm: LabVm, guest: LabGuest | undefined): boolean {
  if (answers(site, vm) !== (guest?.up ?? false)) return true;
  if (!guest?.up) return false;
  return guest.boot !== vm.startedAt || guest.processes.some((each) => moves(site, each));
}

function moves(site: SiteState, process: LabProcess): boolean {
  const moment = nextMomentOf(process);
  return moment !== undefined && site.isDue(moment);
}

function answers(site: SiteState, vm: LabVm): boolean {
  const address = plannedAddress(site);
  const has = vm.nics.some((nic) => nic.link === "up" && nic.address?.ip === address);
  return address !== undefined && has && toolsRun(site, vm);
}

function advanceGuest(site: SiteState, model: Model, cluster: LabCluster, vm: LabVm): void {
  const known = cluster.guests[vm.uuid];
  const boot = vm.startedAt ?? 0;
  if (!answers(site, vm)) {
    if (known?.up) Object.assign(known, { up: false, processes: [] });
    return;
  }
  const guest = known ?? newGuest(boot, vm.uuid.replaceAll("-", ""));
  cluster.guests[vm.uuid] = guest;
  if (!guest.up || guest.boot !== boot) Object.assign(guest, { up: true, boot, processes: [] });
  for (const process of guest.processes) {
    if (!advanceProcess(site, guest, process)) continue;
    if (process.program === "preinstall") guest.prepared = true;
    if (process.program === "installer") putTower(site, model, vm.uuid);
  }
}

/** Brings a program to this moment. Returns whether it has ended well just now. */
function advanceProcess(site: SiteState, system: LabSystem, process: LabProcess): boolean {
  if (process.ended !== undefined) return false;
  const { lines, ends } = courseOf(process);
  const due = ({ after }: { after: number }) => site.isDue(process.startedAt + after);
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
function nextGuestMoment(site: SiteState): number | undefined {
  const { hosts, cluster } = site.model;
  const address = plannedAddress(site);
  const onHosts = hosts.flatMap(({ system }) => system?.processes ?? []).flatMap((each) => nextMomentOf(each) ?? []);
  const inGuests = (address === undefined ? [] : (cluster?.vms ?? [])).flatMap((vm) => {
    const guest = cluster?.guests[vm.uuid];
    if (guest?.up) return guest.processes.flatMap((process) => nextMomentOf(process) ?? []);
    const boots = vm.installed && vm.status === "running" && vm.nics.some((nic) => nic.address?.ip === address);
    return boots && vm.startedAt !== undefined ? [vm.startedAt + BOOTS] : [];
  });
  const later = [...onHosts, ...inGuests].filter((moment) => moment > site.now);
  return later.length > 0 ? Math.min(...later) : undefined;
}

import { defineResource } from "../kernel/define";
import { PlanConflict, TaskFailed } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { type Context, Discarded, type Found } from "../kernel/resource";
import { type Failure, sameField } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { seenLimits } from "./io-limits";
import { inNeedOfRoom } from "./room";
import { byName } from "./rows";
import { untilShown } from "./settle";
import { refuseTooOld } from "./since";
import { createTowerObject } from "./tower-object";
import { syncBasics } from "./vm-basics";
import { seenCdRoms, syncCdRoms } from "./vm-cd-roms";
import { VmChange } from "./vm-change";
import { ADVANCED, creationOf, FIRMWARE } from "./vm-creation";
import { deleteVm } from "./vm-deletion";
import {
  begunDisks,
  isMadeFor,
  type KnownDisks,
  knownDisks,
  madeIn,
  matchedDisks,
  noteDisks,
  noteSource,
  refusedDisks,
  refuseStrangeDisks,
  seenDisks,
  syncDisks,
} from "./vm-disks";
import { seenLabels, syncFolder, syncLabels, syncPlacementGroup } from "./vm-groups";
import { seenGuest, syncGuest, syncPassword } from "./vm-guest";
import { isCopy, type VmInputs, type VmOutputs, vmInputs, vmOutputs } from "./vm-inputs";
import { syncIoPolicy } from "./vm-io-policy";
import { isKnown, isMarked, markOn, unmarked } from "./vm-mark";
import {
  givenAddresses,
  matchedNics,
  refusedNics,
  refuseStrangeNics,
  seenNics,
  syncAddresses,
  syncNics,
  untilToolsRun,
} from "./vm-nics";
import { begunWith, noteMade, noteStart, refuseOtherOrigin } from "./vm-origin";
import { syncOwner } from "./vm-owner";
import { sinceRollback } from "./vm-renewed";
import { refusedRollback, syncRollback } from "./vm-rollback";
import { isPlaceholder, named, readVm, type SeenDisk, type SeenVm, settledVm, vms } from "./vm-seen";
import { isAddressedByCloudInit, refusedSources } from "./vm-source";

type Disk = NonNullable<VmInputs["disks"]>[number];

/** What CloudTower knows of a machine beside its hardware, and changes also while it is suspended. */
const BESIDE = ["name", "description", "folder", "labels", "placementGroup", "ha", "haPriority", "status"];

/** Vendor milliseconds between two looks at a machine whose addresses are waited for. */
const LOOK = 2_000;

/** A virtual machine of a cluster that CloudTower manages. */
export const Vm = defineResource({
  type: "cloudtower:Vm",
  sort: "object",
  doc: "A virtual machine of a cluster that CloudTower manages, blank or to be installed from an ISO image, or made from a template, from another machine or from a snapshot, with its disks, CD-ROMs and NICs, by `POST /v2/api/create-vm`, `create-vm-from-template`, `create-vm-from-content-library-template`, `clone-vm` or `rebuild-vm-from-snapshot` (the vendor's schema and cloudtower-api-faq). One that is made from something is made stopped, brought to the plan, and then started: with a larger disk, with more of them, and with what cloud-init is to be given. Known by its name in its cluster, and by the mark of its stack behind its description; machines of CloudTower's own and those in the recycle bin are never taken for it. A change of `cluster` deletes it and makes another; every other change is made in place, one after another, or refused at preview with the way out. A disk is known by its name in the plan and the volume that the state has for it, a NIC by its hardware address, whatever ids CloudTower gives them. To drop a disk from the plan takes it out, and leaves its volume unless `deleteVolumes` says otherwise; another name is another disk. Volumes that were not made with the machine are never deleted with it. One that is half made, and that the plan has made from something else by now (source, `cloudInit`), is made anew, unless it may have run: then it is refused. A machine that is taken over (`adopt`) gets the plan's CD-ROMs, and the mark with the first change of its description, name, CPUs, memory or ha; one with disks or NICs that the plan does not have is refused. It is shut down before it is deleted, and goes into the recycle bin where its cluster has one, with the volumes made for it.",
  inputs: vmInputs,
  outputs: vmOutputs,
  example: {
    args: {
      cluster: output(ClusterConnection, "clusterId"),
      name: "web-01",
      vcpu: 2,
      memory: "4 GiB",
      disks: [{ name: "web-01-system", size: "40 GiB" }],
      nics: [{ vlan: "default" }],
      status: "STOPPED",
    },
    changed: {
      name: "web-02",
      memory: "8 GiB",
      disks: [{ name: "web-01-system", size: "60 GiB" }],
    },
  },
  key: ({ name }) => name,
  parents: ["cluster"],
  bearsMark: true,
  madeFrom: begunWith,
  timeouts: { create: 60 * 60_000, update: 60 * 60_000, delete: 30 * 60_000 },
  refuses: refusals,

  async find(context, { cluster, name }) {
    const rows = (await byName(context, vms, { cluster: { id: cluster } })(name)) ?? [];
    const usual = rows.filter(({ vm_usage, internal }) => !vm_usage && !internal);
    const standing = usual.filter(({ in_recycle_bin }) => !in_recycle_bin);
    const [binned] = usual.filter(({ in_recycle_bin }) => in_recycle_bin);
    if (standing.length === 0 && binned)
      throw new PlanConflict(
        `a machine ${name} (id ${binned.id}) lies in the recycle bin of the cluster on ${context.connection.name}`,
        "take it out there (/recover-vm-from-recycle) or delete it for good, or choose another name",
      );
    // All that this resource makes bears its mark from the first moment; what was taken over the journal knows by its id.
    return standing.map(({ id, description }): Found => {
      const mark = markOn(description ?? "", context);
      return isKnown(context, id) ? { id, stack: mark.stack } : { id, ...mark };
    });
  },

  async create(context, wanted) {
    const { name } = wanted;
    await refuseTooOld(context, wanted, `machine ${name}`);
    context.progress(`making machine ${name}`);
    const make = async () => {
      const { path, body } = await creationOf(context, wanted);
      noteMade(context);
      const id = await createTowerObject(context, `machine ${name}`, path, [body]);
      if (isCopy(wanted)) await noteSource(context, id, wanted.cluster);
      return id;
    };
    return inNeedOfRoom(make, (error) => clearedUp(context, wanted, error));
  },

  async sync(context, id, wanted, prior) {
    await refuseTooOld(context, wanted, `machine ${wanted.name}`);
    const change = new VmChange(context, wanted, await settledVm(context, id, wanted));
    if (isPlaceholder(change.seen.row)) {
      await change.writeLast("remove what a creation has left", pathTo`/delete-vm`);
      throw new Discarded(new TaskFailed(`making machine ${wanted.name} has failed: the cluster never had it`));
    }
    // What was taken over was made by somebody else, whatever the plan has it made from.
    const isOwn = isMarked(change.seen.row.description ?? "", context);
    const begun: KnownDisks = isOwn ? begunDisks(context, wanted) : {};
    let known = prior ? sinceRollback(context, change.seen, prior) : begun;
    if (!prior && isOwn) noteStart(change);
    change.assertPower();
    if (!prior && isOwn) await refuseOtherOrigin(change);
    refuseStrangeDisks(change, known);
    if (isOwn) noteDisks(change, known);
    if (!prior && !isOwn) refuseStrangeNics(change);
    const cannot = refusals({ ...wanted, ...seenInputs(context, change.seen, wanted, known) }, wanted);
    if (cannot.length > 0)
      throw new PlanConflict(
        `machine ${wanted.name} (id ${id}) is not as planned: ${cannot.map(({ property, reason }) => `${property}: ${reason}`).join("; ")}`,
      );
    const rolledBack = await syncRollback(change, prior);
    if (rolledBack) {
      known = rolledBack;
      // With what the machine had at the time of the snapshot, and the plan has no more.
      refuseStrangeDisks(change, known);
    }
    const left = rolledBack ?? prior;
    const isAtRest = change.seen.row.status === wanted.status && wanted.status === "SUSPENDED";
    if (wanted.status === "STOPPED") await change.stopAsPlanned();
    else if (!isAtRest || differing(context, change.seen, wanted, known).some(({ field }) => !BESIDE.includes(field)))
      await change.resume();
    await syncBasics(change, rolledBack !== undefined);
    await syncFolder(change);
    await syncLabels(change);
    await syncOwner(change, prior);
    await syncPlacementGroup(change);
    const added = await syncDisks(change, known);
    if (isOwn) noteDisks(change, known);
    await syncIoPolicy(change, known);
    await syncCdRoms(change);
    await syncNics(change);
    if (isOwn) noteStart(change, wanted.status !== "STOPPED");
    if (wanted.status !== "STOPPED" && change.seen.row.status !== "SUSPENDED")
      await change.start(await hostOf(context, wanted));
    const isAddressed = !prior && isOwn && (await isAddressedByCloudInit(context, wanted));
    const given = isAddressed ? givenAddresses(wanted.nics) : await syncAddresses(change, left?.givenAddresses ?? []);
    await syncGuest(change, left);
    const hasGivenPassword = await syncPassword(change, left);
    await untilReady(change);
    if (wanted.status === "SUSPENDED") await change.suspend();
    const shown = isAddressed ? withoutAddresses(wanted) : wanted;
    await untilShown(context, `machine ${wanted.name} as it is planned`, async () => {
      await change.look();
      const others = differing(context, change.seen, shown, known);
      return others.map(({ field, value }) => `${field} ${JSON.stringify(value)}`).join(", ") || undefined;
    });
    // In a creation, and in what is taken over, the plan's own volumes are the machine's.
    const isMade = (disk: Disk | undefined, stands: SeenDisk) => {
      if (left?.madeVolumeIds.includes(stands.volume.id)) return true;
      if (!disk) return !prior && isOwn && isCopy(wanted);
      return (!prior || added.includes(disk.name)) && isMadeFor(disk, stands);
    };
    return { ...outputsOf(change.seen, wanted, known, isMade), givenAddresses: given, hasGivenPassword };
  },

  async read(context, id, prior) {
    const seen = await readVm(context, id, prior.cluster);
    if (!seen) return undefined;
    const known = knownDisks(context, seen, prior);
    const { volumeIds } = seenDisks(seen, prior.disks ?? [], known);
    // Of one that was never brought to the plan, and is somebody else's, nothing was made for this stack.
    const isOwn = context.inState || isMarked(seen.row.description ?? "", context);
    // A disk that was taken out by hand is to come back with what is on it, so that its volume is not forgotten.
    const madeVolumeIds = isOwn ? madeIn(seen, known) : [];
    const outputs = {
      ...outputsOf(seen, prior, known, () => true),
      volumeIds,
      madeVolumeIds,
      givenAddresses: prior.givenAddresses ?? [],
      hasGivenPassword: prior.hasGivenPassword ?? false,
    };
    return { inputs: seenInputs(context, seen, prior, known), outputs };
  },

  async delete(context, id, prior) {
    await deleteVm(context, id, prior);
    return "gone";
  },
});

/**
 * Removes what a creation that failed has left: by the id that it was answered with. Throws its error where something
 * else stands, so that nothing is made again.
 */
async function clearedUp(context: Context, wanted: VmInputs, error: TaskFailed): Promise<void> {
  const { cluster, name } = wanted;
  for (const { id } of (await byName(context, vms, { cluster: { id: cluster } })(name)) ?? []) {
    const seen = id === context.entry?.id ? await settledVm(context, id, wanted) : undefined;
    if (!seen || !isPlaceholder(seen.row)) throw error;
    await new VmChange(context, wanted, seen).writeLast("remove what a creation has left", pathTo`/delete-vm`);
  }
}

async function hostOf(
  context: Context,
  { host, cluster }: VmInputs,
): Promise<{ id: string; name: string } | undefined> {
  return host === undefined ? undefined : { id: await named(context, "host", cluster, host), name: host };
}

/** What of a plan shows at once: what cloud-init sets is not seen before the guest is up, and never without tools in it. */
function withoutAddresses({ nics, ...vm }: VmInputs): VmInputs {
  return { ...vm, nics: nics?.map(({ ipAddress: _ip, subnetMask: _mask, gateway: _gateway, ...nic }) => nic) };
}

/** Waits for what the plan has a running machine waited for. */
async function untilReady(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  const { name, status, waitFor, nics = [] } = wanted;
  // One that was not resumed is not waited for.
  if (status === "STOPPED" || change.seen.row.status === "SUSPENDED" || (waitFor !== "tools" && waitFor !== "ip"))
    return;
  await untilToolsRun(change);
  if (waitFor === "tools") return;
  const planned = nics.flatMap(({ ipAddress }) => ipAddress ?? []);
  await context.wait<void>(
    `the addresses of machine ${name}`,
    async () => {
      await change.look();
      const told = addressesOf(change.seen);
      const missing = planned.filter((address) => !told.includes(address));
      if (missing.length > 0) return { pending: `its tools do not tell ${missing.join(", ")}` };
      return told.length > 0 ? { done: undefined } : { pending: "its tools tell none" };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

/** Inputs as the machine has them, in the order of those that it is compared with. */
function seenInputs(context: Context, seen: SeenVm, planned: VmInputs, known: KnownDisks): Partial<VmInputs> {
  const { row } = seen;
  // What the plan leaves to the source, or to CloudTower, is not looked at.
  const all: Partial<VmInputs> = {
    vcpu: row.vcpu,
    cpuCores: row.cpu.cores,
    memory: row.memory,
    haPriority: (row.ha_priority ?? undefined) as VmInputs["haPriority"],
    videoType: row.video_type as VmInputs["videoType"],
    cpuModel: row.cpu_model ?? undefined,
    clockOffset: row.clock_offset as VmInputs["clockOffset"],
    ioPolicy: (row.io_policy ?? undefined) as VmInputs["ioPolicy"],
    ...seenLimits(row, planned),
    // One that is stopped is on none.
    host: row.status === "RUNNING" ? (row.host?.name ?? "") : planned.host,
    placementGroup: (row.vm_placement_group ?? []).map(({ name }) => name).join(", "),
    labels: seenLabels(seen),
    ...seenGuest(seen, planned),
    // What a later CloudTower may have beside these is shown as it is.
    firmware: row.firmware as VmInputs["firmware"],
    disks: seenDisks(seen, planned.disks ?? [], known).disks,
    cdRoms: seenCdRoms(seen, planned.cdRoms ?? []),
    nics: seenNics(seen, planned.nics ?? []),
  };
  const told = Object.fromEntries(
    Object.entries(all).filter(([field]) => planned[field as keyof VmInputs] !== undefined),
  );
  return {
    ...told,
    name: row.name,
    description: unmarked(row.description ?? "", context).trim(),
    folder: row.folder?.name ?? undefined,
    ha: row.ha,
    status: row.status as VmInputs["status"],
  };
}

/** Where the machine is otherwise than planned. */
function differing(
  context: Context,
  seen: SeenVm,
  wanted: VmInputs,
  known: KnownDisks,
): { field: string; value: unknown }[] {
  return Object.entries(seenInputs(context, seen, wanted, known))
    .filter(([field]) => field !== "status" || wanted.waitFor !== "none")
    .filter(([field, value]) => !sameField(vmInputs, field, value, wanted[field as keyof VmInputs]))
    .map(([field, value]) => ({ field, value }));
}

function outputsOf(
  seen: SeenVm,
  { disks, nics }: VmInputs,
  known: KnownDisks,
  isMade: (disk: Disk | undefined, stands: SeenDisk) => boolean,
): Omit<VmOutputs, "givenAddresses" | "hasGivenPassword"> {
  const { row } = seen;
  const own = disks
    ? matchedDisks(seen, disks, known).matched
    : seen.disks.map((stands) => ({ disk: undefined, stands }));
  const ports = nics ? matchedNics(seen, nics).matched.map(({ stands }) => stands) : seen.nics;
  return {
    vmId: row.id,
    localId: row.local_id,
    biosUuid: row.bios_uuid ?? "",
    hostName: row.host?.name ?? "",
    addresses: addressesOf(seen),
    macs: ports.map((port) => port?.mac_address ?? ""),
    volumeIds: own.map(({ stands }) => stands?.volume.id ?? ""),
    madeVolumeIds: own.flatMap(({ disk, stands }) => (stands && isMade(disk, stands) ? [stands.volume.id] : [])),
  };
}

function addressesOf({ row }: SeenVm): string[] {
  return (row.ips ?? "").split(",").filter(Boolean);
}

/** What of a change cannot be. */
function refusals(stands: VmInputs, wanted: VmInputs): Failure[] {
  const { firmware } = wanted;
  const stood = stands.firmware ?? (isCopy(stands) ? firmware : FIRMWARE);
  const fixed =
    stood === firmware || !firmware
      ? []
      : [
          {
            property: "firmware",
            reason: `CloudTower changes it on no machine: it is ${stood}, planned is ${firmware}; put the plan back, or make another machine`,
          },
        ];
  return [
    ...fixed,
    ...refusedSources(stands, wanted),
    ...refusedGuestOs(stands, wanted),
    ...refusedDisks(stands, wanted),
    ...refusedNics(stands, wanted),
    ...refusedWhileRunning(stands, wanted),
    ...refusedRollback(stands, wanted),
  ];
}

/** CloudTower is told once what is installed in a machine. */
function refusedGuestOs({ guestOsType: was }: VmInputs, { guestOsType: is }: VmInputs): Failure[] {
  if (was === undefined || is === undefined || was === is) return [];
  const reason = `CloudTower changes it on no machine: it is ${was}, planned is ${is}; put the plan back or leave it out`;
  return [{ property: "guestOsType", reason }];
}

/** What changes on a stopped machine alone, of one that runs, and is to run on. */
function refusedWhileRunning(stands: VmInputs, wanted: VmInputs): Failure[] {
  if (wanted.allowRestart || stands.status === "STOPPED" || wanted.status === "STOPPED") return [];
  return (["vcpu", "cpuCores", "memory", ...ADVANCED] as const)
    .filter((field) => stands[field] !== undefined && wanted[field] !== undefined && stands[field] !== wanted[field])
    .map((field) => ({
      property: field,
      reason: `the machine runs, and is not stopped for a change unasked: it is ${stands[field]}, planned is ${wanted[field]}; set allowRestart, or status STOPPED first`,
    }));
}

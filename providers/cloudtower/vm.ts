import { defineResource } from "../kernel/define";
import { BadAnswer, PlanConflict, TaskFailed } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { type Context, Discarded, type Found } from "../kernel/resource";
import { type Failure, sameField } from "../kernel/schema";
import { reasonOf } from "../kernel/wire-errors";
import { cloudtower, oneOrMany, started } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { byName } from "./rows";
import { untilShown } from "./settle";
import { awaitTask } from "./task";
import { cdRomBody, seenCdRoms, syncCdRoms } from "./vm-cd-roms";
import { VmChange } from "./vm-change";
import { deleteVm } from "./vm-deletion";
import {
  diskBodies,
  type KnownDisks,
  madeIn,
  matchedDisks,
  refusedDisks,
  refuseStrangeDisks,
  seenDisks,
  syncDisks,
} from "./vm-disks";
import { type VmInputs, type VmOutputs, vmInputs, vmOutputs } from "./vm-inputs";
import { isMarked, marked, unmarked } from "./vm-mark";
import { matchedNics, nicBody, refusedNics, refuseStrangeNics, seenNics, syncAddresses, syncNics } from "./vm-nics";
import { isPlaceholder, named, readVm, type SeenVm, settledVm, vms } from "./vm-seen";

/** A virtual machine of a cluster that CloudTower manages. */
export const Vm = defineResource({
  type: "cloudtower:Vm",
  sort: "object",
  doc: "A virtual machine of a cluster that CloudTower manages, blank or to be installed from an ISO image, with its disks, CD-ROMs and NICs, by `POST /v2/api/create-vm` (the vendor's schema and cloudtower-api-faq). Known by its name in its cluster, and by the mark of its stack behind its description; machines of CloudTower's own and those in the recycle bin are never taken for it. A change of `cluster` deletes it and makes another; every other change is made in place, one after another, or refused at preview with the way out. A disk is known by its name in the plan and the volume that the state has for it, a NIC by its hardware address, whatever ids CloudTower gives them. To drop a disk from the plan takes it out, and leaves its volume unless `deleteVolumes` says otherwise; another name is another disk. Volumes that were not made with the machine are never deleted with it. A machine that is taken over (`adopt`) gets the mark, and the plan's CD-ROMs; one with disks or NICs that the plan does not have is refused. It is shut down before it is deleted, and goes into the recycle bin where its cluster has one, with the volumes made for it.",
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
    return standing.map(
      ({ id, description }): Found =>
        context.entry?.id === id ? { id } : { id, ours: isMarked(description ?? "", context) },
    );
  },

  async create(context, wanted) {
    const { name } = wanted;
    context.progress(`making machine ${name}`);
    const made = await cloudtower(context).write({
      operation: `create machine ${name}`,
      path: pathTo`/create-vm`,
      body: [await creation(context, wanted)],
      schema: oneOrMany(started),
    });
    const [answer] = made ?? [];
    if (!answer) throw new BadAnswer(`Unable to create machine ${name}: CloudTower answered without one`);
    const { id } = answer.data;
    context.checkpoint(id);
    await awaitTask(context, `making machine ${name}`, answer.task_id);
    return id;
  },

  async sync(context, id, wanted, prior) {
    const change = new VmChange(context, wanted, await settledVm(context, id, wanted));
    if (isPlaceholder(change.seen.row)) {
      await change.writeLast("remove what a creation has left", pathTo`/delete-vm`);
      throw new Discarded(new TaskFailed(`making machine ${wanted.name} has failed: the cluster never had it`));
    }
    const known: KnownDisks = prior ?? {};
    change.assertPower();
    refuseStrangeDisks(change, known);
    if (!prior) refuseStrangeNics(change);
    const cannot = refusals({ ...wanted, ...seenInputs(context, change.seen, wanted, known) }, wanted);
    if (cannot.length > 0)
      throw new PlanConflict(
        `machine ${wanted.name} (id ${id}) is not as planned: ${cannot.map(({ property, reason }) => `${property}: ${reason}`).join("; ")}`,
      );
    if (wanted.status === "STOPPED") await stop(change);
    await syncBasics(change);
    await syncFolder(change);
    const added = await syncDisks(change, known);
    await syncCdRoms(change);
    await syncNics(change);
    if (wanted.status === "RUNNING") await change.start();
    await syncAddresses(change);
    await untilShown(context, `machine ${wanted.name} as it is planned`, async () => {
      await change.look();
      return differing(context, change.seen, wanted, known).join(", ") || undefined;
    });
    // In a creation, and in what is taken over, the plan's own volumes are the machine's.
    const isMade = (name: string, volumeId: string) =>
      !prior || added.includes(name) || prior.madeVolumeIds.includes(volumeId);
    return outputsOf(change.seen, wanted, known, isMade);
  },

  async read(context, id, prior) {
    const seen = await readVm(context, id, prior.cluster);
    if (!seen) return undefined;
    const { volumeIds } = seenDisks(seen, prior.disks, prior);
    // A disk that was taken out by hand is to come back with what is on it, so that its volume is not forgotten.
    const madeVolumeIds = madeIn(seen, prior);
    const outputs = { ...outputsOf(seen, prior, prior, () => true), volumeIds, madeVolumeIds };
    return { inputs: seenInputs(context, seen, prior, prior), outputs };
  },

  async delete(context, id, prior) {
    await deleteVm(context, id, prior);
    return "gone";
  },
});

async function creation(context: Context, wanted: VmInputs) {
  const { cluster, name, description, vcpu, cpuCores, memory, ha, firmware, status, folder, disks, cdRoms, nics } =
    wanted;
  const planned = disks.map((disk, at) => ({ disk, boot: at + 1 }));
  const [vm_disks, mount_cd_roms, vm_nics, folder_id] = await Promise.all([
    diskBodies(context, cluster, planned),
    Promise.all(cdRoms.map((cdRom, at) => cdRomBody(context, cluster, cdRom, disks.length + at + 1))),
    Promise.all(nics.map((nic) => nicBody(context, cluster, nic))),
    folder ? named(context, "folder", cluster, folder) : undefined,
  ]);
  return {
    cluster_id: cluster,
    name,
    description: marked(description, context),
    vcpu,
    cpu_cores: cpuCores,
    cpu_sockets: vcpu / cpuCores,
    memory,
    memory_unit: "B",
    ha,
    firmware,
    status,
    ...(folder_id && { folder_id }),
    vm_nics,
    vm_disks: { ...vm_disks, mount_cd_roms },
  };
}

function stop(change: VmChange): Promise<void> {
  return change.stop(change.wanted.forceStop, "shut the guest down by hand, or set forceStop, then up again");
}

/** Name, description, ha, CPUs and memory, the last two of a machine that is stopped for it where the plan allows that. */
async function syncBasics(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  const { row } = change.seen;
  const { name, description, ha, vcpu, cpuCores, memory } = wanted;
  const areCpusOther = row.vcpu !== vcpu || row.cpu.cores !== cpuCores;
  const data = {
    ...(row.name === name ? {} : { name }),
    ...(row.description === marked(description, context) ? {} : { description: marked(description, context) }),
    ...(row.ha === ha ? {} : { ha }),
    ...(areCpusOther ? { vcpu, cpu_cores: cpuCores, cpu_sockets: vcpu / cpuCores } : {}),
    ...(row.memory === memory ? {} : { memory, memory_unit: "B" }),
  };
  if (Object.keys(data).length === 0) return;
  const isRestarted = (areCpusOther || row.memory !== memory) && row.status === "RUNNING";
  if (isRestarted) await stop(change);
  const parts = { name: "name", description: "description", ha: "ha", vcpu: "CPUs", memory: "memory" };
  const changed = Object.entries(parts).flatMap(([field, part]) => (field in data ? [part] : []));
  try {
    const body = { where: { id: change.id }, data };
    await change.write(`change ${changed.join(", ")}`, pathTo`/update-vm-basic-info`, body);
  } catch (error) {
    // It was running, and is not to stay off for a change that was not made.
    if (isRestarted && wanted.status === "RUNNING")
      await change.start().catch((other) => context.warn(`machine ${name} stays off: ${reasonOf(other)}`));
    throw error;
  }
}

async function syncFolder(change: VmChange): Promise<void> {
  const { context, wanted, seen } = change;
  const { folder, cluster } = wanted;
  if ((seen.row.folder?.name ?? undefined) === folder) return;
  const where = { id: change.id };
  if (folder === undefined) {
    await change.write("leave the folder", pathTo`/remove-vm-from-folder`, { where });
    return;
  }
  const data = { folder_id: await named(context, "folder", cluster, folder) };
  await change.write(`enter folder ${folder}`, pathTo`/add-vm-to-folder`, { where, data });
}

/** Inputs as the machine has them, in the order of those that it is compared with. */
function seenInputs(context: Context, seen: SeenVm, planned: VmInputs, known: KnownDisks): Partial<VmInputs> {
  const { row } = seen;
  return {
    name: row.name,
    description: unmarked(row.description ?? "", context),
    folder: row.folder?.name ?? undefined,
    vcpu: row.vcpu,
    cpuCores: row.cpu.cores,
    memory: row.memory,
    ha: row.ha,
    // What a later CloudTower may have beside these is shown as it is.
    firmware: row.firmware as VmInputs["firmware"],
    status: row.status as VmInputs["status"],
    disks: seenDisks(seen, planned.disks, known).disks,
    cdRoms: seenCdRoms(seen, planned.cdRoms),
    nics: seenNics(seen, planned.nics),
  };
}

/** Where the machine is otherwise than planned. */
function differing(context: Context, seen: SeenVm, wanted: VmInputs, known: KnownDisks): string[] {
  return Object.entries(seenInputs(context, seen, wanted, known))
    .filter(([field, value]) => !sameField(vmInputs, field, value, wanted[field as keyof VmInputs]))
    .map(([field, value]) => `${field} ${JSON.stringify(value)}`);
}

function outputsOf(
  seen: SeenVm,
  { disks, nics }: VmInputs,
  known: KnownDisks,
  isMade: (disk: string, volumeId: string) => boolean,
): VmOutputs {
  const { row } = seen;
  const { matched } = matchedDisks(seen, disks, known);
  return {
    vmId: row.id,
    localId: row.local_id,
    biosUuid: row.bios_uuid ?? "",
    host: row.host?.name ?? "",
    addresses: (row.ips ?? "").split(",").filter(Boolean),
    macs: matchedNics(seen, nics).matched.map(({ stands }) => stands?.mac_address ?? ""),
    volumeIds: matched.map(({ stands }) => stands?.volume.id ?? ""),
    madeVolumeIds: matched.flatMap(({ disk, stands }) =>
      disk.size !== undefined && stands && isMade(disk.name, stands.volume.id) ? [stands.volume.id] : [],
    ),
  };
}

/** What of a change cannot be. */
function refusals(stands: VmInputs, wanted: VmInputs): Failure[] {
  const { firmware } = wanted;
  const fixed =
    stands.firmware === firmware
      ? []
      : [
          {
            property: "firmware",
            reason: `CloudTower changes it on no machine: it is ${stands.firmware}, planned is ${firmware}; put the plan back, or make another machine`,
          },
        ];
  return [
    ...fixed,
    ...refusedDisks(stands.disks, wanted),
    ...refusedNics(stands.nics, wanted.nics),
    ...refusedWhileRunning(stands, wanted),
  ];
}

/** CPUs and memory of a machine that runs, and is to run on. */
function refusedWhileRunning(stands: VmInputs, wanted: VmInputs): Failure[] {
  if (wanted.allowRestart || stands.status !== "RUNNING" || wanted.status !== "RUNNING") return [];
  return (["vcpu", "cpuCores", "memory"] as const)
    .filter((field) => stands[field] !== wanted[field])
    .map((field) => ({
      property: field,
      reason: `the machine runs, and is not stopped for a change unasked: it is ${stands[field]}, planned is ${wanted[field]}; set allowRestart, or status STOPPED first`,
    }));
}

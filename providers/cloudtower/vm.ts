import { z } from "zod";
import { createBatch } from "../kernel/batch";
import { sizeText } from "../kernel/byte-size";
import { defineResource } from "../kernel/define";
import { BadAnswer, PlanConflict, TaskFailed } from "../kernel/errors";
import { output } from "../kernel/example";
import { orphanSignal } from "../kernel/orphan";
import { pathTo } from "../kernel/path";
import { type Context, Discarded, type Found } from "../kernel/resource";
import { type Failure, sameField } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { deleteWhere, untilShown } from "./settle";
import { awaitTask } from "./task";
import { VmChange } from "./vm-change";
import { type VmInputs, type VmOutputs, vmInputs, vmOutputs } from "./vm-inputs";
import { isMarked, marked } from "./vm-mark";
import {
  deleteVolume,
  diskBodies,
  driveBody,
  nicBody,
  syncAddresses,
  syncDisks,
  syncDrives,
  syncNics,
  volumesLeft,
} from "./vm-parts";
import { isPlaceholder, named, outputsOf, seenInputs, seenVm, settledVm, type VmRow, vms } from "./vm-seen";

/** A virtual machine of a cluster that CloudTower manages. */
export const Vm = defineResource({
  type: "cloudtower:Vm",
  sort: "object",
  doc: "A virtual machine of a cluster that CloudTower manages, blank or to be installed from an ISO image, with its disks, drives and network ports, by `POST /v2/api/create-vm` (the vendor's schema and cloudtower-api-faq). Known by its name in its cluster, and by the mark of its stack behind its description; machines of CloudTower's own and those in the recycle bin are never taken for it. Disks are matched by their volumes and network ports by their hardware addresses, whatever ids CloudTower gives them. It is never replaced for a change: what no call changes is refused at preview. It is deleted into the recycle bin where its cluster has one.",
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
      deleteVolumes: true,
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
  refuses: (stands, wanted) => [
    ...refusedFixed(stands, wanted),
    ...refusedShrinking(stands, wanted),
    ...refusedWhileRunning(stands, wanted),
  ],

  async find(context, { cluster, name }) {
    const rows = (await vmsByName(context, cluster)(name)) ?? [];
    const usual = rows.filter(({ vm_usage, internal }) => !vm_usage && !internal);
    const standing = usual.filter(({ in_recycle_bin }) => !in_recycle_bin);
    const [binned] = usual.filter(({ in_recycle_bin }) => in_recycle_bin);
    if (standing.length === 0 && binned)
      throw new PlanConflict(
        `a machine ${name} (id ${binned.id}) lies in the recycle bin of the cluster on ${context.connection.name}`,
        "take it out there (/recover-vm-from-recycle) or delete it for good, or choose another name",
      );
    return standing.map(
      ({ id, description }): Found => (isMarked(description ?? "", context) ? { id, ours: true } : { id }),
    );
  },

  async create(context, wanted) {
    const { cluster, name } = wanted;
    context.progress(`making machine ${name}`);
    const body = await creation(context, wanted);
    const made = await cloudtower(context).write({
      operation: `create machine ${name}`,
      path: pathTo`/create-vm`,
      body: [body],
      schema: oneOrMany(started),
    });
    const [answer] = made ?? [];
    if (!answer) throw new BadAnswer(`Unable to create machine ${name}: CloudTower answered without one`);
    const { id } = answer.data;
    context.checkpoint(id);
    await awaitTask(context, `making machine ${name}`, answer.task_id);
    await settledVm(context, id, { ...wanted, cluster });
    return id;
  },

  async sync(context, id, wanted, prior) {
    const change = new VmChange(context, wanted, await settledVm(context, id, wanted));
    if (isPlaceholder(change.seen.row)) {
      await change.leave("removing what a creation has left", pathTo`/delete-vm`);
      throw new Discarded(new TaskFailed(`making machine ${wanted.name} has failed: the cluster never had it`));
    }
    const stands = { ...wanted, ...seenInputs(change.seen, { ...wanted, ...prior }) };
    const cannot = [
      ...refusedFixed(stands, wanted),
      ...refusedShrinking(stands, wanted),
      ...refusedWhileRunning(stands, wanted),
    ];
    if (cannot.length > 0)
      throw new PlanConflict(
        `machine ${wanted.name} (id ${id}) is not as planned: ${cannot.map(({ property, reason }) => `${property}: ${reason}`).join("; ")}`,
      );
    if (wanted.status === "STOPPED") await change.stop();
    await syncBasics(change);
    await syncFolder(change);
    await syncDisks(change, prior);
    await syncDrives(change);
    await syncNics(change);
    if (wanted.status === "RUNNING") await change.start();
    await syncAddresses(change);
    await untilShown(context, `machine ${wanted.name} as it is planned`, async () => {
      await change.look();
      const seen = seenInputs(change.seen, { ...wanted, ...volumesOf(prior) });
      const others = Object.entries(seen)
        .filter(([field, value]) => !sameField(vmInputs, field, value, wanted[field as keyof VmInputs]))
        .map(([field, value]) => `${field} ${JSON.stringify(value)}`);
      return others.length === 0 ? undefined : others.join(", ");
    });
    return outputsOf(change.seen, wanted, prior);
  },

  async read(context, id, prior) {
    const seen = await seenVm(context, id, prior.cluster, "recent");
    return seen && { inputs: seenInputs(seen, prior), outputs: outputsOf(seen, prior, prior) };
  },

  async delete(context, id, prior) {
    const { name, cluster, disks, allowDestroy, deleteVolumes } = prior;
    const stands = await seenVm(context, id, cluster);
    if (!stands) return "gone";
    if (disks.length > 1 && !allowDestroy)
      throw new PlanConflict(
        `machine ${name} has disks beside its first, which would go with it: ${disks
          .slice(1)
          .map((disk) => disk.name)
          .join(", ")}`,
        "set allowDestroy and run up, then delete it; or take the disks out of the plan before",
      );
    const change = new VmChange(context, prior, await settledVm(context, id, prior));
    await change.stop();
    if (!prior.purge && (await hasRecycleBin(context, cluster))) {
      await change.leave("moving into the recycle bin", pathTo`/move-vm-to-recycle`);
      return "gone";
    }
    const volumes = change.seen.disks.map(({ volume }) => volume);
    // What becomes of its volumes is not documented: what is to stay is taken out before.
    if (!deleteVolumes) {
      for (;;) {
        const [disk] = change.seen.disks;
        if (!disk) break;
        const data = { disk_ids: [disk.row.id] };
        await change.write(`taking out disk ${disk.volume.name}`, pathTo`/remove-vm-disk`, { where: { id }, data });
      }
    }
    await deleteWhere(context, {
      what: `machine ${name}`,
      path: pathTo`/delete-vm`,
      where: { id },
      isGone: async () => (await seenVm(context, id, cluster)) === undefined,
    });
    const left = await volumesLeft(
      context,
      volumes.map((volume) => volume.id),
    );
    for (const volume of volumes) {
      if (!left.includes(volume.id)) continue;
      if (deleteVolumes) await deleteVolume(context, volume.id, volume.name);
      else context.warn(`volume ${volume.name} (${volume.id}) of machine ${name} stays: deleteVolumes is not set`);
    }
    return "gone";
  },
});

function volumesOf(prior: Partial<VmOutputs> | undefined) {
  return prior?.volumeIds ? { volumeIds: prior.volumeIds } : {};
}

/** Machines of a name in a cluster, in one request for all whose names are asked for at the same time. */
function vmsByName(context: Context, cluster: string) {
  const { connection, workspace } = context;
  return workspace.shared(`cloudtower machines by name ${connection.name} ${cluster}`, () =>
    createBatch<string, VmRow[]>({
      async ask(names) {
        const where = { AND: [{ cluster: { id: cluster } }, { name_in: names }] };
        const rows = await cloudtower({ ...context, signal: orphanSignal }).list({ ...vms, where });
        return new Map(names.map((name) => [name, rows.filter((row) => row.name === name)]));
      },
      clock: workspace.clock,
    }),
  );
}

async function creation(context: Context, wanted: VmInputs) {
  const { cluster, name, description, vcpu, cpuCores, memory, ha, firmware, status, folder, disks, cdRoms, nics } =
    wanted;
  const [vm_disks, mount_cd_roms, vm_nics, folder_id] = await Promise.all([
    diskBodies(
      context,
      cluster,
      disks.map((disk, at) => ({ disk, boot: at + 1 })),
    ),
    Promise.all(cdRoms.map((drive, at) => driveBody(context, cluster, drive, disks.length + at + 1))),
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

/** Name, description, ha, CPUs and memory, the last two of a machine that is stopped for it where the plan allows that. */
async function syncBasics(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  const { row } = change.seen;
  const { name, description, ha, vcpu, cpuCores, memory } = wanted;
  const seen = seenInputs(change.seen, wanted);
  const isResized = seen.vcpu !== vcpu || seen.cpuCores !== cpuCores || seen.memory !== memory;
  const data = {
    ...(row.name === name ? {} : { name }),
    ...(seen.description === description ? {} : { description: marked(description, context) }),
    ...(row.ha === ha ? {} : { ha }),
    ...(seen.vcpu === vcpu && seen.cpuCores === cpuCores
      ? {}
      : { vcpu, cpu_cores: cpuCores, cpu_sockets: vcpu / cpuCores }),
    ...(seen.memory === memory ? {} : { memory, memory_unit: "B" }),
  };
  if (Object.keys(data).length === 0) return;
  if (isResized) await change.stop();
  await change.write(`changing ${Object.keys(data).join(", ")}`, pathTo`/update-vm-basic-info`, {
    where: { id: change.id },
    data,
  });
}

async function syncFolder(change: VmChange): Promise<void> {
  const { context, wanted, seen } = change;
  if ((seen.row.folder?.name ?? undefined) === wanted.folder) return;
  const where = { id: change.id };
  if (wanted.folder === undefined)
    return change.write("taking out of its folder", pathTo`/remove-vm-from-folder`, { where });
  const folder_id = await named(context, "folder", wanted.cluster, wanted.folder);
  await change.write(`putting into folder ${wanted.folder}`, pathTo`/add-vm-to-folder`, { where, data: { folder_id } });
}

const settingsRow = z.looseObject({
  id: z.string(),
  vm_recycle_bin: z.looseObject({ enabled: z.boolean().nullish() }).nullish(),
  cluster: z.looseObject({ id: z.string() }),
});

async function hasRecycleBin(context: Context, cluster: string): Promise<boolean> {
  const list = { what: "settings of clusters", path: pathTo`/get-cluster-settingses`, row: settingsRow };
  const [settings] = await cloudtower(context).list({ ...list, where: { cluster: { id: cluster } } });
  return settings?.vm_recycle_bin?.enabled === true;
}

type Stands = VmInputs & Partial<VmOutputs>;

function refusedFixed(stands: Stands, wanted: VmInputs): Failure[] {
  const back = "put the plan back, or make another machine";
  const fixed: Failure[] =
    stands.firmware === wanted.firmware
      ? []
      : [
          {
            property: "firmware",
            reason: `CloudTower changes it on no machine: it is ${stands.firmware}, planned is ${wanted.firmware}; ${back}`,
          },
        ];
  for (const [at, disk] of wanted.disks.entries()) {
    const stood = stands.disks.find(({ name }) => name === disk.name);
    for (const field of ["bus", "storagePolicy"] as const)
      if (stood && disk.size !== undefined && stood[field] !== disk[field])
        fixed.push({
          property: `disks[${at}].${field}`,
          reason: `CloudTower changes it on no disk: of ${disk.name} it is ${stood[field]}, planned is ${disk[field]}; put the plan back, or add another disk`,
        });
  }
  return fixed;
}

function refusedShrinking(stands: Stands, wanted: VmInputs): Failure[] {
  return wanted.disks.flatMap(({ name, size }, at) => {
    const stood = stands.disks.find((disk) => disk.name === name)?.size;
    if (size === undefined || stood === undefined || size >= stood) return [];
    return [
      {
        property: `disks[${at}].size`,
        reason: `a disk does not shrink: ${name} has ${sizeText(stood)}, planned are ${sizeText(size)}; put the plan back, or add another disk and copy what is on it`,
      },
    ];
  });
}

/** CPUs and memory of a machine that runs, and is to run on. */
function refusedWhileRunning(stands: Stands, wanted: VmInputs): Failure[] {
  if (wanted.allowRestart || stands.status !== "RUNNING" || wanted.status !== "RUNNING") return [];
  return (["vcpu", "cpuCores", "memory"] as const)
    .filter((field) => stands[field] !== wanted[field])
    .map((field) => ({
      property: field,
      reason: `the machine runs, and is not stopped for a change unasked: it is ${stands[field]}, planned is ${wanted[field]}; set allowRestart, or status STOPPED first`,
    }));
}

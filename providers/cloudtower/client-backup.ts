import { randomBytes } from "node:crypto";
import { z } from "zod";
import { BadAnswer, NotFound, PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower, oneOrMany, started, type TowerCaller } from "./client";
import type { ListedVm } from "./client-vms";
import { deleteWhere, lookAfterLoss } from "./settle";
import { awaitTask } from "./task";

export type BackupCaller = TowerCaller & Pick<Context, "progress">;

const snapshotRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  local_id: z.string(),
  consistent_type: z.string(),
  entityAsyncStatus: z.string().nullish(),
  vm_disks: z
    .array(
      z.looseObject({
        type: z.string(),
        index: z.int(),
        disk_name: z.string().nullish(),
        size: z.int(),
        vm_volume_local_id: z.string(),
        snapshot_local_id: z.string().nullish(),
      }),
    )
    .nullish(),
});
type Snapshot = z.output<typeof snapshotRow>;

const lunSnapshotRow = z.looseObject({ id: z.string(), name: z.string(), local_id: z.string() });

/** A machine's snapshot for a backup, and where its disks' data are. */
export interface Backup {
  /** The machine's configuration, as CloudTower lists it. */
  vm: ListedVm;
  snapshot: { id: string; name: string; localId: string; consistentType: string };
  disks: BackupDisk[];
}

export interface BackupDisk {
  index: number;
  name: string | null;
  /** Bytes. */
  size: number;
  volumeLocalId: string;
  /** Name of the snapshot of its logical unit; null: CloudTower does not tell it. */
  lunSnapshot: string | null;
  /** That snapshot's local_id, by which ZBS knows it; null: CloudTower does not tell it. */
  localId: string | null;
}

/** Vendor milliseconds between two looks, and until what a snapshot has is as CloudTower shows it. */
const LOOK = 2_000;
const SHOWN_WITHIN = 60_000;

/** The form of the names that backups give: whatever has another is not theirs to delete. */
const NAME = /^sitewright-backup-\d{8}T\d{6}Z-[0-9a-f]{12}$/;

function newName(): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  return `sitewright-backup-${time}-${randomBytes(6).toString("hex")}`;
}

/**
 * The guide's walk (cloudtower-api-guide, 虚拟机备份): a snapshot of the machine, and of each of its disks the snapshot in
 * ZBS. File systems are at rest in it where the tools run. The snapshot stays until `releaseBackup`.
 */
export async function backUp(caller: BackupCaller, vm: ListedVm): Promise<Backup> {
  const id = await makeSnapshot(caller, vm, newName());
  const { name, local_id: localId, consistent_type: consistentType, vm_disks } = await settled(caller, vm, id);
  const disks = (vm_disks ?? []).filter(({ type }) => type === "DISK");
  const names = disks.flatMap(({ snapshot_local_id }) => snapshot_local_id || []);
  const localIds = await lunSnapshots(caller, vm, names);
  return {
    vm,
    snapshot: { id, name, localId, consistentType },
    disks: disks.map(({ index, disk_name, size, vm_volume_local_id, snapshot_local_id }) => ({
      index,
      name: disk_name || null,
      size,
      volumeLocalId: vm_volume_local_id,
      lunSnapshot: snapshot_local_id || null,
      localId: localIds.get(snapshot_local_id ?? "") ?? null,
    })),
  };
}

/** Makes it by one request, which is not sent again: where its answer is lost, the snapshot is looked for by its name. */
async function makeSnapshot(caller: BackupCaller, vm: ListedVm, name: string): Promise<string> {
  const what = `snapshot ${name} of ${vm.name}`;
  const consistent_type = vm.vm_tools_status === "RUNNING" ? "FILE_SYSTEM_CONSISTENT" : "CRASH_CONSISTENT";
  // Said before it is there: a command that is killed on the way has named what it leaves.
  caller.progress(`making ${what}; it stays until sitewright backup --release ${name}`);
  const create = async () => {
    const made = await cloudtower(caller).write({
      operation: `create ${what}`,
      path: pathTo`/create-vm-snapshot`,
      body: { data: [{ vm_id: vm.id, name, consistent_type }] },
      schema: oneOrMany(started),
    });
    const [answer] = made ?? [];
    if (!answer) throw new BadAnswer(`Unable to create ${what}: CloudTower answered without one`);
    return { id: answer.data.id, task: answer.task_id };
  };
  const { id, task } = await lookAfterLoss<{ id: string; task?: string | null | undefined }>(
    caller,
    create,
    async () => {
      const [row] = await snapshots(caller, { name, vm: { id: vm.id } });
      return row && { id: row.id };
    },
  );
  await awaitTask(caller, `making ${what}`, task);
  return id;
}

function snapshots(caller: TowerCaller, where: Record<string, unknown>): Promise<Snapshot[]> {
  return cloudtower(caller).list({
    what: "snapshots of virtual machines",
    path: pathTo`/get-vm-snapshots`,
    where,
    row: snapshotRow,
  });
}

/** The snapshot once no task works on it: before that its id alone is to be trusted (the guide, 异步任务). */
function settled(caller: BackupCaller, vm: ListedVm, id: string): Promise<Snapshot> {
  return caller.wait<Snapshot>(
    `snapshot ${id} of ${vm.name} to be shown`,
    async (elapsed) => {
      const [row] = await snapshots(caller, { id });
      if (!row && elapsed >= SHOWN_WITHIN)
        throw new NotFound(`snapshot ${id} of ${vm.name} is not there`, "look for its task in CloudTower");
      return row && !row.entityAsyncStatus ? { done: row } : { pending: row?.entityAsyncStatus ?? "not listed" };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

/** The local_ids of snapshots of logical units by their names, as far as CloudTower comes to list them. */
function lunSnapshots(caller: BackupCaller, vm: ListedVm, names: string[]): Promise<Map<string, string>> {
  return caller.wait<Map<string, string>>(
    `the snapshots of the disks of ${vm.name} to be listed`,
    async (elapsed) => {
      const rows =
        names.length === 0
          ? []
          : await cloudtower(caller).list({
              what: "snapshots of iSCSI LUNs",
              path: pathTo`/get-iscsi-lun-snapshots`,
              where: { name_in: names },
              row: lunSnapshotRow,
            });
      const localIds = new Map(rows.map(({ name, local_id }) => [name, local_id]));
      const missing = names.filter((name) => !localIds.has(name));
      return missing.length > 0 && elapsed < SHOWN_WITHIN
        ? { pending: `${missing.length} of ${names.length} are not` }
        : { done: localIds };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

/**
 * Deletes a backup's snapshot, called by its id or its name; undefined: there is none any more. A snapshot has no field for
 * a mark, so that its name's form tells whose it is: throws PlanConflict for one of another.
 */
export async function releaseBackup(caller: TowerCaller, called: string): Promise<string | undefined> {
  const where = { OR: [{ id: called }, { name: called }] };
  const [row] = await snapshots(caller, where);
  if (!row) return undefined;
  if (!NAME.test(row.name))
    throw new PlanConflict(
      `snapshot ${row.id} is called "${row.name}" and is none of sitewright backup's: it stays`,
      "theirs are called sitewright-backup-<time>-<number>; any other is deleted in CloudTower",
    );
  await deleteWhere(caller, {
    what: `snapshot ${row.name}`,
    path: pathTo`/delete-vm-snapshot`,
    where: { id: row.id },
    isGone: async () => (await snapshots(caller, { id: row.id })).length === 0,
  });
  return row.id;
}

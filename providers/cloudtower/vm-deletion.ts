import { z } from "zod";
import { createBatch } from "../kernel/batch";
import { PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower, forAll } from "./client";
import { deleteWhere } from "./settle";
import { VmChange } from "./vm-change";
import { broughtAlong, deleteMade, knownDisks, madeIn, takeOut, whyKept } from "./vm-disks";
import type { VmInputs, VmOutputs } from "./vm-inputs";
import { isMarked, otherStack } from "./vm-mark";
import { isPlaceholder, seenVm, settledVm } from "./vm-seen";

/**
 * Deletes a machine, into the recycle bin where its cluster has one. A volume goes with it only where it was made for it
 * and the plan says so; those that go into the bin go when that is emptied.
 */
export async function deleteVm(context: Context, id: string, prior: VmInputs & Partial<VmOutputs>): Promise<void> {
  const { name, cluster, allowDestroy, deleteVolumes, purge } = prior;
  const stands = await seenVm(context, id, cluster);
  // A run that was killed may have deleted the machine, and not yet its volumes.
  if (!stands) return deleteVolumes ? deleteMade(context, prior.madeVolumeIds ?? []) : undefined;
  const other = otherStack(stands.row.description ?? "", context);
  if (other !== undefined) {
    context.warn(`machine ${name} (id ${id}) is let go and stays: by its mark it is now one of ${other}`);
    return;
  }
  if (!context.inState && !isMarked(stands.row.description ?? "", context)) {
    context.warn(
      `machine ${name} (id ${id}) is let go and stays: it was somebody else's, and never brought to the plan`,
    );
    return;
  }
  const change = new VmChange(context, prior, await settledVm(context, id, prior));
  const more = change.seen.disks.slice(1).map(({ volume }) => volume.name);
  if (more.length > 0 && !allowDestroy)
    throw new PlanConflict(
      `machine ${name} has disks beside its first, and is not deleted: ${more.join(", ")}`,
      "to have it deleted, put it back into the plan with allowDestroy, run up, then drop it",
    );
  // Of a guest whose disks go, too, nothing is wanted any more.
  await change.stop(
    prior.forceStop || deleteVolumes,
    "shut the guest down by hand, then up again; or put it back into the plan with forceStop, run up, then drop it",
  );
  const made = madeIn(change.seen, knownDisks(context, change.seen, prior));
  const isMade = (volumeId: string) => made.includes(volumeId);
  const toBin = !purge && !isPlaceholder(change.seen.row) && (await hasRecycleBin(context, cluster));
  // What becomes of its volumes is not documented: those that are to stay are taken out before.
  for (const { volume } of [...change.seen.disks]) {
    if (isMade(volume.id) && (toBin || deleteVolumes)) continue;
    await takeOut(change, volume.id);
    context.warn(`volume ${volume.name} (${volume.id}) of machine ${name} stays: ${whyKept(isMade(volume.id))}`);
  }
  if (toBin) {
    const along = change.seen.disks.map(({ volume }) => volume.name);
    await change.writeLast("move into the recycle bin", pathTo`/move-vm-to-recycle`);
    const told = along.length > 0 ? `, with its volumes ${along.join(", ")}, which go when it is emptied` : "";
    context.warn(`machine ${name} lies in the recycle bin of its cluster${told}`);
    return;
  }
  await deleteWhere(context, {
    what: `machine ${name}`,
    path: pathTo`/delete-vm`,
    where: { id },
    isGone: async () => (await seenVm(context, id, cluster)) === undefined,
  });
  if (deleteVolumes) await deleteMade(context, made);
}

/**
 * Removes a machine that was never finished and never ran. The volumes that are known to have come with its source go,
 * first of all: a run that is killed meanwhile leaves the machine, and the next one goes on. Others stay.
 */
export async function removeBegun(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  const made = broughtAlong(context);
  for (const { volume } of [...change.seen.disks]) {
    await takeOut(change, volume.id);
    if (!made.includes(volume.id))
      context.warn(`volume ${volume.name} (${volume.id}) was a disk of machine ${wanted.name} and stays`);
  }
  await deleteMade(context, made);
  await change.writeLast("remove what was begun from something else", pathTo`/delete-vm`);
}

const settingsRow = z.looseObject({
  id: z.string(),
  cluster: z.looseObject({ id: z.string() }).nullish(),
  vm_recycle_bin: z.looseObject({ enabled: z.boolean().nullish() }).nullish(),
});

/** As it stands, in one request for all that are deleted at the same time. */
async function hasRecycleBin(context: Context, cluster: string): Promise<boolean> {
  const { connection, workspace } = context;
  const caller = forAll(context);
  const list = { what: "settings of clusters", path: pathTo`/get-cluster-settingses`, row: settingsRow };
  const settings = workspace.shared(`cloudtower recycle bins ${connection.name}`, () =>
    createBatch<string, z.output<typeof settingsRow>>({
      async ask(ids) {
        const rows = await cloudtower(caller()).list({ ...list, where: { cluster: { id_in: ids } } });
        return new Map(rows.flatMap((row) => (row.cluster ? [[row.cluster.id, row]] : [])));
      },
      clock: workspace.clock,
    }),
  );
  return (await settings(cluster))?.vm_recycle_bin?.enabled === true;
}

import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { sizeText } from "../../base/byte-size";
import { BadAnswer, PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import type { Failure } from "../kernel/schema";
import { cloudtower } from "./client";
import { limitBody, seenLimits } from "./io-limits";
import { deleteWhere } from "./settle";
import type { VmChange } from "./vm-change";
import { isCopy, SOURCES, type VmInputs, type VmOutputs } from "./vm-inputs";
import { isMarked } from "./vm-mark";
import { sinceRollback } from "./vm-renewed";
import { named, type SeenDisk, type SeenVm, seenVm } from "./vm-seen";

type Disk = NonNullable<VmInputs["disks"]>[number];
/**
 * What the state has of a machine's disks: the volume of each, and which of them were made for it. As long as it has none,
 * the machine is being made, by a source or without.
 */
export type KnownDisks = Partial<
  Pick<VmInputs, "disks" | (typeof SOURCES)[number]> & Pick<VmOutputs, "volumeIds" | "madeVolumeIds">
>;

/**
 * What is known of the disks of a machine that this stack has begun and not ended: what it is made from, and what the
 * journal has of it, whatever the plan says by now.
 */
export function begunDisks({ memo }: Context, vm: VmInputs): KnownDisks {
  const from = notedSchema.safeParse(memo).data?.from ?? vm;
  const sources: KnownDisks = Object.fromEntries(SOURCES.map((source) => [source, from[source]]));
  const noted = notedSchema.safeParse(memo).data?.disks;
  if (!noted) return sources;
  const planned = vm.disks ?? [];
  const dropped = Object.keys(noted).filter((name) => !planned.some((disk) => disk.name === name));
  const disks = [...planned, ...dropped.map((name) => ({ name }))];
  return { ...sources, disks, volumeIds: disks.map(({ name }) => noted[name] ?? "") };
}

const notedSchema = z.looseObject({
  disks: z.record(z.string(), z.string()).optional(),
  /** Volumes that it got with its source. */
  made: z.array(z.string()).optional(),
  from: z.looseObject(Object.fromEntries(SOURCES.map((source) => [source, z.string().optional()]))).optional(),
});

/** Notes, while the machine is being made, which volume is which disk's: its name may be another when a later run goes on. */
export function noteDisks({ context, wanted, seen, id }: VmChange, known: KnownDisks): void {
  if (!context.isBegun || !wanted.disks?.length) return;
  const { matched } = matchedDisks(seen, wanted.disks, known);
  const disks = Object.fromEntries(
    matched.flatMap(({ disk, stands }) => (stands ? [[disk.name, stands.volume.id]] : [])),
  );
  const { memo } = context;
  const noted = notedSchema.safeParse(memo).data?.disks;
  if (!isDeepStrictEqual(noted, disks)) context.checkpoint(id, { ...memo, disks });
}

/** What the state has of a machine's disks; of one that is half made, and bears this stack's mark, what is known of it. */
export function knownDisks(context: Context, seen: SeenVm, prior: VmInputs & Partial<VmOutputs>): KnownDisks {
  if (prior.volumeIds) return sinceRollback(context, seen, prior);
  const isOwn = isMarked(seen.row.description ?? "", context);
  return { disks: prior.disks, ...(isOwn ? begunDisks(context, prior) : {}) };
}

/**
 * Where each planned disk stands: by the volume that the state has under its name, else by the volume's name, and those
 * of a source, whatever they are called, by their place. `left`: those that the plan does not have.
 */
export function matchedDisks(seen: SeenVm, disks: Disk[], known: KnownDisks) {
  const idByName = idsByName(known);
  const left = new Set(seen.disks);
  const take = (fits: (disk: SeenDisk) => boolean) => {
    const disk = [...left].find(fits);
    if (disk) left.delete(disk);
    return disk;
  };
  const byId = disks.map(({ name }) => {
    const id = idByName.get(name);
    return id === undefined ? undefined : take(({ volume }) => volume.id === id);
  });
  const isKnown = (id: string) => known.disks !== undefined && (known.volumeIds?.includes(id) ?? false);
  const byName = disks.map(
    // One that the state has under another name is that other disk, whatever its volume is called.
    (disk, at) => byId[at] ?? take(({ volume }) => volume.name === disk.name && !isKnown(volume.id)),
  );
  // Those of a source, and those that the plan did not name so far, go by their place.
  const isUnnamed = known.volumeIds ? known.disks === undefined : isCopy(known);
  const matched = disks.map((disk, at) => ({ disk, stands: byName[at] ?? (isUnnamed ? take(() => true) : undefined) }));
  return { matched, left: [...left] };
}

/** The volume that the state has under each disk's name. */
function idsByName({ disks = [], volumeIds = [] }: KnownDisks): Map<string, string | undefined> {
  return new Map(disks.map(({ name }, at) => [name, volumeIds[at] || undefined]));
}

/** The volumes that were made for the machine: as the state has them, or, while it is half made, those of the plan. */
export function madeIn(seen: SeenVm, known: KnownDisks): string[] {
  if (known.madeVolumeIds) return known.madeVolumeIds;
  const { disks } = known;
  if (!disks) return isCopy(known) ? seen.disks.map(({ volume }) => volume.id) : [];
  const { matched } = matchedDisks(seen, disks, known);
  return matched.flatMap(({ disk, stands }) => (stands && isMadeFor(disk, stands) ? [stands.volume.id] : []));
}

/** Notes, as soon as it is made, which volumes a machine has from its source: what is added later may be somebody's. */
export async function noteSource(context: Context, id: string, cluster: string): Promise<void> {
  const seen = await seenVm(context, id, cluster);
  const made = seen?.isWhole ? seen.disks.map(({ volume }) => volume.id) : [];
  if (made.length > 0) context.checkpoint(id, { ...context.memo, made });
}

/** The volumes that are known to have come with a half-made machine's source. */
export function broughtAlong({ memo }: Context): string[] {
  return notedSchema.safeParse(memo).data?.made ?? [];
}

/** Whether a disk that the machine has had from its creation on has a volume of its own, not one that was mounted. */
export function isMadeFor({ name, size }: Disk, { volume }: SeenDisk): boolean {
  return size !== undefined || volume.name !== name;
}

/** The disks as they stand, planned ones first and by their planned names, and the volume of each. */
export function seenDisks(seen: SeenVm, planned: Disk[], known: KnownDisks) {
  const { matched, left } = matchedDisks(seen, planned, known);
  const all = [
    ...matched.flatMap(({ disk, stands }) => (stands ? [{ stands, disk: diskOf(stands, disk) }] : [])),
    ...left.map((stands) => ({ stands, disk: diskOf(stands) })),
  ];
  return { disks: all.map(({ disk }) => disk), volumeIds: all.map(({ stands }) => stands.volume.id) };
}

function diskOf({ row, volume }: SeenDisk, planned?: Disk): Disk {
  const bus = (row.bus ?? planned?.bus ?? "VIRTIO") as Disk["bus"];
  // A policy of another kind, as of erasure coding, is shown as it is.
  const storagePolicy = volume.elf_storage_policy as Disk["storagePolicy"];
  if (!planned) return { name: volume.name, size: volume.size, storagePolicy, bus };
  return {
    name: planned.name,
    ...(planned.size !== undefined && { size: volume.size }),
    // Of a volume that is mounted, the policy is its own affair.
    ...(planned.storagePolicy && { storagePolicy: planned.size === undefined ? planned.storagePolicy : storagePolicy }),
    ...(planned.bus && { bus }),
    ...seenLimits(row, planned),
  };
}

/** What a disk is that is made, unless the plan says. */
const BUS = "VIRTIO";
const POLICY = "REPLICA_2_THIN_PROVISION";

/**
 * The disks of a creation, or of disks that are added: volumes that stand are mounted, and so are those that disks had
 * before, by their names in `had`; the others are made.
 */
export async function diskBodies(
  context: Context,
  cluster: string,
  disks: { disk: Disk; boot: number }[],
  had: ReadonlyMap<string, string> = new Map(),
) {
  const mounted = disks.filter(({ disk }) => disk.size === undefined || had.has(disk.name));
  return {
    mount_new_create_disks: disks
      .filter((each) => !mounted.includes(each))
      .map(({ disk, boot }) => {
        const { name, size, storagePolicy: elf_storage_policy = POLICY, bus = BUS } = disk;
        const vm_volume = { name, size, size_unit: "B", elf_storage_policy };
        return { boot, bus, ...limitBody(disk), vm_volume };
      }),
    mount_disks: await Promise.all(
      mounted.map(async ({ disk, boot }) => ({
        boot,
        bus: disk.bus ?? BUS,
        ...limitBody(disk),
        vm_volume_id: had.get(disk.name) ?? (await named(context, "volume", cluster, disk.name)),
      })),
    ),
  };
}

/** Refuses, before anything is written, a machine with disks that neither plan nor state has: they are somebody's. */
export function refuseStrangeDisks(change: VmChange, known: KnownDisks): void {
  const { wanted, seen } = change;
  if (!wanted.disks) return;
  const { left } = matchedDisks(seen, wanted.disks, known);
  // What the plan has never named it cannot have dropped.
  const strange = left.filter(({ volume }) => !known.disks || !known.volumeIds?.includes(volume.id));
  if (strange.length === 0) return;
  const names = strange.map(({ volume }) => `${volume.name} (volume ${volume.id})`).join(", ");
  throw new PlanConflict(
    `machine ${wanted.name} has disks that the plan does not have, and that this stack did not bring: ${names}`,
    "add them to the plan; or take them out in CloudTower, or with pulumi refresh and then up, which leaves their volumes",
  );
}

/**
 * Grows, takes out and adds disks; the names of those that were added. A volume goes with its disk only where it was
 * made for the machine and the plan says so.
 */
export async function syncDisks(change: VmChange, known: KnownDisks): Promise<string[]> {
  const { context, wanted } = change;
  const { cluster, deleteVolumes, disks } = wanted;
  if (!disks) return [];
  await growDisks(change, disks, known);
  const { matched, left } = matchedDisks(change.seen, disks, known);
  const missing = matched.flatMap(({ disk, stands }, at) => (stands ? [] : [{ disk, boot: at + 1 }]));
  // Before anything is taken out: what is to come may not be had.
  const inMachine = () => change.seen.disks.map(({ volume }) => volume.id);
  const outOfMachine = (ids: string[] = []) => ids.filter((id) => !inMachine().includes(id));
  const spare =
    missing.length > 0 ? (await volumesLeft(context, outOfMachine(known.madeVolumeIds))).filter(isFree) : [];
  const had = comingBack(missing, spare, known);
  const anew = missing
    .filter(({ disk }) => disk.size !== undefined && !had.has(disk.name))
    .map(({ disk }) => disk.name);
  // Taken out by hand, it may be what one of these was: nobody knows which, once refreshed.
  const doubtful =
    anew.length === 0
      ? []
      : spare.filter(({ id }) => !known.volumeIds?.includes(id) && ![...had.values()].includes(id));
  if (doubtful.length > 0) tellDoubtful(change, anew, doubtful);
  const data = { vm_disks: await diskBodies(context, cluster, missing, had) };
  for (const { volume } of left) {
    await takeOut(change, volume.id);
    const isMade = known.madeVolumeIds?.includes(volume.id) ?? false;
    if (!deleteVolumes || !isMade)
      context.warn(
        `volume ${volume.name} (${volume.id}) was a disk of machine ${wanted.name} and stays: ${whyKept(isMade)}`,
      );
  }
  if (missing.length > 0) {
    const names = missing.map(({ disk }) => disk.name).join(", ");
    await change.write(`add disks ${names}`, pathTo`/add-vm-disk`, { where: { id: change.id }, data });
    // One that has come back has the size of before.
    await growDisks(change, disks, known);
  }
  // Those whose disks the plan has dropped, and no other that is out of the machine.
  const dropped = (known.disks ?? []).flatMap(({ name }, at) =>
    disks.some((disk) => disk.name === name) ? [] : (known.volumeIds?.[at] ?? []),
  );
  const gone = outOfMachine(known.madeVolumeIds).filter((id) => dropped.includes(id));
  if (deleteVolumes) await deleteMade(context, gone);
  return missing.map(({ disk }) => disk.name);
}

/**
 * Tells of volumes of the machine's that are out of it, and may be what disks that are made anew were. Throws
 * PlanConflict for a copy, whose volumes bear no names of the plan's: an empty disk is not put in the place of its own.
 */
function tellDoubtful({ context, wanted }: VmChange, anew: string[], doubtful: { id: string; name: string }[]): void {
  const [disks, volumes] = [anew.join(", "), doubtful.map(({ id, name }) => `${name} (${id})`).join(", ")];
  if (isCopy(wanted))
    throw new PlanConflict(
      `disk ${disks} is not in machine ${wanted.name}, and a volume that was made for it is out of it: ${volumes}`,
      "attach it to the machine in CloudTower, then pulumi refresh and up; or delete it there, to begin with an empty disk",
    );
  context.warn(
    `volume ${volumes} was made for machine ${wanted.name}, is not in it and stays: it may be what ${disks} was, made anew`,
  );
}

const isFree = ({ mounting }: { mounting: boolean }) => !mounting;

async function growDisks(change: VmChange, disks: Disk[], known: KnownDisks): Promise<void> {
  for (const { disk, stands } of matchedDisks(change.seen, disks, known).matched) {
    if (!stands || disk.size === undefined || stands.volume.size === disk.size) continue;
    // By machine and volume: the id of a disk changes with every update (cloudtower-api-faq).
    const where = { vm: { id: change.id }, vm_volume: { id: stands.volume.id } };
    await change.write(`grow disk ${disk.name}`, pathTo`/expand-vm-disk`, { where, size: disk.size, size_unit: "B" });
  }
}

/** The volumes of disks that are to come back, by the disks' names: as the state has them, else by their own names. */
function comingBack(missing: { disk: Disk }[], spare: { id: string; name: string }[], known: KnownDisks) {
  const idByName = idsByName(known);
  const had = new Map<string, string>();
  for (const isIt of [
    (name: string, volume: { id: string }) => idByName.get(name) === volume.id,
    (name: string, volume: { name: string }) => name === volume.name,
  ])
    for (const { disk } of missing) {
      const volume = spare.find((each) => ![...had.values()].includes(each.id) && isIt(disk.name, each));
      if (volume && !had.has(disk.name)) had.set(disk.name, volume.id);
    }
  return had;
}

export function whyKept(isMade: boolean): string {
  return isMade ? "deleteVolumes is not set" : "it was not made for the machine";
}

/** Takes a volume's disk out of the machine; the volume stays. */
export async function takeOut(change: VmChange, volumeId: string): Promise<void> {
  const disk = change.seen.disks.find(({ volume }) => volume.id === volumeId);
  if (!disk) return;
  // The id of a disk is another one after every update, so that each is looked up just before its write.
  const body = { where: { id: change.id }, data: { disk_ids: [disk.row.id] } };
  await change.write(`take out disk ${disk.volume.name}`, pathTo`/remove-vm-disk`, body);
  if (change.seen.disks.some(({ volume }) => volume.id === volumeId))
    throw new BadAnswer(
      `CloudTower has taken disk ${disk.volume.name} out of machine ${change.wanted.name}, and shows it still`,
    );
}

async function deleteVolume(context: Context, id: string, name: string): Promise<void> {
  await deleteWhere(context, {
    what: `volume ${name}`,
    path: pathTo`/delete-vm-volume`,
    where: { id },
    isGone: async () => (await volumesLeft(context, [id])).length === 0,
  });
}

/** Deletes those volumes that stand and no machine has: also what a run that was killed has taken out and not deleted. */
export async function deleteMade(context: Context, ids: string[]): Promise<void> {
  for (const { id, name, mounting } of await volumesLeft(context, ids))
    if (!mounting) await deleteVolume(context, id, name);
}

const volumeRow = z.looseObject({ id: z.string(), name: z.string(), mounting: z.boolean() });

/** Those of these volumes that stand. */
async function volumesLeft(context: Context, ids: string[]): Promise<z.output<typeof volumeRow>[]> {
  if (ids.length === 0) return [];
  const list = { what: "volumes of virtual machines", path: pathTo`/get-vm-volumes`, row: volumeRow };
  return cloudtower(context).list({ ...list, where: { id_in: ids } });
}

/** What of the planned disks cannot be: a smaller size, another bus or policy, or what looks like another name. */
export function refusedDisks(stood: VmInputs, { disks: wanted, deleteVolumes }: VmInputs): Failure[] {
  const { disks } = stood;
  if (!disks || !wanted) return [];
  // What the plan has left to a source is seen when it is changed.
  const stands = isCopy(stood) ? disks : disks.map((disk) => ({ bus: BUS, storagePolicy: POLICY, ...disk }) as const);
  const isNew = (name: string, among: Disk[]) => !among.some((each) => each.name === name);
  // One of a source may have been made for the machine, whatever the plan says of its size.
  const isMade = ({ size }: Disk) => size !== undefined || isCopy(stood);
  const goes = stands.filter((disk) => isMade(disk) && isNew(disk.name, wanted)).map(({ name }) => name);
  const comes = wanted.filter(({ name, size }) => size !== undefined && isNew(name, stands)).map(({ name }) => name);
  const isLikeRenaming = deleteVolumes && goes.length > 0 && comes.length > 0;
  const renamed: Failure = {
    property: "disks",
    reason: `${goes.join(", ")} would go with all that is on it, and ${comes.join(", ")} come empty: another name is another disk; put the name back, or do the one in one run and the other in the next`,
  };
  return [...(isLikeRenaming ? [renamed] : []), ...wanted.flatMap((disk, at) => refusedDisk(stands, disk, at))];
}

function refusedDisk(stands: Disk[], disk: Disk, at: number): Failure[] {
  const stood = stands.find(({ name }) => name === disk.name);
  if (!stood) return [];
  const failures: Failure[] = [];
  const other = (field: "bus" | "storagePolicy") =>
    failures.push({
      property: `disks[${at}].${field}`,
      reason: `CloudTower changes it on no disk: of ${disk.name} it is ${stood[field]}, planned is ${disk[field]}; put the plan back, or add another disk`,
    });
  const isOther = (field: "bus" | "storagePolicy") =>
    stood[field] !== undefined && disk[field] !== undefined && stood[field] !== disk[field];
  if (isOther("bus")) other("bus");
  if (stood.size === undefined || disk.size === undefined) return failures;
  if (isOther("storagePolicy")) other("storagePolicy");
  if (disk.size < stood.size)
    failures.push({
      property: `disks[${at}].size`,
      reason: `a disk does not shrink: ${disk.name} has ${sizeText(stood.size)}, planned are ${sizeText(disk.size)}; put the plan back, or add another disk and copy what is on it`,
    });
  return failures;
}

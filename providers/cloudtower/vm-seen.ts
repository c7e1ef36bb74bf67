import { z } from "zod";
import { NotFound, PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { byName, partsOfVms, type TowerList, towerRows } from "./rows";
import type { VmInputs, VmOutputs } from "./vm-inputs";
import { unmarked } from "./vm-mark";

const nested = z.looseObject({ id: z.string(), name: z.string().nullish() });
const ofVm = z.looseObject({ id: z.string(), vm: z.looseObject({ id: z.string() }) });

export const vmRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  local_id: z.string(),
  bios_uuid: z.string().nullish(),
  description: z.string().nullish(),
  vcpu: z.int(),
  cpu: z.looseObject({ cores: z.int(), sockets: z.int() }),
  memory: z.int(),
  ha: z.boolean(),
  firmware: z.string(),
  status: z.string(),
  ips: z.string().nullish(),
  host: nested.nullish(),
  folder: nested.nullish(),
  cluster: nested.nullish(),
  in_recycle_bin: z.boolean().nullish(),
  internal: z.boolean().nullish(),
  vm_usage: z.string().nullish(),
  vm_tools_status: z.string().nullish(),
  entityAsyncStatus: z.string().nullish(),
});
export type VmRow = z.output<typeof vmRow>;

const diskRow = ofVm.extend({
  type: z.string(),
  bus: z.string().nullish(),
  boot: z.int().nullish(),
  vm_volume: nested.nullish(),
  elf_image: nested.nullish(),
  svt_image: nested.nullish(),
});
export type DiskRow = z.output<typeof diskRow>;

const nicRow = ofVm.extend({
  mac_address: z.string().nullish(),
  order: z.int().nullish(),
  model: z.string().nullish(),
  enabled: z.boolean().nullish(),
  mirror: z.boolean().nullish(),
  ip_address: z.string().nullish(),
  subnet_mask: z.string().nullish(),
  gateway: z.string().nullish(),
  vlan: nested.nullish(),
});
export type NicRow = z.output<typeof nicRow>;

const volumeRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  size: z.int(),
  elf_storage_policy: z.string(),
  entityAsyncStatus: z.string().nullish(),
});
export type VolumeRow = z.output<typeof volumeRow>;
const namedRow = z.looseObject({ id: z.string(), name: z.string() });

export const vms = { what: "virtual machines", path: pathTo`/get-vms`, row: vmRow } satisfies TowerList<VmRow>;
const disks = { what: "disks of virtual machines", path: pathTo`/get-vm-disks`, row: diskRow };
const nics = { what: "network ports of virtual machines", path: pathTo`/get-vm-nics`, row: nicRow };
const volumes = { what: "volumes of virtual machines", path: pathTo`/get-vm-volumes`, row: volumeRow };

/** A machine with all that belongs to it. */
export interface SeenVm {
  row: VmRow;
  /** In the order in which they boot. */
  disks: { row: DiskRow; volume: VolumeRow }[];
  drives: DiskRow[];
  /** Whether every disk has its volume: while the machine is made, or changed by others, one may not. */
  isWhole: boolean;
  /** In their order in the machine. */
  nics: NicRow[];
}

/** A machine as it stands at this moment, or as a refresh may see it; undefined: it is not there, or in the recycle bin. */
export async function seenVm(
  context: Context,
  id: string,
  cluster: string,
  how: "fresh" | "recent" = "fresh",
): Promise<SeenVm | undefined> {
  const inCluster = { cluster: { id: cluster } };
  const [row, ownDisks = [], ownNics = []] = await Promise.all([
    towerRows(context, vms, inCluster)[how](id),
    partsOfVms(context, disks, cluster)[how](id),
    partsOfVms(context, nics, cluster)[how](id),
  ]);
  if (!row || row.in_recycle_bin) return undefined;
  const ordered = ownDisks.toSorted((a, b) => (a.boot ?? 0) - (b.boot ?? 0));
  const withVolumes = await Promise.all(
    ordered
      .filter(({ type }) => type === "DISK")
      .map(async (disk) => {
        const volume = disk.vm_volume && (await towerRows(context, volumes, inCluster)[how](disk.vm_volume.id));
        return { row: disk, volume };
      }),
  );
  return {
    row,
    disks: withVolumes.filter((disk): disk is SeenVm["disks"][number] => disk.volume != null),
    isWhole: withVolumes.every(({ volume }) => volume != null),
    drives: ordered.filter(({ type }) => type === "CD_ROM"),
    nics: ownNics.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0)),
  };
}

/** Vendor milliseconds between two looks. */
const LOOK = 2_000;

/** The machine once no task works on it; a task may end earlier than that is shown (facts, part B 5A 7). */
export function settledVm(context: Context, id: string, { cluster, name }: VmInputs): Promise<SeenVm> {
  return context.wait<SeenVm>(
    `CloudTower to be done with machine ${name}`,
    async () => {
      const seen = await seenVm(context, id, cluster);
      if (!seen) throw new NotFound(`machine ${name} (id ${id}) stands no more`, "run pulumi refresh, then up");
      const busy = [seen.row, ...seen.disks.map(({ volume }) => volume)].find((each) => each.entityAsyncStatus);
      if (busy) return { pending: String(busy.entityAsyncStatus) };
      return seen.isWhole || isPlaceholder(seen.row) ? { done: seen } : { pending: "a disk without its volume" };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

/** Whether the machine is no more than the row of a creation, which the cluster has not made (facts, part B 5A 10). */
export function isPlaceholder({ local_id }: VmRow): boolean {
  return /placeholder/i.test(local_id);
}

/** The one object of a name in the machine's cluster. Throws PlanConflict where there is none, or where there are several. */
export async function named(
  context: Context,
  what: "network" | "ISO image" | "folder" | "volume",
  cluster: string,
  name: string,
): Promise<string> {
  const of = { cluster: { id: cluster } };
  const lists = {
    network: { list: { what: "networks", path: pathTo`/get-vlans`, row: namedRow }, scope: { type: "VM", vds: of } },
    "ISO image": { list: { what: "ISO images", path: pathTo`/get-elf-images`, row: namedRow }, scope: of },
    folder: { list: { what: "folders of virtual machines", path: pathTo`/get-vm-folders`, row: namedRow }, scope: of },
    volume: { list: { ...volumes, row: namedRow }, scope: of },
  };
  const { list, scope } = lists[what];
  const found = (await byName(context, list, scope).recent(name)) ?? [];
  const [only] = found;
  if (only && found.length === 1) return only.id;
  throw new PlanConflict(
    only
      ? `${found.length} of the cluster's ${list.what} are called ${name}: ids ${found.map(({ id }) => id).join(", ")}`
      : `the cluster has no ${what} ${name}`,
    only ? "rename all but one of them in CloudTower" : "put the plan right, or make it first",
  );
}

/** Where each planned disk stands: by the volume that the state has for it, else by the volume's name. */
export function matchedDisks(seen: SeenVm, wanted: VmInputs, prior?: Partial<VmInputs & VmOutputs>) {
  const idByName = new Map(prior?.disks?.map(({ name }, at) => [name, prior.volumeIds?.[at]]));
  const left = new Set(seen.disks);
  const take = (fits: (volume: VolumeRow) => boolean) => {
    const disk = [...left].find(({ volume }) => fits(volume));
    if (disk) left.delete(disk);
    return disk;
  };
  const byId = wanted.disks.map(({ name }) => take(({ id }) => id === idByName.get(name)));
  const matched = wanted.disks.map((disk, at) => ({
    disk,
    stands: byId[at] ?? take(({ name }) => name === disk.name),
  }));
  return { matched, left: [...left] };
}

/** Where each planned network port stands: by its hardware address, else by its network and place, else by place. */
export function matchedNics(seen: SeenVm, wanted: VmInputs) {
  const left = new Set(seen.nics);
  const take = (fits: (nic: NicRow) => boolean) => {
    const nic = [...left].find(fits);
    if (nic) left.delete(nic);
    return nic;
  };
  const found: (NicRow | undefined)[] = wanted.nics.map(
    ({ macAddress }) => macAddress && take(({ mac_address }) => mac_address?.toLowerCase() === macAddress),
  ) as (NicRow | undefined)[];
  const rest = (fits: (nic: VmInputs["nics"][number], row: NicRow) => boolean) => {
    for (const [at, nic] of wanted.nics.entries())
      if (!found[at] && !nic.macAddress) found[at] = take((row) => fits(nic, row));
  };
  rest((nic, row) => row.vlan?.name === nic.vlan);
  rest(() => true);
  return { matched: wanted.nics.map((nic, at) => ({ nic, stands: found[at] })), left: [...left] };
}

/** Inputs as the machine has them, in the order of those that it is compared with. */
export function seenInputs(seen: SeenVm, prior: VmInputs & Partial<VmOutputs>): Partial<VmInputs> {
  const { row, drives } = seen;
  const isTold = row.vm_tools_status === "RUNNING";
  const { matched, left } = matchedDisks(seen, prior, prior);
  const { matched: nics, left: otherNics } = matchedNics(seen, prior);
  const diskOf = ({ row: disk, volume }: SeenVm["disks"][number], planned?: VmInputs["disks"][number]) => ({
    name: volume.name,
    ...(planned && planned.size === undefined ? {} : { size: volume.size }),
    storagePolicy: volume.elf_storage_policy as "REPLICA_2_THIN_PROVISION",
    bus: (disk.bus ?? planned?.bus ?? "VIRTIO") as "VIRTIO",
  });
  return {
    name: row.name,
    description: unmarked(row.description ?? ""),
    ...(row.folder?.name ? { folder: row.folder.name } : { folder: undefined }),
    vcpu: row.vcpu,
    cpuCores: row.cpu.cores,
    memory: row.memory,
    ha: row.ha,
    firmware: row.firmware as "BIOS",
    disks: [
      ...matched.flatMap(({ disk, stands }) => (stands ? [diskOf(stands, disk)] : [])),
      ...left.map((stands) => diskOf(stands)),
    ],
    cdRoms: drives.map(imageIn),
    nics: [
      ...nics.flatMap(({ nic, stands }) => (stands ? [nicOf(stands, isTold, nic)] : [])),
      ...otherNics.map((stands) => nicOf(stands, isTold)),
    ],
    status: row.status as "RUNNING",
  };
}

/** An image of the tools in a drive is the cluster's affair: it puts one in where the tools are to be installed. */
function imageIn({ elf_image }: DiskRow): VmInputs["cdRoms"][number] {
  return elf_image?.name ? { image: elf_image.name } : {};
}

function nicOf(row: NicRow, isTold: boolean, planned?: VmInputs["nics"][number]): VmInputs["nics"][number] {
  const { ipAddress, subnetMask, gateway } = planned ?? {};
  // The address of a port that the plan gives none is the guest's own affair; of a guest without tools nobody knows it.
  const address = !isTold
    ? { ipAddress, subnetMask, gateway }
    : {
        ipAddress: row.ip_address || undefined,
        subnetMask: row.subnet_mask || undefined,
        gateway: gateway === undefined ? undefined : row.gateway || undefined,
      };
  return {
    vlan: row.vlan?.name ?? "",
    model: (row.model ?? planned?.model ?? "VIRTIO") as "VIRTIO",
    ...(planned?.macAddress && row.mac_address ? { macAddress: row.mac_address.toLowerCase() } : {}),
    enabled: row.enabled ?? planned?.enabled ?? true,
    mirror: row.mirror ?? planned?.mirror ?? false,
    ...(ipAddress === undefined ? {} : told(address)),
  };
}

/** Without what is not told: the engine's inputs have no such fields. */
function told<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export function outputsOf(seen: SeenVm, wanted: VmInputs, prior?: Partial<VmInputs & VmOutputs>): VmOutputs {
  const { row } = seen;
  const disksOf = matchedDisks(seen, wanted, prior).matched;
  const nicsOf = matchedNics(seen, wanted).matched;
  return {
    vmId: row.id,
    localId: row.local_id,
    biosUuid: row.bios_uuid ?? "",
    host: row.host?.name ?? "",
    addresses: (row.ips ?? "").split(",").filter(Boolean),
    macs: nicsOf.map(({ stands }) => stands?.mac_address ?? ""),
    volumeIds: disksOf.map(({ stands }) => stands?.volume.id ?? ""),
  };
}

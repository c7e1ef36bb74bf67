import { z } from "zod";
import { BadAnswer, NotFound } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import type { TowerCaller } from "./client";
import { limitFields } from "./io-limits";
import { qosFields } from "./nic-qos";
import { byName, onlyOne, partsOfVms, type TowerList, towerRows } from "./rows";
import type { VmInputs } from "./vm-inputs";

const nested = z.looseObject({ id: z.string(), name: z.string().nullish() });
const ofVm = z.looseObject({ id: z.string(), vm: z.looseObject({ id: z.string() }) });

const vmRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  local_id: z.string(),
  bios_uuid: z.string().nullish(),
  description: z.string().nullish(),
  vcpu: z.int(),
  cpu: z.looseObject({ cores: z.int(), sockets: z.int() }),
  memory: z.int(),
  ha: z.boolean(),
  ha_priority: z.string().nullish(),
  firmware: z.string(),
  status: z.string(),
  ips: z.string().nullish(),
  host: nested.nullish(),
  folder: nested.nullish(),
  vm_placement_group: z.array(nested).nullish(),
  labels: z.array(z.looseObject({ id: z.string(), key: z.string(), value: z.string().nullish() })).nullish(),
  guest_os_type: z.string().nullish(),
  video_type: z.string().nullish(),
  cpu_model: z.string().nullish(),
  clock_offset: z.string().nullish(),
  io_policy: z.string().nullish(),
  ...limitFields,
  hostname: z.string().nullish(),
  dns_servers: z.string().nullish(),
  cluster: nested.nullish(),
  in_recycle_bin: z.boolean().nullish(),
  internal: z.boolean().nullish(),
  last_shutdown_time: z.string().nullish(),
  vm_usage: z.string().nullish(),
  vm_tools_status: z.string().nullish(),
  vm_disks: z.array(z.unknown()).nullish(),
  vm_nics: z.array(z.unknown()).nullish(),
  entityAsyncStatus: z.string().nullish(),
});
type VmRow = z.output<typeof vmRow>;

const diskRow = ofVm.extend({
  type: z.string(),
  bus: z.string().nullish(),
  boot: z.int().nullish(),
  ...limitFields,
  vm_volume: nested.nullish(),
  elf_image: nested.nullish(),
  svt_image: nested.nullish(),
  cloud_init_image_path: z.string().nullish(),
});
type DiskRow = z.output<typeof diskRow>;

const nicRow = ofVm.extend({
  mac_address: z.string().nullish(),
  order: z.int().nullish(),
  model: z.string().nullish(),
  enabled: z.boolean().nullish(),
  mirror: z.boolean().nullish(),
  ip_address: z.string().nullish(),
  subnet_mask: z.string().nullish(),
  gateway: z.string().nullish(),
  ...qosFields,
  vlan: nested.nullish(),
});
export type NicRow = z.output<typeof nicRow>;

const volumeRow = z.looseObject({
  id: z.string(),
  local_id: z.string().nullish(),
  name: z.string(),
  size: z.int(),
  elf_storage_policy: z.string(),
  entityAsyncStatus: z.string().nullish(),
});
type VolumeRow = z.output<typeof volumeRow>;
const namedRow = z.looseObject({ id: z.string(), name: z.string() });

export const vms = { what: "virtual machines", path: pathTo`/get-vms`, row: vmRow } satisfies TowerList<VmRow>;
const disks = { what: "disks of virtual machines", path: pathTo`/get-vm-disks`, row: diskRow };
const nics = { what: "NICs of virtual machines", path: pathTo`/get-vm-nics`, row: nicRow };
const volumes = { what: "volumes of virtual machines", path: pathTo`/get-vm-volumes`, row: volumeRow };

export interface SeenDisk {
  row: DiskRow;
  volume: VolumeRow;
}

/** A machine with all that belongs to it. */
export interface SeenVm {
  row: VmRow;
  /** In the order in which they boot. */
  disks: SeenDisk[];
  cdRoms: DiskRow[];
  /** Whether no list lacks a disk, a NIC or a volume of it: while it is changed, also by others, one may. */
  isWhole: boolean;
  /** In their order in the machine. */
  nics: NicRow[];
}

/** A machine as it stands at this moment, or as a refresh may see it; undefined: it is not there, or in the recycle bin. */
export async function seenVm(
  context: TowerCaller,
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
  // One without a volume is none of those that a plan has: a cloud-init image is listed as a disk, too.
  const withVolumes = await Promise.all(
    ordered.flatMap((disk) => {
      const { type, vm_volume: of } = disk;
      if (type !== "DISK" || !of) return [];
      return [
        towerRows(context, volumes, inCluster)
          [how](of.id)
          .then((volume) => ({ row: disk, volume })),
      ];
    }),
  );
  // Disks and NICs are deleted and made anew at every update and sync (cloudtower-api-faq): a list may lack them meanwhile.
  const isCounted = (listed: unknown[], nested: unknown[] | null | undefined) =>
    !nested || nested.length === listed.length;
  return {
    row,
    disks: withVolumes.filter((disk): disk is SeenDisk => disk.volume !== undefined),
    isWhole:
      withVolumes.every(({ volume }) => volume !== undefined) &&
      isCounted(ownDisks, row.vm_disks) &&
      isCounted(ownNics, row.vm_nics),
    // What cloud-init reads is no drive of the plan's.
    cdRoms: ordered.filter(({ type, cloud_init_image_path }) => type === "CD_ROM" && !cloud_init_image_path),
    nics: ownNics.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0)),
  };
}

/** Vendor milliseconds between two looks, and until lists that lack a part of a machine are given up. */
const LOOK = 2_000;
const WHOLE_WITHIN = 120_000;

function notWhole({ row: { name } }: SeenVm): BadAnswer {
  return new BadAnswer(
    `CloudTower does not list all disks, NICs and volumes that machine ${name} has`,
    "look at the machine in CloudTower, then run again",
  );
}

/** A machine for a refresh: where its lists lack a part of it, as they stand a while later. */
export async function readVm(context: Context, id: string, cluster: string): Promise<SeenVm | undefined> {
  const recent = await seenVm(context, id, cluster, "recent");
  if (!recent || recent.isWhole || isPlaceholder(recent.row)) return recent;
  return context.wait<SeenVm | undefined>(
    `all parts of machine ${recent.row.name} to be listed`,
    async (elapsed) => {
      const seen = await seenVm(context, id, cluster);
      if (!seen || seen.isWhole) return { done: seen };
      if (elapsed > WHOLE_WITHIN) throw notWhole(seen);
      return { pending: "not all are" };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

/** The machine once no task works on it; a task may end earlier than that is shown (facts, part B 5A 7). */
export function settledVm(context: Context, id: string, { cluster, name }: VmInputs): Promise<SeenVm> {
  return context.wait<SeenVm>(
    `CloudTower to be done with machine ${name}`,
    async (elapsed) => {
      const seen = await seenVm(context, id, cluster);
      if (!seen) throw new NotFound(`machine ${name} (id ${id}) stands no more`, "run pulumi refresh, then up");
      const busy = [seen.row, ...seen.disks.map(({ volume }) => volume)].find((each) => each.entityAsyncStatus);
      if (busy) return { pending: String(busy.entityAsyncStatus) };
      if (seen.isWhole || isPlaceholder(seen.row)) return { done: seen };
      if (elapsed > WHOLE_WITHIN) throw notWhole(seen);
      return { pending: "not all of its disks and NICs are listed" };
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
  what: "network" | "ISO image" | "folder" | "volume" | "placement group" | "host",
  cluster: string,
  name: string,
): Promise<string> {
  const of = { cluster: { id: cluster } };
  const lists = {
    network: { list: { what: "networks", path: pathTo`/get-vlans`, row: namedRow }, scope: { type: "VM", vds: of } },
    "ISO image": { list: { what: "ISO images", path: pathTo`/get-elf-images`, row: namedRow }, scope: of },
    folder: { list: { what: "folders of virtual machines", path: pathTo`/get-vm-folders`, row: namedRow }, scope: of },
    volume: { list: { ...volumes, row: namedRow }, scope: of },
    "placement group": {
      list: { what: "placement groups", path: pathTo`/get-vm-placement-groups`, row: namedRow },
      scope: of,
    },
    host: { list: { what: "hosts", path: pathTo`/get-hosts`, row: namedRow }, scope: of },
  };
  const { list, scope } = lists[what];
  const found = (await byName(context, list, scope)(name)) ?? [];
  const about = { noun: what, plural: list.what, called: name };
  return onlyOne(found, about, "rename all but one of them in CloudTower").id;
}

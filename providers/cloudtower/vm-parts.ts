import { sizeText } from "../kernel/byte-size";
import { PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower, started } from "./client";
import { deleteWhere } from "./settle";
import type { VmChange } from "./vm-change";
import type { VmInputs, VmOutputs } from "./vm-inputs";
import { matchedDisks, matchedNics, named, type VolumeRow } from "./vm-seen";

type Disk = VmInputs["disks"][number];
type Nic = VmInputs["nics"][number];
type Prior = Partial<VmInputs & VmOutputs> | undefined;

/** The disks of a creation, or of disks that are added: volumes that stand are mounted, the others made. */
export async function diskBodies(context: Context, cluster: string, disks: { disk: Disk; boot: number }[]) {
  const made = disks.filter(({ disk }) => disk.size !== undefined);
  const mounted = disks.filter(({ disk }) => disk.size === undefined);
  return {
    mount_new_create_disks: made.map(({ disk: { name, size, storagePolicy, bus }, boot }) => ({
      boot,
      bus,
      vm_volume: { name, size, size_unit: "B", elf_storage_policy: storagePolicy },
    })),
    mount_disks: await Promise.all(
      mounted.map(async ({ disk: { name, bus }, boot }) => ({
        boot,
        bus,
        vm_volume_id: await named(context, "volume", cluster, name),
      })),
    ),
  };
}

export async function driveBody(
  context: Context,
  cluster: string,
  { image }: VmInputs["cdRoms"][number],
  boot: number,
) {
  return { boot, ...(image ? { elf_image_id: await named(context, "ISO image", cluster, image) } : {}) };
}

export async function nicBody(context: Context, cluster: string, { vlan, model, macAddress, enabled, mirror }: Nic) {
  const connect_vlan_id = await named(context, "network", cluster, vlan);
  return { type: "VLAN", connect_vlan_id, model, enabled, mirror, ...(macAddress && { mac_address: macAddress }) };
}

/** Grows, adds and takes out disks. What is taken out stays as a volume, unless the plan says otherwise. */
export async function syncDisks(change: VmChange, prior: Prior): Promise<void> {
  const { context, wanted } = change;
  const { cluster, deleteVolumes } = wanted;
  for (const { disk, stands } of matchedDisks(change.seen, wanted, prior).matched) {
    if (!stands || disk.size === undefined || stands.volume.size === disk.size) continue;
    if (stands.volume.size > disk.size)
      throw new PlanConflict(
        `disk ${disk.name} of machine ${wanted.name} has ${sizeText(stands.volume.size)}, planned are ${sizeText(disk.size)}: a disk does not shrink`,
        "put the plan back, or add another disk and copy what is on it",
      );
    // By machine and volume: the id of a disk changes with every update (cloudtower-api-faq).
    const where = { vm: { id: change.id }, vm_volume: { id: stands.volume.id } };
    await change.write(`growing disk ${disk.name}`, pathTo`/expand-vm-disk`, {
      where,
      size: disk.size,
      size_unit: "B",
    });
  }
  const gone: VolumeRow[] = [];
  for (;;) {
    const [unplanned] = matchedDisks(change.seen, wanted, prior).left;
    if (!unplanned) break;
    const data = { disk_ids: [unplanned.row.id] };
    await change.write(`taking out disk ${unplanned.volume.name}`, pathTo`/remove-vm-disk`, {
      where: { id: change.id },
      data,
    });
    gone.push(unplanned.volume);
  }
  const missing = matchedDisks(change.seen, wanted, prior).matched.flatMap(({ disk, stands }, at) =>
    stands ? [] : [{ disk, boot: at + 1 }],
  );
  if (missing.length > 0) {
    const vm_disks = await diskBodies(context, cluster, missing);
    const names = missing.map(({ disk }) => disk.name).join(", ");
    await change.write(`adding disks ${names}`, pathTo`/add-vm-disk`, { where: { id: change.id }, data: { vm_disks } });
  }
  for (const { id, name } of gone) {
    if (deleteVolumes) await deleteVolume(context, id, name);
    else
      context.warn(`volume ${name} (${id}) was a disk of machine ${wanted.name} and stays: deleteVolumes is not set`);
  }
}

export async function deleteVolume(context: Context, id: string, name: string): Promise<void> {
  await deleteWhere(context, {
    what: `volume ${name}`,
    path: pathTo`/delete-vm-volume`,
    where: { id },
    isGone: async () => (await volumesLeft(context, [id])).length === 0,
  });
}

/** Those of these volumes that stand. */
export async function volumesLeft(context: Context, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await cloudtower(context).list({
    what: "volumes of virtual machines",
    path: pathTo`/get-vm-volumes`,
    where: { id_in: ids },
    row: started.shape.data,
  });
  return rows.map(({ id }) => id);
}

/** Adds and takes out drives, and puts images in and takes them out, drive by drive. */
export async function syncDrives(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  const { cluster, cdRoms, disks } = wanted;
  const where = { id: change.id };
  const surplus = change.seen.drives.slice(cdRoms.length).map(({ id }) => id);
  if (surplus.length > 0)
    await change.write("taking out drives", pathTo`/remove-vm-cd-rom`, { where, data: { cd_rom_ids: surplus } });
  for (const [at, { image }] of cdRoms.entries()) {
    const drive = change.seen.drives[at];
    if (!drive || (drive.elf_image?.name ?? undefined) === image) continue;
    // An image of the tools is the cluster's affair where the plan wants the drive empty.
    if (image === undefined && !drive.elf_image) continue;
    const elf_image_id = image === undefined ? null : await named(context, "ISO image", cluster, image);
    await change.write(`changing the image in drive ${at + 1}`, pathTo`/update-vm-disk`, {
      where,
      data: { vm_disk_id: drive.id, elf_image_id },
    });
  }
  const missing = cdRoms.slice(change.seen.drives.length);
  if (missing.length === 0) return;
  const first = disks.length + change.seen.drives.length + 1;
  const vm_cd_roms = await Promise.all(missing.map((drive, at) => driveBody(context, cluster, drive, first + at)));
  await change.write("adding drives", pathTo`/add-vm-cd-rom`, { where, data: { vm_cd_roms } });
}

/** Adds, changes and takes out network ports, but for their addresses. */
export async function syncNics(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  const { cluster } = wanted;
  for (;;) {
    const [unplanned] = matchedNics(change.seen, wanted).left;
    if (!unplanned) break;
    await change.write(`taking out network port ${unplanned.mac_address}`, pathTo`/remove-vm-nic-by-where`, {
      where: portOf(change, unplanned.mac_address),
      effect: { vm_ids: [change.id] },
    });
  }
  for (const { nic, stands } of matchedNics(change.seen, wanted).matched) {
    if (!stands) continue;
    const data = {
      ...(stands.vlan?.name === nic.vlan
        ? {}
        : { connect_vlan_id: await named(context, "network", cluster, nic.vlan) }),
      ...(stands.enabled === nic.enabled ? {} : { enabled: nic.enabled }),
      ...(stands.mirror === nic.mirror ? {} : { mirror: nic.mirror }),
      ...(!nic.macAddress || stands.mac_address?.toLowerCase() === nic.macAddress
        ? {}
        : { mac_address: nic.macAddress }),
    };
    if (Object.keys(data).length === 0) continue;
    const where = portOf(change, stands.mac_address);
    await change.write(`changing network port ${stands.mac_address}`, pathTo`/update-vm-nic-advance-info`, {
      where,
      data,
    });
  }
  const missing = matchedNics(change.seen, wanted).matched.flatMap(({ nic, stands }) => (stands ? [] : [nic]));
  if (missing.length === 0) return;
  const vm_nics = await Promise.all(missing.map((nic) => nicBody(context, cluster, nic)));
  await change.write("adding network ports", pathTo`/add-vm-nic`, { where: { id: change.id }, data: { vm_nics } });
}

/** Sets the addresses that the plan has through the tools in the guest, once they run. */
export async function syncAddresses(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  for (const at of wanted.nics.keys()) {
    const { nic, stands } = matchedNics(change.seen, wanted).matched[at] ?? {};
    if (!nic?.ipAddress || !nic.subnetMask || !stands) continue;
    const { ipAddress, subnetMask, gateway } = nic;
    const isSet =
      stands.ip_address === ipAddress &&
      stands.subnet_mask === subnetMask &&
      (gateway === undefined || stands.gateway === gateway);
    if (isSet) continue;
    if (change.seen.row.status !== "RUNNING") {
      context.warn(`machine ${wanted.name} does not run: the address ${ipAddress} is set once it does`);
      return;
    }
    await untilToolsRun(change);
    await change.write(`setting the address ${ipAddress}`, pathTo`/update-vm-nic-basic-info`, {
      where: portOf(change, stands.mac_address),
      data: { ip_address: ipAddress, subnet_mask: subnetMask, ...(gateway && { gateway }) },
    });
  }
}

/** Vendor milliseconds between two looks at a guest whose tools do not run yet. */
const TOOLS_LOOK = 10_000;

async function untilToolsRun(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  await context.wait<void>(
    `the tools in the guest of machine ${wanted.name}`,
    async () => {
      await change.look();
      const status = change.seen.row.vm_tools_status;
      return status === "RUNNING" ? { done: undefined } : { pending: String(status ?? "not told") };
    },
    { interval: TOOLS_LOOK / 4, cap: TOOLS_LOOK },
  );
}

function portOf(change: VmChange, mac: string | null | undefined) {
  return { vm: { id: change.id }, mac_address: mac };
}

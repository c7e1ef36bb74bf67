import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import type { VmChange } from "./vm-change";
import type { VmInputs } from "./vm-inputs";
import { named, type SeenVm } from "./vm-seen";

type CdRom = NonNullable<VmInputs["cdRoms"]>[number];

/**
 * The drives by place. An image of the tools in one is the cluster's affair, which puts it in to have them installed, and
 * brings a drive for it where there is none.
 */
export function seenCdRoms({ cdRoms }: SeenVm, planned: CdRom[]): CdRom[] {
  return cdRoms
    .filter(({ svt_image }, at) => at < planned.length || !svt_image)
    .map(({ elf_image }) => (elf_image?.name ? { image: elf_image.name } : {}));
}

export async function cdRomBody(context: Context, cluster: string, { image }: CdRom, boot: number) {
  return { boot, ...(image ? { elf_image_id: await named(context, "ISO image", cluster, image) } : {}) };
}

/** Adds and takes out CD-ROMs, and puts images in and takes them out, drive by drive. */
export async function syncCdRoms(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  const { cluster, cdRoms } = wanted;
  if (!cdRoms) return;
  const where = { id: change.id };
  const surplus = change.seen.cdRoms
    .slice(cdRoms.length)
    .filter(({ svt_image }) => !svt_image)
    .map(({ id }) => id);
  if (surplus.length > 0)
    await change.write("take out CD-ROMs", pathTo`/remove-vm-cd-rom`, { where, data: { cd_rom_ids: surplus } });
  for (const [at, { image }] of cdRoms.entries()) {
    const drive = change.seen.cdRoms[at];
    if (!drive || seenCdRoms(change.seen, cdRoms)[at]?.image === image) continue;
    const elf_image_id = image === undefined ? null : await named(context, "ISO image", cluster, image);
    const data = { vm_disk_id: drive.id, elf_image_id };
    await change.write(`change the image in CD-ROM ${at + 1}`, pathTo`/update-vm-disk`, { where, data });
  }
  const missing = cdRoms.slice(change.seen.cdRoms.length);
  if (missing.length === 0) return;
  const first = change.seen.disks.length + change.seen.cdRoms.length + 1;
  const vm_cd_roms = await Promise.all(missing.map((cdRom, at) => cdRomBody(context, cluster, cdRom, first + at)));
  await change.write("add CD-ROMs", pathTo`/add-vm-cd-rom`, { where, data: { vm_cd_roms } });
}

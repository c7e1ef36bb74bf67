import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabVmCdrom, LabVmDisk } from "../smtxos/cluster-model";
import { changeVm, checkMade, LOCKS, onVms, updated, vmsOfParts } from "./machine-change";
import { machineDriveOperations } from "./machine-drives";
import { machineNicOperations } from "./machine-nics";
import { parsed, Refused, rest } from "./rest";
import { diskIndex, type Shown, volumeId } from "./shown-vms";
import { bytes, unit } from "./units";
import { bus, checkFree, imagePath, mountedDisk, NO_LIBRARY, readDisks, vmDisksSchema } from "./vm-spec";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const addDiskSchema = whereSchema.extend({ data: z.looseObject({ vm_disks: vmDisksSchema }) });
const removeDiskSchema = whereSchema.extend({ data: z.looseObject({ disk_ids: z.array(z.string()).min(1) }) });
const expandSchema = whereSchema.extend({ size: z.int().min(1), size_unit: unit });
const updateDiskSchema = whereSchema.extend({
  data: z.looseObject({
    vm_disk_id: z.string(),
    bus: bus.optional(),
    vm_volume_id: z.string().optional(),
    elf_image_id: z.string().nullable().optional(),
    content_library_image_id: z.string().nullable().optional(),
  }),
});

/** A new disk as requests of examples have it. */
export const exampleDisk = (boot: number) => ({
  boot,
  bus: "VIRTIO",
  vm_volume: { name: `disk-${boot}`, size: 1, size_unit: "GB", elf_storage_policy: "REPLICA_2_THIN_PROVISION" },
});

/** Disks, drives and NICs of virtual machines. */
export const machinePartOperations: Operation[] = [
  rest({
    id: "addVmDisk",
    path: "/add-vm-disk",
    write: true,
    source: `the vendor's schema; ${LOCKS}`,
    assumed: "also while the machine runs",
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("Vm") },
        data: { vm_disks: { mount_new_create_disks: [exampleDisk(3)] } },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(addDiskSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, standing, vm, isNew } = machine;
        checkMade(vm, isNew);
        const { disks, volumes } = readDisks(site, cluster, standing, data.vm_disks);
        return changeVm(site, tower, call, machine, "addVmDisk", updated({ disks: [...vm.disks, ...disks] }, volumes));
      });
    },
  }),
  rest({
    id: "removeVmDisk",
    path: "/remove-vm-disk",
    write: true,
    source: `the vendor's schema; ${LOCKS}`,
    assumed: "also while the machine runs; the volume stays; 404 for a disk that is none of the machine's",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { disk_ids: [idOf("VmDisk", { type: "DISK" })] } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(removeDiskSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm, isNew } = machine;
        checkMade(vm, isNew);
        const gone = data.disk_ids.map((id) => diskIndex(site, { cluster, vm }, id));
        if (gone.some((index) => index < 0 || index >= vm.disks.length))
          throw new Refused(404, `a disk of ${data.disk_ids.join(", ")} is not found in ${vm.name}`);
        const disks = vm.disks.filter((_disk, index) => !gone.includes(index));
        return changeVm(site, tower, call, machine, "removeVmDisk", updated({ disks }));
      });
    },
  }),
  rest({
    id: "expandVmDisk",
    path: "/expand-vm-disk",
    write: true,
    source: `the vendor's schema: the size that it is to have; ${LOCKS}, a volume's too`,
    assumed: "units of 1024; also while the machine runs; 400 for a CD-ROM, and for a size that is not greater",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("VmDisk", { type: "DISK" }) }, size: 64, size_unit: "GB" }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, size: value, size_unit } = parsed(expandSchema, call.body);
      const size = bytes(value, size_unit);
      const changes = vmsOfParts(site, tower, "VmDisk", where).map(({ machine, indices }) => {
        const volumes = indices.map((index) => growing(site, machine, index, size));
        return { machine, volumeSizes: Object.fromEntries(volumes.map((uuid) => [uuid, size])) };
      });
      const body = changes.map(({ machine, volumeSizes }) =>
        changeVm(site, tower, call, machine, "expandVmDisk", { ...updated({}), volumeSizes }),
      );
      return { status: 200, body };
    },
  }),
  rest({
    id: "updateVmDisk",
    path: "/update-vm-disk",
    write: true,
    source: `the vendor's schema: an elf_image_id may be null; ${LOCKS}, a volume's too`,
    assumed:
      "what is left out stays; null empties a drive; also while the machine runs; the volume that a disk had stays; what an image has installed stays, and an installation that has not ended begins anew when a drive of a running machine changes; 400 for an image in a disk and a volume in a drive; 404 for a disk that is none of the machine's, and for images and volumes that are not there",
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("Vm") },
        data: { vm_disk_id: idOf("VmDisk", { type: "DISK" }), bus: "SCSI" },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateDiskSchema, call.body);
      if (typeof data.content_library_image_id === "string") throw new Refused(501, NO_LIBRARY);
      return onVms(site, tower, where, (machine) => {
        const { vm, isNew } = machine;
        checkMade(vm, isNew);
        const index = diskIndex(site, machine, data.vm_disk_id);
        const disk = vm.disks[index];
        const cdrom = vm.cdroms[index - vm.disks.length];
        if (!disk && !cdrom) throw new Refused(404, `disk ${data.vm_disk_id} is not found in ${vm.name}`);
        const to = disk
          ? { disks: vm.disks.with(index, changedDisk(site, machine, disk, data)) }
          : { cdroms: vm.cdroms.with(index - vm.disks.length, changedDrive(site, machine, cdrom as LabVmCdrom, data)) };
        return changeVm(site, tower, call, machine, "updateVmDisk", updated(to));
      });
    },
  }),
  ...machineDriveOperations,
  ...machineNicOperations,
];

/** The uuid of the volume behind a disk that can have a size. */
function growing(site: SiteState, { cluster, vm, sizeOf }: Shown, index: number, size: number): string {
  const disk = vm.disks[index];
  if (!disk) throw new Refused(400, `a disk of ${vm.name} that is found is a CD-ROM, which has no size`);
  checkFree(site, cluster, disk.volume);
  const now = sizeOf(disk.volume);
  if (size <= now) throw new Refused(400, `volume ${disk.name} has ${now} bytes and cannot be expanded to ${size}`);
  return disk.volume;
}

type DiskChange = z.output<typeof updateDiskSchema>["data"];

function changedDisk(site: SiteState, { cluster, standing, vm }: Shown, disk: LabVmDisk, data: DiskChange): LabVmDisk {
  if (data.elf_image_id !== undefined) throw new Refused(400, `disk ${disk.name} of ${vm.name} is no CD-ROM`);
  const to = data.bus?.toLowerCase() ?? disk.bus;
  const id = data.vm_volume_id;
  if (id === undefined || id === volumeId(site, cluster, disk.volume)) return { ...disk, bus: to };
  return mountedDisk(site, cluster, standing, id, to);
}

function changedDrive(
  site: SiteState,
  { cluster, standing, vm }: Shown,
  cdrom: LabVmCdrom,
  { elf_image_id: image, vm_volume_id, bus: to }: DiskChange,
): LabVmCdrom {
  if (vm_volume_id !== undefined) throw new Refused(400, `a CD-ROM of ${vm.name} has no volume`);
  const inserted = typeof image === "string" ? imagePath(site, cluster, standing, image) : "";
  return { ...cdrom, bus: to?.toLowerCase() ?? cdrom.bus, path: image === undefined ? cdrom.path : inserted };
}

import { z } from "zod";
import type { Operation } from "../operation";
import { found } from "./found";
import { changeVm, checkMade, LOCKS, onVms, updated, vmsOfParts } from "./machine-change";
import { parsed, Refused, rest } from "./rest";
import { diskIndex } from "./shown-vms";
import { cdromSchema, readCdrom } from "./vm-spec";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const addSchema = whereSchema.extend({ data: z.looseObject({ vm_cd_roms: z.array(cdromSchema) }) });
const removeSchema = whereSchema.extend({ data: z.looseObject({ cd_rom_ids: z.array(z.string()).min(1) }) });

/** CD-ROM drives of virtual machines; what is in one is changed as a disk is. */
export const machineDriveOperations: Operation[] = [
  rest({
    id: "addVmCdRom",
    path: "/add-vm-cd-rom",
    write: true,
    source: `the vendor's schema, 304 without a body for no change; ${LOCKS}`,
    assumed:
      "no change is no drive; also while the machine runs; new drives come after those that stand: boot, index, key and limits are not heeded; one without elf_image_id is empty; 404 for an image that is not there",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { vm_cd_roms: [{ boot: 4 }] } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(addSchema, call.body);
      if (data.vm_cd_roms.length === 0) {
        found(site, tower, "Vm", where);
        return { status: 304, body: undefined };
      }
      return onVms(site, tower, where, (machine) => {
        const { cluster, standing, vm, isNew } = machine;
        checkMade(vm, isNew);
        const more = data.vm_cd_roms.map((asked) => readCdrom(site, cluster, standing, asked));
        return changeVm(site, tower, call, machine, "addVmCdRom", updated({ cdroms: [...vm.cdroms, ...more] }));
      });
    },
  }),
  rest({
    id: "ejectIsoFromVmCdRom",
    path: "/eject-iso-from-vm-cd-rom",
    write: true,
    source: `the vendor's schema: by a condition on disks; ${LOCKS}`,
    assumed:
      "disks that are found stay as they are, 404 where no drive is; a drive that is empty already takes a task; also while the machine runs, and of tools as of ISO images",
    example: { when: "changes", request: () => ({ where: { type: "CD_ROM" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const changes = vmsOfParts(site, tower, "VmDisk", where).flatMap(({ machine, indices }) => {
        const { disks, cdroms } = machine.vm;
        if (indices.every((index) => index < disks.length)) return [];
        const emptied = cdroms.map((cdrom, index) =>
          indices.includes(disks.length + index) ? { ...cdrom, path: "" } : cdrom,
        );
        return [{ machine, emptied }];
      });
      if (changes.length === 0) throw new Refused(404, "no CD-ROM is found by where");
      const body = changes.map(({ machine, emptied }) =>
        changeVm(site, tower, call, machine, "ejectIsoFromVmCdRom", updated({ cdroms: emptied })),
      );
      return { status: 200, body };
    },
  }),
  rest({
    id: "removeVmCdRom",
    path: "/remove-vm-cd-rom",
    write: true,
    source: `the vendor's schema: by ids of disks; ${LOCKS}`,
    assumed: "also while the machine runs; 404 for a drive that is none of the machine's",
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("Vm") },
        data: { cd_rom_ids: [idOf("VmDisk", { type: "CD_ROM" })] },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(removeSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { vm, isNew } = machine;
        checkMade(vm, isNew);
        const gone = data.cd_rom_ids.map((id) => diskIndex(site, machine, id) - vm.disks.length);
        if (gone.some((index) => index < 0))
          throw new Refused(404, `a CD-ROM of ${data.cd_rom_ids.join(", ")} is not found in ${vm.name}`);
        const cdroms = vm.cdroms.filter((_cdrom, index) => !gone.includes(index));
        return changeVm(site, tower, call, machine, "removeVmCdRom", updated({ cdroms }));
      });
    },
  }),
];

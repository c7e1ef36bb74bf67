import { z } from "zod";
import type { Operation } from "../operation";
import type { LabVmNic } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { found } from "./found";
import { changeVm, checkMade, LOCKS, onVms, unlocked } from "./machine-change";
import { parsed, Refused, rest } from "./rest";
import { diskIndex, vmsById } from "./shown-vms";
import { siteOf } from "./tower-site";
import { readDisks, vmDisksSchema } from "./vm-spec";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const addDiskSchema = whereSchema.extend({ data: z.looseObject({ vm_disks: vmDisksSchema }) });
const removeDiskSchema = whereSchema.extend({ data: z.looseObject({ disk_ids: z.array(z.string()).min(1) }) });
const nicSchema = whereSchema.extend({
  data: z.looseObject({
    ip_address: z.ipv4().optional(),
    subnet_mask: z.ipv4().optional(),
    gateway: z.string().optional(),
  }),
});

/** A new disk as requests of examples have it. */
export const exampleDisk = (boot: number) => ({
  boot,
  bus: "VIRTIO",
  vm_volume: { name: `disk-${boot}`, size: 1, size_unit: "GB", elf_storage_policy: "REPLICA_2_THIN_PROVISION" },
});

/** Disks and NICs of virtual machines. */
export const machinePartOperations: Operation[] = [
  rest({
    id: "addVmDisk",
    path: "/add-vm-disk",
    write: true,
    source: `the vendor's schema; ${LOCKS}`,
    assumed: "also while the machine runs; limits are not heeded",
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
        const act = { does: "update" as const, to: { disks: [...vm.disks, ...disks] }, newVolumes: volumes };
        return changeVm(site, tower, call, machine, "addVmDisk", act);
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
        return changeVm(site, tower, call, machine, "removeVmDisk", {
          does: "update",
          to: { disks },
          newVolumes: [],
        });
      });
    },
  }),
  rest({
    id: "updateVmNicBasicInfo",
    path: "/update-vm-nic-basic-info",
    write: true,
    source:
      "cloudtower-api-faq, 配置网络: the guest's tools must run; facts, part B 5A 13: by a condition on NICs, 304 without a body for no change",
    assumed: "400 while no tools run; what is left out stays",
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("VmNic") },
        data: { ip_address: "10.0.30.5", subnet_mask: "255.255.255.0" },
      }),
      status: 400,
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(nicSchema, call.body);
      const rows = found(site, tower, "VmNic", where);
      const macs = rows.map((row) => row["mac_address"]);
      const machines = new Set(rows.map((row) => (row["vm"] as { id: string }).id));
      const all = vmsById(site, tower);
      const changes = [...machines].map((id) => {
        const shown = unlocked(site, all, id);
        if (!toolsRun(siteOf(site, shown.cluster), shown.vm))
          throw new Refused(400, `no tools run in virtual machine ${shown.vm.name}`);
        const nics = shown.vm.nics.map((nic) => (macs.includes(nic.mac) ? withAddress(nic, data) : nic));
        return { shown, nics };
      });
      const differs = changes.filter(({ shown, nics }) => JSON.stringify(nics) !== JSON.stringify(shown.vm.nics));
      if (differs.length === 0) return { status: 304, body: undefined };
      const body = differs.map(({ shown, nics }) =>
        changeVm(site, tower, call, shown, "updateVm", { does: "update", to: { nics }, newVolumes: [] }),
      );
      return { status: 200, body };
    },
  }),
];

function withAddress(nic: LabVmNic, data: z.output<typeof nicSchema>["data"]): LabVmNic {
  const { ip = "", netmask = "", gateway = "" } = nic.address ?? {};
  const address = {
    ip: data.ip_address ?? ip,
    netmask: data.subnet_mask ?? netmask,
    gateway: data.gateway ?? gateway,
  };
  if (address.ip === "" || address.netmask === "")
    throw new Refused(400, "a NIC's address needs ip_address and subnet_mask");
  return { ...nic, address };
}

import { z } from "zod";
import type { SiteState } from "../site-state";
import type { LabCluster, LabPower, LabVm, LabVmCdrom, LabVmDisk, LabVmNic, LabVolume } from "../smtxos/cluster-model";
import { isWhole, pathOf } from "../smtxos/image-upload";
import { bondOf } from "../smtxos/jobs";
import { imageId, POLICIES, policyOf, policyUuid } from "./elf-rows";
import { given } from "./keep";
import { ioPolicySchema, limited, limitsSchema, qosSchema, readQos } from "./limits";
import { locked, Refused } from "./rest";
import { volumeId, volumeOf } from "./shown-vms";
import { asyncStatus } from "./standing";
import type { LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";
import { bytes, unit } from "./units";

const policy = z.enum(POLICIES).optional();

/** What a NIC may have from its creation on, and what changes it. */
export const nicChangeSchema = z.looseObject({
  connect_vlan_id: z.string().optional(),
  mirror: z.boolean().optional(),
  enabled: z.boolean().optional(),
  mac_address: z.string().optional(),
});
export const nicSchema = nicChangeSchema.extend({
  qos: qosSchema.optional(),
  model: z.enum(["VIRTIO", "E1000", "SRIOV"]).optional(),
  type: z.enum(["VLAN", "VPC"]).optional(),
});
export const bus = z.enum(["IDE", "SCSI", "VIRTIO", "USB"]);
const mountSchema = limitsSchema.extend({ boot: z.int(), bus });
const disksSchema = z.looseObject({
  mount_disks: z.array(mountSchema.extend({ vm_volume_id: z.string() })).optional(),
  mount_new_create_disks: z
    .array(
      mountSchema.extend({
        vm_volume: z.looseObject({
          name: z.string().min(1),
          size: z.int().min(1),
          size_unit: unit,
          // Only 4.8.0 has the other two, and the first as deprecated (facts, part B 5A 12).
          elf_storage_policy: policy,
          elf_replica_storage_policy: policy,
          elf_ec_storage_policy: z.looseObject({}).optional(),
        }),
      }),
    )
    .optional(),
});
export const cdromSchema = z.looseObject({
  boot: z.int(),
  elf_image_id: z.string().optional(),
  content_library_image_id: z.string().optional(),
});
export const vmDisksSchema = disksSchema.extend({ mount_cd_roms: z.array(cdromSchema).optional() });

const HA_PRIORITIES = ["LEVEL_1_LOW", "LEVEL_2_MEDIUM", "LEVEL_3_HIGH"] as const;
const count = z.int().min(1);
/** What a change may have too; memory in bytes unless its unit says another. */
export const changeSchema = z.looseObject({
  name: z.string().min(1).optional(),
  description: z.string().optional(),
  ha: z.boolean().optional(),
  // Of 4.8.0; an older one takes it as it takes every field that it does not know.
  ha_priority: z.enum(HA_PRIORITIES).optional(),
  vcpu: count.optional(),
  cpu_cores: count.optional(),
  cpu_sockets: count.optional(),
  memory: count.optional(),
  memory_unit: unit,
});
export const vmUpdateSchema = z.looseObject({ where: z.looseObject({}), data: changeSchema });
export const vmCreateSchema = changeSchema
  .required({ name: true, ha: true, cpu_cores: true, cpu_sockets: true })
  .extend(limitsSchema.shape)
  .extend({
    cluster_id: z.string(),
    io_policy: ioPolicySchema,
    memory: count,
    folder_id: z.string().optional(),
    status: z.enum(["RUNNING", "STOPPED"]),
    firmware: z.enum(["BIOS", "UEFI"]),
    vm_nics: z.array(nicSchema),
    vm_disks: vmDisksSchema,
  });

/** A new machine, stopped, its disks without a logical unit yet; and whether it is to be started. */
export function readVm(
  site: SiteState,
  cluster: LabTowerCluster,
  standing: LabCluster,
  asked: z.output<typeof vmCreateSchema>,
): { vm: LabVm; volumes: LabVolume[]; status: LabPower } {
  const uuid = site.id(`vm ${asked.name}`);
  const { disks, volumes } = readDisks(site, cluster, standing, asked.vm_disks);
  const vm: LabVm = {
    uuid,
    name: asked.name,
    description: asked.description ?? "",
    vcpu: cpus(asked.vcpu, asked.cpu_sockets, asked.cpu_cores),
    sockets: asked.cpu_sockets,
    cores: asked.cpu_cores,
    memory: bytes(asked.memory, asked.memory_unit),
    ha: asked.ha,
    ...given({ haPriority: asked.ha_priority, ioPolicy: asked.io_policy }),
    ...limited(asked),
    nestedVirtualization: false,
    cpuModel: "cluster_default",
    firmware: asked.firmware,
    autoSchedule: true,
    nics: asked.vm_nics.map((nic, index) => readNic(site, cluster, standing, nic, `${uuid} ${index}`)),
    disks,
    cdroms: (asked.vm_disks.mount_cd_roms ?? []).map((cdrom) => readCdrom(site, cluster, standing, cdrom)),
    status: "stopped",
    createdAt: siteOf(site, cluster).now,
    installed: false,
  };
  return { vm, volumes, status: asked.status === "RUNNING" ? "running" : "stopped" };
}

/** A change of a machine; what it leaves out stays. */
export function readVmChange(vm: LabVm, data: z.output<typeof changeSchema>): Partial<LabVm> {
  const { cpu_sockets: sockets = vm.sockets, cpu_cores: cores = vm.cores } = data;
  const named = data.cpu_sockets !== undefined || data.cpu_cores !== undefined;
  const vcpu = named || data.vcpu !== undefined ? cpus(data.vcpu, sockets, cores) : vm.vcpu;
  const memory = data.memory === undefined ? vm.memory : bytes(data.memory, data.memory_unit);
  if ((vcpu !== vm.vcpu || memory !== vm.memory) && vm.status !== "stopped")
    throw new Refused(400, `virtual machine ${vm.name} is ${vm.status}`);
  const { name = vm.name, description = vm.description, ha = vm.ha } = data;
  return { name, description, ha, ...given({ haPriority: data.ha_priority }), vcpu, sockets, cores, memory };
}

export function cpus(vcpu: number | undefined, sockets: number, cores: number): number {
  if (vcpu !== undefined && vcpu !== sockets * cores) throw new Refused(400, "vcpu is cpu_sockets times cpu_cores");
  return sockets * cores;
}

/** Disks that are mounted, and the volumes that are made for them. */
export function readDisks(
  site: SiteState,
  cluster: LabTowerCluster,
  standing: LabCluster,
  { mount_disks = [], mount_new_create_disks = [] }: z.output<typeof disksSchema>,
): { disks: LabVmDisk[]; volumes: LabVolume[] } {
  const volumes: LabVolume[] = [];
  const made = mount_new_create_disks.map(({ boot, bus, vm_volume: asked, ...limits }) => {
    const name = asked.elf_ec_storage_policy ? "EC" : (asked.elf_replica_storage_policy ?? asked.elf_storage_policy);
    if (!name) throw new Refused(400, `volume ${asked.name} has no elf_storage_policy`);
    const volume = {
      uuid: site.id(`volume ${asked.name}`),
      name: asked.name,
      size: bytes(asked.size, asked.size_unit),
      policy: name,
      createdAt: siteOf(site, cluster).now,
    };
    volumes.push(volume);
    const disk = diskOf(volume, bus, policyUuid(siteOf(site, cluster), name));
    return { boot, disk: { ...disk, ...limited(limits) } };
  });
  const mounted = mount_disks.map(({ boot, bus, vm_volume_id, ...limits }) => {
    const disk = mountedDisk(site, cluster, standing, vm_volume_id, bus);
    return { boot, disk: { ...disk, ...limited(limits) } };
  });
  const all = [...made, ...mounted].sort((a, b) => a.boot - b.boot);
  return { disks: all.map(({ disk }) => disk), volumes };
}

/** A disk of a volume that stands, and that no machine has unless several may. */
export function mountedDisk(
  site: SiteState,
  cluster: LabTowerCluster,
  standing: LabCluster,
  id: string,
  as: string,
): LabVmDisk {
  const volume = volumeOf(site, cluster, id);
  if (!volume) throw new Refused(404, `volume ${id} is not found`);
  checkFree(site, cluster, volume.uuid);
  const holder = standing.vms.find(({ disks }) => disks.some((disk) => disk.volume === volume.uuid));
  if (holder && !volume.sharing) throw new Refused(400, `volume ${volume.name} is mounted in ${holder.name}`);
  return diskOf(volume, as, policyUuid(siteOf(site, cluster), policyOf(volume)));
}

/** Refused while a task works on the volume itself. */
export function checkFree(site: SiteState, cluster: LabTowerCluster, volume: string): void {
  if (asyncStatus(site, cluster.own.busy[volume]) !== null) throw locked("VM_VOLUME", volumeId(site, cluster, volume));
}

function diskOf({ uuid, name }: LabVolume, bus: string, policy: string): LabVmDisk {
  return { volume: uuid, name, bus: bus.toLowerCase(), policy, lun: 0 };
}

/** A drive, with an image or empty. */
export function readCdrom(
  site: SiteState,
  cluster: LabTowerCluster,
  standing: LabCluster,
  { elf_image_id: id, content_library_image_id: library }: z.output<typeof cdromSchema>,
): LabVmCdrom {
  if (library !== undefined) throw new Refused(501, NO_LIBRARY);
  const path = id === undefined ? "" : imagePath(site, cluster, standing, id);
  return { bus: "ide", path, disabled: false };
}

export const NO_LIBRARY = "the lab has no content library";

/** Where the ISO image of an id lies, which is what a drive has. */
export function imagePath(site: SiteState, cluster: LabTowerCluster, { images }: LabCluster, id: string): string {
  const image = images.find((each) => each.kind === "iso" && isWhole(each) && imageId(site, cluster, each.uuid) === id);
  if (!image) throw new Refused(404, `image ${id} is not found`);
  return pathOf(siteOf(site, cluster), image);
}

export function readNic(
  site: SiteState,
  cluster: LabTowerCluster,
  standing: LabCluster,
  nic: z.output<typeof nicSchema>,
  macName: string,
): LabVmNic {
  if (nic.type === "VPC" || nic.model === "SRIOV") throw new Refused(501, "the lab has no VPC and no SR-IOV");
  return {
    ...networkOf(site, cluster, standing, nic.connect_vlan_id),
    model: (nic.model ?? "VIRTIO").toLowerCase(),
    mac: nic.mac_address ?? `52:54:00:${site.mac(`nic ${macName}`).slice(9)}`,
    mirror: nic.mirror ?? false,
    link: nic.enabled === false ? "down" : "up",
    ...(nic.qos && { qos: readQos({}, nic.qos) }),
  };
}

/** What a NIC in the network of an id has of it. */
export function networkOf(
  site: SiteState,
  cluster: LabTowerCluster,
  standing: LabCluster,
  id: string | undefined,
): Pick<LabVmNic, "vlan" | "ovs"> {
  const vlan = standing.vlans.find(
    ({ uuid, use }) => use === "vm" && site.fixedCuid(`${cluster.id} vlan ${uuid}`) === id,
  );
  const vds = standing.vdses.find(({ uuid }) => uuid === vlan?.vds);
  if (!vlan || !vds) throw new Refused(404, `network ${id} of virtual machines is not found`);
  return { vlan: vlan.uuid, ovs: bondOf(siteOf(site, cluster), vds).ovsbr_name };
}

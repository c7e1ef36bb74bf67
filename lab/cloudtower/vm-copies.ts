import { z } from "zod";
import type { SiteState } from "../site-state";
import type { LabCluster, LabFrozen, LabPower, LabVm, LabVmDisk, LabVmNic, LabVolume } from "../smtxos/cluster-model";
import { frozenPolicy } from "./frozen";
import { Refused } from "./rest";
import type { LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";
import { bytes } from "./units";
import { bus, changeSchema, cpus, nicSchema, readDisks, readNic, vmDisksSchema } from "./vm-spec";

/** What a machine may have that is made from another, from a snapshot or from a template. */
const copySchema = changeSchema.required({ name: true }).extend({
  cluster_id: z.string().optional(),
  folder_id: z.string().optional(),
  status: z.enum(["RUNNING", "STOPPED"]).optional(),
  firmware: z.enum(["BIOS", "UEFI"]).optional(),
  is_full_copy: z.boolean().optional(),
  vm_nics: z.array(nicSchema).optional(),
});
/** Of another machine, or of a snapshot. */
export const cloneSchema = copySchema.extend({ vm_disks: vmDisksSchema.optional() });

const networkSchema = z.looseObject({
  type: z.enum(["IPV4", "IPV4_DHCP"]),
  nic_index: z.int().min(0).max(15),
  ip_address: z.ipv4().optional(),
  netmask: z.ipv4().optional(),
  routes: z.array(z.looseObject({ network: z.ipv4(), netmask: z.ipv4(), gateway: z.ipv4() })).optional(),
});
const cloudInitSchema = z.looseObject({
  hostname: z.string().optional(),
  nameservers: z.array(z.ipv4()).max(3).optional(),
  public_keys: z.array(z.string()).max(10).optional(),
  user_data: z
    .string()
    .max(32 * 1024)
    .optional(),
  default_user_password: z.string().optional(),
  networks: z.array(networkSchema).optional(),
});
export const fromTemplateSchema = copySchema.extend({
  template_id: z.string(),
  is_full_copy: z.boolean(),
  cloud_init: cloudInitSchema.optional(),
  disk_operate: z
    .looseObject({
      new_disks: vmDisksSchema.optional(),
      modify_disks: z
        .array(z.looseObject({ disk_index: z.int().min(0), bus: bus.optional(), vm_volume_id: z.string().optional() }))
        .optional(),
    })
    .optional(),
});

type Copy = Partial<z.output<typeof fromTemplateSchema>> & z.output<typeof cloneSchema>;

/** A new machine that is a copy, stopped, its volumes copies too; and whether it is to be started. */
export function readCopy(
  site: SiteState,
  cluster: LabTowerCluster,
  standing: LabCluster,
  { vm: from, sizes }: LabFrozen,
  asked: Copy,
): { vm: LabVm; volumes: LabVolume[]; status: LabPower } {
  const uuid = site.id(`vm ${asked.name}`);
  const { createdAt: _then, startedAt: _start, stoppedAt: _stop, cloudInit: _init, guest, ...like } = from;
  const { cpu_sockets: sockets = from.sockets, cpu_cores: cores = from.cores } = asked;
  const given = asked.vm_disks ? readDisks(site, cluster, standing, asked.vm_disks) : undefined;
  const { disks, volumes } = given ?? copiedDisks(site, cluster, { vm: from, sizes }, asked);
  const more = readDisks(site, cluster, standing, asked.disk_operate?.new_disks ?? {});
  const nics =
    asked.vm_nics?.map((nic, index) => readNic(site, cluster, standing, nic, `${uuid} ${index}`)) ??
    from.nics.map(({ address: _address, ...nic }, index) => ({ ...nic, mac: newMac(site, `${uuid} ${index}`) }));
  const { cloud_init: init } = asked;
  const vm: LabVm = {
    ...like,
    // What the tools have set in it, unless cloud-init sets it anew.
    ...(guest && !asked.cloud_init && { guest }),
    uuid,
    name: asked.name,
    description: asked.description ?? from.description,
    vcpu: cpus(asked.vcpu, sockets, cores),
    sockets,
    cores,
    memory: asked.memory === undefined ? from.memory : bytes(asked.memory, asked.memory_unit),
    ha: asked.ha ?? from.ha,
    ...(asked.ha_priority && { haPriority: asked.ha_priority }),
    firmware: asked.firmware ?? from.firmware,
    nics: nics.map((nic, index) => addressed(nic, index, init?.networks)),
    disks: [...disks, ...more.disks],
    status: "stopped",
    createdAt: siteOf(site, cluster).now,
    ...(init && {
      cloudInit: { nameservers: init.nameservers ?? [], ...(init.hostname && { hostname: init.hostname }) },
    }),
  };
  const status = asked.status === "RUNNING" ? "running" : "stopped";
  return { vm, volumes: [...volumes, ...more.volumes], status };
}

function newMac(site: SiteState, name: string): string {
  return `52:54:00:${site.mac(`nic ${name}`).slice(9)}`;
}

/** What cloud-init in the guest gives a NIC. */
function addressed(nic: LabVmNic, index: number, networks: z.output<typeof networkSchema>[] | undefined): LabVmNic {
  const network = networks?.find(({ nic_index, type }) => nic_index === index && type === "IPV4");
  if (!network) return nic;
  const { ip_address: ip, netmask, routes = [] } = network;
  if (!ip || !netmask) throw new Refused(400, `network ${index} of cloud_init has no ip_address or no netmask`);
  const route = routes.find((each) => each.network === "0.0.0.0" && each.netmask === "0.0.0.0");
  return { ...nic, address: { ip, netmask, gateway: route?.gateway ?? "", by: "cloud-init" } };
}

function copiedDisks(
  site: SiteState,
  cluster: LabTowerCluster,
  { vm, sizes }: Pick<LabFrozen, "vm" | "sizes">,
  { name, disk_operate }: Copy,
): { disks: LabVmDisk[]; volumes: LabVolume[] } {
  const changes = disk_operate?.modify_disks ?? [];
  const copied = vm.disks.map((disk, index) => {
    const change = changes.find(({ disk_index }) => disk_index === index);
    if (change?.vm_volume_id !== undefined) throw new Refused(501, "the lab mounts no volume by modify_disks");
    const volume: LabVolume = {
      uuid: site.id(`volume ${name}-${index + 1}`),
      name: `${name}-${index + 1}`,
      size: sizes[disk.volume] ?? 0,
      policy: frozenPolicy(site, cluster, disk),
      createdAt: siteOf(site, cluster).now,
    };
    const made = {
      ...disk,
      volume: volume.uuid,
      name: volume.name,
      bus: change?.bus?.toLowerCase() ?? disk.bus,
      lun: 0,
    };
    return { disk: made, volume };
  });
  return { disks: copied.map(({ disk }) => disk), volumes: copied.map(({ volume }) => volume) };
}

import { z } from "zod";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabCluster, LabVm, LabVmCdrom, LabVmNic, LabVolume } from "./cluster-model";
import { toolsRun } from "./guest";
import { isWhole, pathOf } from "./image-upload";
import { bondOf } from "./jobs";
import { nextLun } from "./luns";

export const sameVmName = oneOf(
  "sameVmName",
  ["made", "refused", "fails"],
  "A second virtual machine of one name: made, refused when asked for, or failed in its job.",
  "whether two virtual machines may have one name, and if not, whether the request or its job fails (facts, section 6, of CloudTower)",
);

export const changeVm = oneOf(
  "changeVm",
  ["job", "refused"],
  "PUT of a virtual machine's name, CPUs and memory: a job, or refused.",
  "the runbook (stage 04) shows PUT of a virtual machine for nics alone; a public client sends vm_name, vcpu, cpu and memory too. refused: EINVAL",
);

const nicSchema = z.strictObject({
  ovs: z.string(),
  vlan_uuid: z.string(),
  model: z.string().min(1),
  mirror: z.boolean(),
  link: z.enum(["up", "down"]),
  mac_address: z.string().optional(),
  gateway: z.string().optional(),
  subnet_mask: z.ipv4().optional(),
  ip_address: z.ipv4().optional(),
});
const diskSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("disk"),
    bus: z.enum(["virtio", "scsi", "ide"]),
    storage_policy_uuid: z.string(),
    name: z.string().min(1),
    quota_policy: z.null(),
    size_in_byte: z.int().min(1),
  }),
  z.strictObject({ type: z.literal("cdrom"), bus: z.literal("ide"), path: z.string(), disabled: z.boolean() }),
]);
const cpuSchema = z.strictObject({
  topology: z.strictObject({ sockets: z.int().min(1), cores: z.int().min(1) }),
});
/** The runbook's request (stage 04), field by field. */
const createSchema = z.strictObject({
  vm_name: z.string().min(1),
  description: z.string(),
  vcpu: z.int().min(1),
  memory: z.int().min(1),
  cpu: cpuSchema,
  nics: z.array(nicSchema),
  disks: z.array(diskSchema),
  ha: z.boolean(),
  nested_virtualization: z.boolean(),
  hasNormalVol: z.boolean(),
  hasSharedVol: z.boolean(),
  hasVolume: z.boolean(),
  cpu_model: z.string().min(1),
  firmware: z.string().min(1),
  diskNamePrefix: z.string(),
  folder_uuid: z.null(),
  node_ip: z.null(),
  auto_schedule: z.boolean(),
  // Not in a public client's request.
  existDisks: z.array(z.never()).optional(),
  quota_policy: z.null(),
  status: z.enum(["running", "stopped"]),
});
/** What the runbook sends (nics), and what a public client does (the rest). */
const updateSchema = z
  .strictObject({
    nics: z.array(nicSchema),
    vm_name: z.string().min(1),
    vcpu: z.int().min(1),
    cpu: cpuSchema,
    memory: z.int().min(1),
    ha: z.boolean(),
  })
  .partial();

interface Refusal {
  ec: "EINVAL" | "EEXIST" | "EBUSY";
  msg: string;
}

/** A new machine, stopped, with its disks; and whether it is to be started. */
export interface NewVm {
  vm: LabVm;
  volumes: LabVolume[];
  status: LabVm["status"];
}

/** Reads a request for a new machine. Its disks have no logical unit yet. */
export function readCreation(site: SiteState, cluster: LabCluster, body: unknown): NewVm | Refusal {
  const parsed = createSchema.safeParse(body);
  if (!parsed.success) return invalid(parsed.error);
  const wanted = parsed.data;
  if (wanted.vcpu !== wanted.cpu.topology.sockets * wanted.cpu.topology.cores)
    return { ec: "EINVAL", msg: "vcpu is sockets times cores" };
  if (cluster.vms.some(({ name }) => name === wanted.vm_name) && site.switches.of(sameVmName) === "refused")
    return { ec: "EEXIST", msg: `a virtual machine is named ${wanted.vm_name}` };
  const uuid = site.id(`vm ${wanted.vm_name}`);
  const nics = readNics(site, cluster, wanted.nics, uuid);
  if (isRefusal(nics)) return nics;
  const wrong = wrongDisk(site, cluster, wanted.disks);
  if (wrong) return wrong;
  const disks = wanted.disks.filter((disk) => disk.type === "disk");
  const volumes = disks.map(({ name, size_in_byte: size }) => ({ uuid: site.id(`volume ${name}`), name, size }));
  const vm: LabVm = {
    uuid,
    name: wanted.vm_name,
    description: wanted.description,
    vcpu: wanted.vcpu,
    ...wanted.cpu.topology,
    memory: wanted.memory,
    ha: wanted.ha,
    nestedVirtualization: wanted.nested_virtualization,
    cpuModel: wanted.cpu_model,
    firmware: wanted.firmware,
    autoSchedule: wanted.auto_schedule,
    nics,
    disks: disks.map(({ name, bus, storage_policy_uuid: policy }, index) => {
      return { volume: volumes[index]?.uuid ?? "", name, bus, policy, lun: 0 };
    }),
    cdroms: wanted.disks.flatMap((disk): LabVmCdrom[] => {
      return disk.type === "cdrom" ? [{ bus: disk.bus, path: disk.path, disabled: disk.disabled }] : [];
    }),
    status: "stopped",
    createdAt: site.now,
    installed: false,
  };
  return { vm, volumes, status: wanted.status };
}

/** Gives the disks of a new machine their logical units. */
export function placeDisks(cluster: LabCluster, vm: LabVm): void {
  for (const disk of vm.disks) disk.lun = nextLun(cluster);
}

/** Reads a change of a machine; what it leaves out stays. */
export function readChange(
  site: SiteState,
  cluster: LabCluster,
  vm: LabVm,
  body: unknown,
): { to: Partial<LabVm> } | Refusal {
  const parsed = updateSchema.safeParse(body);
  if (!parsed.success) return invalid(parsed.error);
  const { nics, vm_name, vcpu, cpu, memory, ha } = parsed.data;
  const others = [vm_name, vcpu, cpu, memory, ha].some((field) => field !== undefined);
  if (others && site.switches.of(changeVm) === "refused") return { ec: "EINVAL", msg: "nics alone can be changed" };
  const hardware = vcpu !== undefined && vcpu !== vm.vcpu;
  if ((hardware || (memory !== undefined && memory !== vm.memory)) && vm.status !== "stopped")
    return { ec: "EBUSY", msg: `virtual machine ${vm.name} is running` };
  const { sockets, cores } = cpu?.topology ?? vm;
  if ((vcpu ?? vm.vcpu) !== sockets * cores) return { ec: "EINVAL", msg: "vcpu is sockets times cores" };
  const changed = nics && readNics(site, cluster, nics, vm.uuid, vm);
  if (changed && isRefusal(changed)) return changed;
  return {
    to: {
      ...(changed && { nics: changed }),
      ...(vm_name && { name: vm_name }),
      vcpu: vcpu ?? vm.vcpu,
      sockets,
      cores,
      memory: memory ?? vm.memory,
      ha: ha ?? vm.ha,
    },
  };
}

type Nics = z.output<typeof nicSchema>[];

function readNics(site: SiteState, cluster: LabCluster, nics: Nics, uuid: string, vm?: LabVm): LabVmNic[] | Refusal {
  const read: LabVmNic[] = [];
  for (const [index, nic] of nics.entries()) {
    const one = readNic(site, cluster, nic, `${uuid} ${index}`, vm);
    if (isRefusal(one)) return one;
    read.push(one);
  }
  return read;
}

function readNic(
  site: SiteState,
  cluster: LabCluster,
  nic: Nics[number],
  macName: string,
  vm?: LabVm,
): LabVmNic | Refusal {
  const vlan = cluster.vlans.find(({ uuid, use }) => uuid === nic.vlan_uuid && use === "vm");
  const vds = cluster.vdses.find(({ uuid }) => uuid === vlan?.vds);
  if (!vlan || !vds) return { ec: "EINVAL", msg: `there is no network ${nic.vlan_uuid} of virtual machines` };
  if (bondOf(site, vds).ovsbr_name !== nic.ovs)
    return { ec: "EINVAL", msg: `network ${vlan.name} is not on ${nic.ovs}` };
  const known = vm?.nics.find(({ mac }) => mac === nic.mac_address);
  if (vm && nic.mac_address && !known) return { ec: "EINVAL", msg: `${vm.name} has no NIC ${nic.mac_address}` };
  const { ip_address: ip, subnet_mask: netmask, gateway = "" } = nic;
  if ((ip === undefined) !== (netmask === undefined)) return { ec: "EINVAL", msg: "an address needs its subnet_mask" };
  if (ip && !(vm && toolsRun(site, vm)))
    return { ec: "EINVAL", msg: "an address is set by the guest tools, and they do not run" };
  const address = ip && netmask ? { ip, netmask, gateway } : known?.address;
  return {
    vlan: vlan.uuid,
    ovs: nic.ovs,
    model: nic.model,
    mac: known?.mac ?? `52:54:00:${site.mac(`nic ${macName}`).slice(9)}`,
    mirror: nic.mirror,
    link: nic.link,
    ...(address && { address }),
  };
}

function wrongDisk(
  site: SiteState,
  cluster: LabCluster,
  disks: z.output<typeof createSchema>["disks"],
): Refusal | undefined {
  for (const disk of disks) {
    if (disk.type === "disk") {
      if (disk.storage_policy_uuid !== site.fixedId("storage policy"))
        return { ec: "EINVAL", msg: `there is no storage policy ${disk.storage_policy_uuid}` };
      continue;
    }
    const image = cluster.images.find((each) => pathOf(site, each) === disk.path);
    if (!image) return { ec: "EINVAL", msg: `there is no image ${disk.path}` };
    if (!isWhole(image)) return { ec: "EBUSY", msg: `image ${image.name} is being uploaded` };
  }
  return undefined;
}

function invalid(error: z.ZodError): Refusal {
  const wrong = error.issues.map((issue) => `${issue.path.join(".") || "the request"}: ${issue.message}`);
  return { ec: "EINVAL", msg: wrong.join("; ") };
}

export function isRefusal(value: object): value is Refusal {
  return "ec" in value;
}

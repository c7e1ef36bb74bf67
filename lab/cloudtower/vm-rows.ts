import { createHash } from "node:crypto";
import type { SiteState } from "../site-state";
import type { LabCluster, LabVm, LabVolume } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { iscsiPath, pathOf } from "../smtxos/image-upload";
import { imageId, policyNamed } from "./elf-rows";
import { asyncStatus, hostId, nestedCluster, nestedHosts, standingIn } from "./standing";
import { iso } from "./time";
import type { LabTower, LabTowerCluster } from "./tower-model";
import type { Row } from "./where";

/** A machine that CloudTower shows; `isNew`: it does not stand in the cluster. */
interface Shown {
  cluster: LabTowerCluster;
  standing: LabCluster;
  vm: LabVm;
  volumes: LabVolume[];
  isNew: boolean;
}

/** The machines of every cluster, those that a task of CloudTower's is making last. */
function shownVms(site: SiteState, tower: LabTower): Shown[] {
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    if (!standing) return [];
    const { volumes } = standing;
    const there = vmsIn(standing).map((vm) => ({ cluster, standing, vm, volumes, isNew: false }));
    return [...there, ...cluster.own.newVms.map((made) => ({ cluster, standing, ...made, isNew: true }))];
  });
}

/** A machine that Fisheye makes is shown once its job has ended, as a switch is. */
function vmsIn({ vms, openJobs, jobs }: LabCluster): LabVm[] {
  const making = openJobs.flatMap((id) => {
    const change = jobs[id]?.change;
    return change?.kind === "createVm" ? [change.uuid] : [];
  });
  return vms.filter(({ uuid }) => !making.includes(uuid));
}

export function vmId(site: SiteState, { id }: LabTowerCluster, uuid: string): string {
  return site.fixedCuid(`${id} vm ${uuid}`);
}

function volumeId(site: SiteState, { id }: LabTowerCluster, uuid: string): string {
  return site.fixedCuid(`${id} volume ${uuid}`);
}

/**
 * The id of one of a machine's disks or NICs: another one after every update, also by Fisheye (facts, part B 5A 14;
 * cloudtower-api-faq).
 */
function partId(site: SiteState, cluster: LabTowerCluster, vm: LabVm, part: string): string {
  const state = createHash("sha256").update(JSON.stringify(vm)).digest("hex");
  return site.fixedCuid(`${cluster.id} ${part} of ${vm.uuid} ${cluster.own.changes[vm.uuid] ?? 0} ${state}`);
}

const nicId = (site: SiteState, { cluster, vm }: Shown, index: number) => partId(site, cluster, vm, `nic ${index}`);
const diskId = (site: SiteState, { cluster, vm }: Shown, index: number) => partId(site, cluster, vm, `disk ${index}`);

export function vmRows(site: SiteState, tower: LabTower): Row[] {
  return shownVms(site, tower).map((shown) => vmRow(site, tower, shown));
}

function vmRow(site: SiteState, tower: LabTower, shown: Shown): Row {
  const { cluster, vm, volumes, isNew } = shown;
  const id = vmId(site, cluster, vm.uuid);
  const running = vm.status === "running";
  const tools = !isNew && toolsRun(site, vm);
  const sizes = vm.disks.map(({ volume }) => volumes.find(({ uuid }) => uuid === volume)?.size ?? 0);
  const size = sizes.reduce((sum, each) => sum + each, 0);
  const recycled = cluster.own.recycled[vm.uuid];
  return {
    ...nobodysFields,
    ...(tower.version === "4.6.0" ? {} : since48),
    id,
    local_id: isNew ? `placeholder-${id}` : vm.uuid,
    name: vm.name,
    description: vm.description,
    bios_uuid: vm.uuid,
    cluster: nestedCluster(site, cluster),
    cpu: { cores: vm.cores, sockets: vm.sockets },
    cpu_model: vm.cpuModel,
    deleted_at: recycled === undefined ? null : iso(recycled),
    entityAsyncStatus: asyncStatus(site, cluster.own.busy[vm.uuid]),
    firmware: vm.firmware.toUpperCase() === "UEFI" ? "UEFI" : "BIOS",
    guest_os_type: tools ? "LINUX" : "UNKNOWN",
    ha: vm.ha,
    host: running && !isNew ? (hostOf(site, cluster) ?? null) : null,
    hostname: tools ? "localhost.localdomain" : null,
    in_recycle_bin: recycled !== undefined,
    ips: tools ? vm.nics.flatMap(({ address }) => address?.ip ?? []).join(",") : "",
    local_created_at: iso(vm.createdAt),
    memory: vm.memory,
    nested_virtualization: vm.nestedVirtualization,
    node_ip: (running && !isNew && site.model.hosts.find((host) => host.deployed)?.storageIp) || "",
    os: tools ? "openEuler 20.03 (LTS-SP3)" : null,
    provisioned_size: size,
    size,
    status: running ? "RUNNING" : "STOPPED",
    vcpu: vm.vcpu,
    vm_disks: [...vm.disks, ...vm.cdroms].map((_disk, index) => ({ id: diskId(site, shown, index) })),
    vm_nics: vm.nics.map((_nic, index) => ({ id: nicId(site, shown, index) })),
    vm_tools_status: tools ? "RUNNING" : vm.installed && !isNew ? "NOT_RUNNING" : "NOT_INSTALLED",
    vm_tools_version: tools ? "4.0.0" : null,
  };
}

/** Every running machine stands on the first host, as in Fisheye. */
function hostOf(site: SiteState, cluster: LabTowerCluster) {
  const first = site.model.hosts.find((host) => host.deployed);
  return nestedHosts(site, cluster).find(({ id }) => first && id === hostId(site, cluster, first.uuid));
}

/** The machines as their cluster and their host have them nested, with what they do. */
export function nestedVms(site: SiteState, cluster: LabTowerCluster) {
  const standing = standingIn(site, cluster);
  return (standing ? vmsIn(standing) : []).map(({ uuid, name, status }) => ({
    nested: { id: vmId(site, cluster, uuid), name },
    status,
  }));
}

/** Disks, then CD-ROMs, of every machine. */
export function vmDiskRows(site: SiteState, tower: LabTower): Row[] {
  return shownVms(site, tower).flatMap((shown) => {
    const { cluster, standing, vm } = shown;
    const common = { ...nobodysDiskFields, vm: { id: vmId(site, cluster, vm.uuid), name: vm.name } };
    const disks = vm.disks.map((disk, index) => ({
      ...common,
      id: diskId(site, shown, index),
      type: "DISK",
      boot: index + 1,
      bus: disk.bus.toUpperCase(),
      serial: disk.volume,
      vm_volume: shown.isNew ? null : { id: volumeId(site, cluster, disk.volume), name: disk.name },
    }));
    const cdroms = vm.cdroms.map((cdrom, index) => {
      const image = standing.images.find((each) => pathOf(site, each) === cdrom.path);
      const named = image && { id: imageId(site, cluster, image.uuid), name: image.name };
      return {
        ...common,
        id: diskId(site, shown, disks.length + index),
        type: "CD_ROM",
        boot: disks.length + index + 1,
        bus: cdrom.bus.toUpperCase(),
        disabled: cdrom.disabled,
        key: 100 + index,
        elf_image: image?.kind === "iso" ? named : null,
        svt_image: image?.kind === "tools" ? named : null,
      };
    });
    return [...disks, ...cdroms];
  });
}

const MODELS: Record<string, string> = { virtio: "VIRTIO", e1000: "E1000", sriov: "SRIOV" };

export function vmNicRows(site: SiteState, tower: LabTower): Row[] {
  return shownVms(site, tower).flatMap((shown) => {
    const { cluster, standing, vm } = shown;
    const tools = !shown.isNew && toolsRun(site, vm);
    return vm.nics.map((nic, index) => {
      const vlan = standing.vlans.find(({ uuid }) => uuid === nic.vlan);
      const { ip = null, netmask = null, gateway = null } = nic.address ?? {};
      return {
        ...nobodysNicFields,
        ...(tower.version === "4.6.0"
          ? {}
          : { dpi_enabled: null, guest_info_ip_addresses: tools && ip ? [ip] : [], guest_info_ip_addresses_v6: [] }),
        id: nicId(site, shown, index),
        local_id: nic.mac,
        interface_id: nic.mac,
        mac_address: nic.mac,
        enabled: nic.link === "up",
        mirror: nic.mirror,
        model: MODELS[nic.model] ?? null,
        order: index,
        ip_address: ip,
        subnet_mask: netmask,
        gateway: gateway === "" ? null : gateway,
        type: "VLAN",
        vlan: vlan ? { id: site.fixedCuid(`${cluster.id} vlan ${vlan.uuid}`), name: vlan.name } : null,
        vm: { id: vmId(site, cluster, vm.uuid), name: vm.name },
      };
    });
  });
}

/** The NICs in a network of the cluster's, nested. */
export function nicsOn(site: SiteState, cluster: LabTowerCluster, vlan: string): { id: string }[] {
  const standing = standingIn(site, cluster);
  return (standing ? vmsIn(standing) : []).flatMap((vm) =>
    vm.nics.flatMap((nic, index) => (nic.vlan === vlan ? [{ id: partId(site, cluster, vm, `nic ${index}`) }] : [])),
  );
}

/** The volumes of every cluster, those too that no machine has any more. */
export function vmVolumeRows(site: SiteState, tower: LabTower): Row[] {
  const vms = shownVms(site, tower).filter(({ isNew }) => !isNew);
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    return (standing?.volumes ?? []).map(({ uuid, name, size }) => {
      const mounts = vms
        .filter((shown) => shown.cluster === cluster)
        .flatMap((shown) =>
          shown.vm.disks.flatMap((disk, index) => (disk.volume === uuid ? [{ shown, disk, index }] : [])),
        );
      const [first] = mounts;
      return {
        ...nobodysVolumeFields,
        ...(tower.version === "4.6.0" ? {} : volumeSince48),
        id: volumeId(site, cluster, uuid),
        local_id: uuid,
        name,
        size,
        cluster: nestedCluster(site, cluster),
        elf_storage_policy: policyNamed(site, first?.disk.policy),
        entityAsyncStatus: asyncStatus(site, first && cluster.own.busy[first.shown.vm.uuid]),
        local_created_at: iso(first?.shown.vm.createdAt ?? standing?.since ?? 0),
        mounting: mounts.length > 0,
        path: first ? iscsiPath(site, first.disk.lun) : "",
        vm_disks: mounts.map(({ shown, index }) => ({ id: diskId(site, shown, index) })),
      };
    });
  });
}

/** What a request's ids stand for: the machine that a row is of, and its cluster. */
export function vmOf(site: SiteState, tower: LabTower, id: string) {
  return shownVms(site, tower).find(({ cluster, vm }) => vmId(site, cluster, vm.uuid) === id);
}

/** The uuid of the volume that has an id of CloudTower's. */
export function volumeOf(site: SiteState, cluster: LabTowerCluster, id: string): LabVolume | undefined {
  return standingIn(site, cluster)?.volumes.find(({ uuid }) => volumeId(site, cluster, uuid) === id);
}

/** Where in its machine's disks and CD-ROMs a disk stands; below 0: it is none of its. */
export function diskIndex(site: SiteState, shown: Pick<Shown, "cluster" | "vm">, id: string): number {
  return [...shown.vm.disks, ...shown.vm.cdroms].findIndex(
    (_disk, index) => partId(site, shown.cluster, shown.vm, `disk ${index}`) === id,
  );
}

const nobodysFields = {
  backup_plans: [],
  clock_offset: "UTC",
  cloud_init_supported: false,
  cpu_usage: null,
  dns_servers: null,
  entity_filter_results: [],
  folder: null,
  gpu_devices: [],
  guest_cpu_model: null,
  guest_size_usage: null,
  guest_used_size: null,
  internal: false,
  io_policy: null,
  isolation_policy: null,
  kernel_info: null,
  labels: [],
  last_shutdown_time: null,
  logical_size_bytes: null,
  max_bandwidth: null,
  max_bandwidth_policy: null,
  max_iops: null,
  max_iops_policy: null,
  memory_usage: null,
  original_name: null,
  out_uninstall_usb: [],
  pci_nics: [],
  protected: false,
  size: null,
  snapshot_plan: null,
  snapshots: [],
  unique_logical_size: null,
  unique_size: null,
  usb_devices: [],
  used_size: null,
  used_size_usage: null,
  video_type: "CIRRUS",
  vm_placement_group: [],
  vm_usage: null,
  win_opt: false,
};

const since48 = {
  anti_malware_enabled: null,
  dpi_enabled: null,
  ha_priority: null,
  internal_product: null,
  internal_product_name: null,
};

const nobodysDiskFields = {
  cloud_init_image_name: null,
  cloud_init_image_path: null,
  device: null,
  disabled: false,
  elf_image: null,
  key: null,
  max_bandwidth: null,
  max_bandwidth_policy: null,
  max_iops: null,
  max_iops_policy: null,
  serial: null,
  svt_image: null,
  unsafe_image_path: null,
  unsafe_image_uuid: null,
  unsafe_provision: null,
  vm_volume: null,
};

const nobodysNicFields = {
  egress_rate_limit_burst_in_bit: null,
  egress_rate_limit_enabled: null,
  egress_rate_limit_max_rate_in_bitps: null,
  ingress_rate_limit_burst_in_bit: null,
  ingress_rate_limit_enabled: null,
  ingress_rate_limit_max_rate_in_bitps: null,
  nic: null,
  vpc_nic: null,
};

const nobodysVolumeFields = {
  description: null,
  guest_size_usage: null,
  guest_used_size: null,
  labels: [],
  lun: null,
  sharing: false,
  type: "KVM_VOLUME",
  unique_logical_size: null,
  unique_size: null,
  used_size: null,
  used_size_usage: null,
};

const volumeSince48 = {
  elf_storage_policy_ec_k: null,
  elf_storage_policy_ec_m: null,
  elf_storage_policy_replica_num: null,
  elf_storage_policy_stripe_num: null,
  elf_storage_policy_thin_provision: null,
  resident_in_cache: null,
};

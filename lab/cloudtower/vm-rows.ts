import type { SiteState } from "../site-state";
import { guestInfo } from "../smtxos/guest";
import { shownLimits } from "./limits";
import { ownedId, ownedIn } from "./owned";
import { type Entry, entry, type Row } from "./row";
import { diskId, nicId, type Shown, shownVms, vmId } from "./shown-vms";
import { asyncStatus, hostOf, nestedCluster, nestedHost } from "./standing";
import { iso } from "./time";
import type { LabTower, LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

export function vmEntries(site: SiteState, tower: LabTower): Entry[] {
  return shownVms(site, tower).map((shown) => vmEntry(site, tower, shown));
}

export function vmRow(site: SiteState, tower: LabTower, shown: Shown): Row {
  return vmEntry(site, tower, shown).row();
}

function vmEntry(site: SiteState, tower: LabTower, shown: Shown): Entry {
  const { cluster, vm, isNew } = shown;
  const id = vmId(site, cluster, vm.uuid);
  const keys = { id, local_id: isNew ? `placeholder-${id}` : vm.uuid, name: vm.name };
  return entry(keys, () => otherFields(site, tower, shown));
}

function otherFields(site: SiteState, tower: LabTower, shown: Shown) {
  const { cluster, vm, sizeOf, isNew } = shown;
  const running = vm.status === "running";
  const on = running && !isNew ? hostOf(site, cluster, vm) : undefined;
  const info = isNew ? undefined : guestInfo(siteOf(site, cluster), vm);
  const guest = info && "os_version" in info ? info : undefined;
  const size = vm.disks.reduce((sum, { volume }) => sum + sizeOf(volume), 0);
  const recycled = cluster.own.recycled[vm.uuid];
  const id = vmId(site, cluster, vm.uuid);
  const folder = tower.vmFolders?.find(({ vms }) => vms.includes(id));
  const labels = tower.labels?.filter(({ vms }) => vms.includes(id)) ?? [];
  return {
    ...nobodysFields,
    ...(tower.version === "4.6.0" ? {} : { ...since48, ha_priority: vm.haPriority ?? null }),
    description: vm.description,
    bios_uuid: isNew ? null : vm.uuid,
    cluster: nestedCluster(site, cluster),
    cpu: { cores: vm.cores, sockets: vm.sockets },
    clock_offset: vm.clockOffset ?? "UTC",
    cpu_model: vm.cpuModel,
    dns_servers: guest?.dns_servers?.join(",") || null,
    deleted_at: recycled === undefined ? null : iso(recycled),
    entityAsyncStatus: asyncStatus(site, cluster.own.busy[vm.uuid]),
    folder: folder ? { id: folder.id, name: folder.name } : null,
    firmware: vm.firmware.toUpperCase() === "UEFI" ? "UEFI" : "BIOS",
    guest_os_type: guest ? "LINUX" : "UNKNOWN",
    ha: vm.ha,
    io_policy: vm.ioPolicy ?? null,
    ...shownLimits(vm.limits),
    host: on ? nestedHost(site, cluster, on) : null,
    hostname: guest?.hostname ?? null,
    in_recycle_bin: recycled !== undefined,
    ips: guest ? vm.nics.flatMap(({ address }) => address?.ip ?? []).join(",") : "",
    local_created_at: iso(vm.createdAt),
    kernel_info: guest?.kernel_info ?? null,
    last_shutdown_time: vm.stoppedAt === undefined ? null : iso(vm.stoppedAt),
    labels: labels.map(({ id: label, key, value }) => ({ id: label, key, value })),
    memory: vm.memory,
    nested_virtualization: vm.nestedVirtualization,
    node_ip: on?.storageIp ?? "",
    os: guest?.os_version ?? null,
    provisioned_size: size,
    size,
    snapshots: snapshotsOf(site, cluster, vm.uuid),
    status: vm.status.toUpperCase(),
    vcpu: vm.vcpu,
    video_type: vm.videoType ?? "CIRRUS",
    snapshot_plan: nestedPlan(cluster, id),
    vm_placement_group: (cluster.kept.placementGroups ?? [])
      .filter(({ vms }) => vms.includes(id))
      .map(({ id: group, name }) => ({ id: group, name })),
    vm_disks: [...vm.disks, ...vm.cdroms, ...(vm.cloudInit ? [vm.cloudInit] : [])].map((_disk, index) => ({
      id: diskId(site, shown, index),
    })),
    vm_nics: vm.nics.map((_nic, index) => ({ id: nicId(site, shown, index) })),
    vm_tools_status: guest ? "RUNNING" : vm.installed && !isNew ? "NOT_RUNNING" : "NOT_INSTALLED",
  };
}

function snapshotsOf(site: SiteState, cluster: LabTowerCluster, uuid: string) {
  return ownedIn(site, cluster, "snapshot")
    .filter(({ vm }) => vm.uuid === uuid)
    .map((each) => ({ id: ownedId(site, cluster, "snapshot", each.uuid), name: each.name }));
}

function nestedPlan({ kept }: LabTowerCluster, vm: string) {
  const plan = kept.snapshotPlans?.find(({ vms }) => vms.includes(vm));
  return plan ? { id: plan.id, name: plan.name } : null;
}

const nobodysFields = {
  backup_plans: [],
  cloud_init_supported: false,
  cpu_usage: null,
  entity_filter_results: [],
  gpu_devices: [],
  guest_cpu_model: null,
  guest_size_usage: null,
  guest_used_size: null,
  internal: false,
  isolation_policy: null,
  logical_size_bytes: null,
  memory_usage: null,
  original_name: null,
  out_uninstall_usb: [],
  pci_nics: [],
  protected: false,
  unique_logical_size: null,
  unique_size: null,
  usb_devices: [],
  used_size: null,
  used_size_usage: null,
  vm_tools_version: null,
  vm_usage: null,
  win_opt: false,
};

const since48 = {
  anti_malware_enabled: null,
  dpi_enabled: null,
  internal_product: null,
  internal_product_name: null,
};

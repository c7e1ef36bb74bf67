import type { SiteState } from "../site-state";
import type { LabHost } from "../smtxos/host-model";
import { hostScan } from "../smtxos/host-scan";
import { vmCounts } from "./cluster-rows";
import { nicId } from "./nic-rows";
import { nodeTopoId } from "./rack-rows";
import { type Entry, entry } from "./row";
import { nestedVms } from "./shown-vms";
import { hostId, hostsIn, standingIn } from "./standing";
import type { LabTower, LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

/** The hosts of the clusters; counters that nothing in the lab moves are 0. */
export function hostEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    if (!standing) return [];
    return hostsIn(site, cluster).map((host) =>
      entry({ id: hostId(site, cluster, host.uuid), local_id: host.uuid, name: host.hostname }, () => ({
        ...hostFields(site, cluster, host),
        ...vmCounts(vmsOn(site, cluster, host)),
        ...(tower.version === "4.6.0" ? {} : since48),
        cluster: { id: cluster.id, name: standing.name },
      })),
    );
  });
}

function vmsOn(site: SiteState, cluster: LabTowerCluster, host: LabHost): ReturnType<typeof nestedVms> {
  return nestedVms(site, cluster).filter(({ status, host: on }) => status === "running" && on === host.uuid);
}

function hostFields(site: SiteState, cluster: LabTowerCluster, host: LabHost) {
  const { cpu, cgroup_profile_env } = hostScan(siteOf(site, cluster), host);
  const { disks } = host.hardware;
  const data = disks.filter((disk) => disk.function === "data");
  const bytes = (of: typeof disks) => of.reduce((sum, { size }) => sum + size, 0);
  const [ssds, hdds] = (["SSD", "HDD"] as const).map((type) => data.filter((disk) => disk.type === type));
  const hertz = cpu.hz_advertised_raw[0] as number;
  return {
    ...nobodysFields,
    management_ip: host.managementIp,
    data_ip: host.storageIp,
    serial: host.serial,
    chunk_id: String(siteOf(site, cluster).model.hosts.indexOf(host) + 1),
    model: host.hardware.product,
    cpu_brand: cpu.brand,
    cpu_model: "EPYC",
    cpu_vendor: cpu.vendor,
    compatible_cpu_models: ["EPYC"],
    cpu_hz_per_core: hertz,
    total_cpu_cores: cpu.num_cores,
    total_cpu_hz: hertz * cpu.num_cores,
    total_cpu_sockets: cpu.sockets,
    total_memory_bytes: cgroup_profile_env.memory_total,
    total_data_capacity: bytes(data),
    ssd_data_capacity: bytes(ssds ?? []),
    ssd_disk_count: ssds?.length ?? 0,
    hdd_data_capacity: bytes(hdds ?? []),
    hdd_disk_count: hdds?.length ?? 0,
    nic_count: host.hardware.ports.length,
    node_topo_local_id: site.fixedId(`local ${nodeTopoId(site, cluster, host.uuid)}`),
    nics: host.hardware.ports.map((name) => ({
      id: nicId(site, cluster, host.uuid, name),
      name,
    })),
    os_version: "6.2.0",
    state: "IN_USE",
    status: "CONNECTED_HEALTHY",
  };
}

const nobodysFields = {
  access_ip: null,
  allocable_cpu_cores_for_vm_exclusive: null,
  allocatable_memory_bytes: 0,
  cpu_fan_speed: [],
  cpu_fan_speed_unit: null,
  cpu_temperature_celsius: [],
  disks: [],
  entityAsyncStatus: null,
  failure_data_space: 0,
  gpu_devices: [],
  host_state: null,
  hypervisor_ip: null,
  iommu: null,
  ipmi: null,
  is_os_in_raid1: false,
  labels: [],
  lsm_cap_disk_safe_umount: true,
  nested_virtualization: false,
  os_memory_bytes: 0,
  pmem_dimm_capacity: 0,
  pmem_dimm_count: 0,
  pmem_dimms: [],
  pmem_disk_count: 0,
  provisioned_cpu_cores: 0,
  provisioned_memory_bytes: 0,
  running_pause_vm_memory_bytes: 0,
  scvm_cpu: null,
  scvm_memory: null,
  scvm_name: null,
  total_cache_capacity: null,
  usb_devices: [],
  used_cpu_hz: null,
  used_data_space: 0,
  used_memory_bytes: null,
  vmotion_ip: null,
  vsphereEsxiAccount: null,
  with_faster_ssd_as_cache: null,
  zone: null,
};

const since48 = {
  allocated_prioritized_space: null,
  allocated_prioritized_space_usage: null,
  commited_memory_bytes: null,
  connect_status: "CONNECTED",
  dirty_cache_space: null,
  dirty_cache_usage: null,
  disk_pools: [],
  downgraded_prioritized_space: null,
  failure_cache_space: null,
  merged_status: "HEALTHY",
  perf_allocated_data_space: null,
  perf_failure_data_space: null,
  perf_total_data_capacity: null,
  perf_used_data_space: null,
  perf_valid_data_space: null,
  planned_prioritized_space: null,
  prio_space_percentage: null,
  used_cache_space: null,
  valid_cache_space: null,
  valid_free_cache_space: null,
};

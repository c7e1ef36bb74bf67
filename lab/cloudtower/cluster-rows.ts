import type { SiteState } from "../site-state";
import { clusterAt, modelsOf } from "./connection";
import { switchesOf } from "./network-rows";
import { ownedId, ownedIn } from "./owned";
import { type Entry, entry } from "./row";
import { nestedVms } from "./shown-vms";
import { asyncStatus, hostsIn, nestedHosts, standingIn } from "./standing";
import { iso } from "./time";
import type { LabTower, LabTowerCluster } from "./tower-model";

/** A site's cluster as the version of the schema has it, with what no document says as null. */
export function clusterEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.map((cluster) =>
    entry({ id: cluster.id }, () => ({
      ...identity(site, tower, cluster),
      ...state(site, cluster),
      ...nobodysFields,
      ...(tower.version === "4.6.0" ? {} : since48),
      ...synced(site, cluster),
    })),
  );
}

/** What the answer to connect-cluster shows (runbook stage 05 关联集群). */
export function clusterPlaceholder(site: SiteState, cluster: LabTowerCluster) {
  return {
    id: cluster.id,
    name: clusterAt(modelsOf(site), cluster.ip)?.name ?? cluster.ip,
    hypervisor: "ELF",
    version: VERSION,
    architecture: "X86_64",
    connect_state: cluster.state,
    dns: [],
    ip: cluster.ip,
    ntp_servers: [],
    recommended_cpu_models: [],
    total_cpu_models: [],
    type: "SMTX_OS",
    labels: [],
  };
}

/** As the host scan has it. */
const VERSION = "6.2.0";

function identity(site: SiteState, tower: LabTower, cluster: LabTowerCluster) {
  const datacenter = tower.datacenters.find(({ id }) => id === cluster.datacenter);
  return {
    ...clusterPlaceholder(site, cluster),
    datacenters: datacenter ? [{ id: datacenter.id, name: datacenter.name }] : [],
    settings: cluster.serial !== null ? { id: cluster.settings.id } : null,
    vm_templates: ownedIn(site, cluster, "template").map(({ uuid, name }) => ({
      id: ownedId(site, cluster, "template", uuid),
      name,
    })),
    vm_folders: (tower.vmFolders ?? []).flatMap(({ id, name, cluster: of }) =>
      of === cluster.id ? [{ id, name }] : [],
    ),
  };
}

function state(site: SiteState, { reason, disconnectedAt, busy }: LabTowerCluster) {
  return {
    disconnected_reason: reason,
    disconnected_date: disconnectedAt === null ? null : iso(disconnectedAt),
    entityAsyncStatus: asyncStatus(site, busy),
  };
}

/** From the first connection on: the same truth that Fisheye tells. */
function synced(site: SiteState, cluster: LabTowerCluster) {
  const standing = standingIn(site, cluster);
  if (!standing) return {};
  const hosts = hostsIn(site, cluster);
  const own = nestedHosts(site, cluster);
  return {
    name: standing.name,
    local_id: standing.serial,
    license_serial: standing.serial,
    license_type: "TRIAL",
    license_sign_date: iso(standing.since),
    max_chunk_num: 255,
    max_physical_data_capacity: 0,
    max_physical_data_capacity_per_node: 140_737_488_355_328,
    software_edition: "ENTERPRISE",
    has_metrox: true,
    management_vip: standing.managementVip,
    iscsi_vip: standing.iscsiVip,
    dns: standing.dns,
    ntp_mode: standing.ntp.mode === "external" ? "EXTERNAL" : "INTERNAL",
    ntp_servers: standing.ntp.servers,
    // Before one is set the sample has host_passthrough.
    current_cpu_model: standing.cpuModel ?? "host_passthrough",
    recommended_cpu_models: ["EPYC"],
    total_cpu_models: ["host_passthrough", "Dhyana", "EPYC", "EPYC-IBPB", "Opteron_G3", "Opteron_G2", "Opteron_G1"],
    host_num: own.length,
    hosts: own,
    is_all_flash: hosts.every(({ hardware }) => hardware.disks.every((disk) => disk.type === "SSD")),
    vdses: switchesOf(site, cluster, standing).map(({ keys: { id, name } }) => ({ id, name })),
    ...vmCounts(nestedVms(site, cluster)),
  };
}

/** The machines that stand in a cluster or on a host, nested and counted. */
export function vmCounts(vms: ReturnType<typeof nestedVms>) {
  return {
    vms: vms.map(({ nested }) => nested),
    vm_num: vms.length,
    running_vm_num: vms.filter(({ status }) => status === "running").length,
    stopped_vm_num: vms.filter(({ status }) => status === "stopped").length,
    suspended_vm_num: vms.filter(({ status }) => status === "suspended").length,
  };
}

const nobodysFields = {
  application_highest_version: null,
  applications: [],
  auto_converge: null,
  consistency_groups: [],
  current_cpu_model: null,
  everoute_cluster: null,
  failure_data_space: null,
  has_metrox: null,
  host_num: null,
  hosts: [],
  is_all_flash: null,
  iscsi_vip: null,
  license_expire_date: null,
  license_serial: null,
  license_sign_date: null,
  license_type: null,
  local_id: null,
  maintenance_end_date: null,
  maintenance_start_date: null,
  management_vip: null,
  max_chunk_num: null,
  max_physical_data_capacity: null,
  max_physical_data_capacity_per_node: null,
  metro_availability_checklist: null,
  mgt_gateway: null,
  mgt_netmask: null,
  migration_data_size: null,
  migration_speed: null,
  ntp_mode: null,
  nvme_over_rdma_enabled: null,
  nvme_over_tcp_enabled: null,
  nvmf_enabled: null,
  pmem_enabled: null,
  provisioned_cpu_cores: null,
  provisioned_cpu_cores_for_active_vm: null,
  provisioned_for_active_vm_ratio: null,
  provisioned_memory_bytes: null,
  provisioned_ratio: null,
  rdma_enabled: null,
  recover_data_size: null,
  recover_speed: null,
  reserved_cpu_cores_for_system_service: null,
  running_vm_num: null,
  software_edition: null,
  stopped_vm_num: null,
  stretch: null,
  suspended_vm_num: null,
  total_cache_capacity: null,
  total_cpu_cores: null,
  total_cpu_hz: null,
  total_cpu_sockets: null,
  total_data_capacity: null,
  total_memory_bytes: null,
  upgrade_tool_version: null,
  used_cpu_hz: null,
  used_data_space: null,
  used_memory_bytes: null,
  valid_data_space: null,
  vcenterAccount: null,
  vdses: [],
  vhost_enabled: null,
  vm_num: null,
  vms: [],
  witness: null,
  zones: [],
};

const since48 = {
  access_write_compress_enabled: null,
  allocated_prioritized_space: null,
  allocated_prioritized_space_usage: null,
  commited_memory_bytes: null,
  data_reduction_ratio: null,
  data_reduction_saving: null,
  dirty_cache_space: null,
  dirty_cache_usage: null,
  downgraded_prioritized_space: null,
  ecp_license: null,
  enable_tiering: null,
  failure_cache_space: null,
  logical_used_data_space: null,
  no_performance_layer: null,
  overall_efficiency: null,
  perf_allocated_data_space: null,
  perf_failure_data_space: null,
  perf_total_data_capacity: null,
  perf_used_data_space: null,
  perf_valid_data_space: null,
  planned_prioritized_space: null,
  prio_space_percentage: null,
  replica_capacity_only: null,
  total_prio_volume_size: null,
  total_prio_volume_size_usage: null,
  upgrade_for_tiering: null,
  used_cache_space: null,
  valid_cache_space: null,
};

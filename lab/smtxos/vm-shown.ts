import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabCluster, LabVm } from "./cluster-model";
import { guestInfo } from "./guest";
import { iscsiPath } from "./image-upload";
import { told } from "./told";

export const nicAddress = oneOf(
  "nicAddress",
  ["shown", "guest-only"],
  "Whether a NIC shows the address that the guest's tools have set; guest_info does.",
  "the runbook's sample of a NIC has no address before one is set; a public client reads nics[].ip_address",
);

/** A machine as the runbook shows it (stage 04); what the lab does not model stands as in its sample. */
export function shownVm(site: SiteState, cluster: LabCluster, vm: LabVm) {
  const seconds = (moment: number) => Math.floor(moment / 1_000);
  const whole = {
    auto_schedule: vm.autoSchedule,
    bios_uuid: vm.uuid,
    boot_with_host: false,
    clock_offset: "utc",
    cloud_init_supported: false,
    cluster_cpu_model: "host_passthrough",
    cpu: { topology: { cores: vm.cores, sockets: vm.sockets } },
    cpu_exclusive: { actual_enabled: false, expected_enabled: false },
    cpu_model: vm.cpuModel,
    cpu_qos: { limit_hz: -1, reservation_hz: 0, shares: 1000 },
    create_time: seconds(vm.createdAt),
    description: vm.description,
    disks: [...shownDisks(site, cluster, vm), ...shownCdroms(vm)],
    firmware: vm.firmware,
    guest_cpu_model: "host_passthrough",
    guest_info: guestInfo(site, vm),
    guest_os_type: "unknown",
    ha: vm.ha,
    ha_priority: 500,
    hostdevs: [],
    internal: false,
    memory: vm.memory,
    nested_virtualization: vm.nestedVirtualization,
    nics: vm.nics.map((nic) => shownNic(site, cluster, nic)),
    node_ip: vm.status === "running" ? site.model.hosts.find((host) => host.deployed)?.storageIp : null,
    placement_groups: [],
    quota_policy: null,
    resource_state: "in-use",
    status: vm.status,
    svt_iso: "",
    sync_vm_time_on_resume: false,
    type: "KVM_VM",
    ...(vm.startedAt !== undefined && { last_start_time: seconds(vm.startedAt) }),
    uuid: vm.uuid,
    vcpu: vm.vcpu,
    video_type: "cirrus",
    vm_name: vm.name,
    vm_version: "elf-1.2",
    vm_version_mode: "vm-version-auto",
    win_opt: null,
  };
  return told(site, whole, ["auto_schedule", "cpu_model", "description", "firmware", "ha", "nested_virtualization"]);
}

function shownDisks(site: SiteState, { volumes }: LabCluster, vm: LabVm) {
  return vm.disks.map((disk, index) => {
    const whole = {
      boot: index + 1,
      bus: disk.bus,
      encryption_algorithm: "PLAINTEXT",
      name: disk.name,
      path: iscsiPath(site, disk.lun),
      quota_policy: null,
      resident_in_cache: false,
      resident_in_cache_percentage: 0,
      serial: disk.volume,
      size: volumes.find(({ uuid }) => uuid === disk.volume)?.size,
      storage_policy_uuid: disk.policy,
      type: "disk",
      volume_is_sharing: false,
      volume_uuid: disk.volume,
    };
    return told(site, whole, ["bus", "name", "size", "storage_policy_uuid"]);
  });
}

function shownCdroms({ cdroms, disks }: LabVm) {
  return cdroms.map(({ bus, disabled, path }, index) => ({
    boot: disks.length + index + 1,
    bus,
    disabled,
    key: 100 + index,
    path,
    quota_policy: null,
    storage_policy_uuid: null,
    type: "cdrom",
  }));
}

function shownNic(site: SiteState, { vlans }: LabCluster, nic: LabVm["nics"][number]) {
  const vlan = vlans.find(({ uuid }) => uuid === nic.vlan);
  const address = site.switches.of(nicAddress) === "shown" ? nic.address : undefined;
  return {
    gateway: address?.gateway ?? "",
    ...(address && { ip_address: address.ip, subnet_mask: address.netmask }),
    interface_id: nic.mac,
    link: nic.link,
    mac_address: nic.mac,
    mirror: nic.mirror,
    model: nic.model,
    ovs: nic.ovs,
    ovs_health_status: "healthy",
    pci_address: "0000:00:04.0",
    queues: 8,
    type: "VLAN",
    vlan_uuid: nic.vlan,
    vlans: vlan
      ? [
          {
            enable_dhcp: null,
            mode_type: "vlan_access",
            mtu: null,
            name: vlan.name,
            type: 3,
            uuid: vlan.uuid,
            vds_uuid: vlan.vds,
            vlan_id: vlan.vlanId,
          },
        ]
      : [],
  };
}

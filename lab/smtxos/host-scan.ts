import type { LabHost } from "../model";
import type { SiteState } from "../site-state";

/**
 * The answer of a host scan, in the shape of the vendor's capture (GET /api/v2/deployment/host). Before a
 * deployment the management address stands on a physical port; after it on port-mgt, as the captures of a
 * factory and of a deployed host show.
 */
export function hostScan(site: SiteState, host: LabHost) {
  const { product, disks } = host.hardware;
  return {
    arch: "x86_64",
    cgroup_profile_env: {
      cpu_arch: "x86_64",
      cpu_vendor: "AuthenticAMD",
      deployment_env: null,
      is_hygon_hct: false,
      is_metro: false,
      is_nvme_over_rdma: false,
      is_nvme_over_tcp: false,
      is_rdma: false,
      is_vhost: true,
      is_vmware_by_dmidecode: true,
      memory_total: 134_654_275_584,
      node_role: "master",
      partition_total: 0,
      platform: "kvm",
      zbs_spec: "normal",
    },
    cpu: {
      arch: "x86_64",
      brand: "AMD EPYC 7K62 48-Core Processor",
      cores_per_socket: 24,
      logical_cores: 24,
      num_cores: 24,
      physical_cores: 24,
      sockets: 1,
      threads_per_core: 1,
      vendor: "AuthenticAMD",
    },
    disks,
    distribution: "openeuler",
    host_ip: host.managementIp,
    host_uuid: host.uuid,
    hostname: host.hostname,
    ifaces: ifaces(site, host),
    ipmi_ip: null,
    is_all_flash: disks.every((disk) => disk.type === "SSD"),
    is_os_in_raid1: false,
    is_os_in_single_disk: true,
    patch_version: "P4",
    product,
    sn: host.serial,
    status: "disabled",
    version: "6.2.0",
    zbs_spec: "normal",
    zbs_spec_valid: true,
  };
}

function ifaces(site: SiteState, host: LabHost) {
  const networked = host.deployed || host.remains;
  const physical = host.hardware.ports.map((name, index) => {
    const hwaddr = site.mac(`${host.uuid} ${name}`);
    return {
      ...iface(name, hwaddr, !networked && index === 0 ? host.managementIp : null, linkLocal(hwaddr)),
      pci_slot_name: `0000:${(index + 4).toString(16).padStart(2, "0")}:00`,
      speed: 10_000_000_000,
    };
  });
  if (!networked) return physical;
  const made = (name: string, ipv4: string | null) => iface(name, site.mac(`${host.uuid} ${name}`), ipv4, null);
  return [
    ...physical,
    made("ovsbr-internal", null),
    made("port-internal", "169.254.169.254"),
    made("port-mgt", host.managementIp),
    made("port-storage", host.storageIp),
  ];
}

function iface(name: string, hwaddr: string, ipv4: string | null, ipv6: string | null) {
  return {
    hwaddr,
    ibdev: null,
    ipv4,
    ipv6,
    mtu: 1500,
    name,
    pci_slot_name: null as string | null,
    physical_link_up: true,
    rdma: false,
    running: true,
    speed: null as number | null,
    up: true,
  };
}

/** EUI-64 of the MAC address, as the captures have it. */
export function linkLocal(mac: string): string {
  const [a, b, c, d, e, f] = mac.split(":").map((part) => Number.parseInt(part, 16)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, (0xfe << 8) | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(":")}`;
}

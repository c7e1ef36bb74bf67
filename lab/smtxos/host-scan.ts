import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { FACTORY_NAME, type LabHost } from "./host-model";
import { told } from "./told";

export const deployedScan = oneOf(
  "deployedScan",
  ["at-once", "late", "never"],
  "When a deployed host's scan shows its name, port-mgt and port-storage.",
  "a capture of a deployed host has port-mgt and port-storage (facts, part A 2.2); from when on, and whether always, no document says. late: three minutes after the deployment; till then the scan is a factory host's",
);

/** Site time from the end of a deployment until scans show it, where the switch says that they do so late: assumed. */
const SHOWN_AFTER = 3 * 60_000;

const CORES = 24;
const MEMORY = 134_654_275_584;

/** As the capture's machine has them. */
const CPU_FLAGS = `
  fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse sse2
  ht syscall nx mmxext fxsr_opt pdpe1gb rdtscp lm constant_tsc rep_good nopl tsc_reliable nonstop_tsc
  cpuid extd_apicid pni pclmulqdq ssse3 fma cx16 sse4_1 sse4_2 x2apic movbe popcnt aes xsave avx f16c
  rdrand hypervisor lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch
  osvw topoext ssbd ibrs ibpb vmmcall fsgsbase bmi1 avx2 smep bmi2 rdseed adx smap clflushopt clwb
  sha_ni xsaveopt xsavec xgetbv1 xsaves clzero wbnoinvd arat npt svm_lock nrip_save vmcb_clean
  flushbyasid decodeassists umip rdpid overflow_recov succor
`
  .trim()
  .split(/\s+/)
  .join(", ");

/**
 * The answer of a host scan, in the shape of the vendor's capture (GET /api/v2/deployment/host). Before a
 * deployment the management address stands on a physical port; after it on port-mgt, as the captures of a
 * factory and of a deployed host show.
 */
export function hostScan(site: SiteState, of: LabHost) {
  const host = showsDeployment(site, of) ? of : { ...of, deployed: false, remains: false, hostname: FACTORY_NAME };
  const { product, disks } = host.hardware;
  return {
    arch: "x86_64",
    cgroup_profile_env: {
      cpu_arch: "x86_64",
      cpu_vendor: "AuthenticAMD",
      deployment_env: null,
      enable_lsm_io_threads_state: null,
      is_hygon_hct: false,
      is_metro: false,
      is_nvme_over_rdma: false,
      is_nvme_over_tcp: false,
      is_rdma: false,
      is_vhost: true,
      is_vmware_by_dmidecode: true,
      memory_total: MEMORY,
      node_role: "master",
      numa_info: {
        numa_nodes: [
          {
            cpus: Array.from({ length: CORES }, (_, cpu) => [cpu]),
            free_mem_mb: 127_369,
            id: 0,
            mem_size_mb: MEMORY / 2 ** 20,
          },
        ],
      },
      partition_total: 0,
      platform: "kvm",
      specified_mem_limits: {},
      vm_min_free_bytes: 46_963_712,
      zbs_spec: "normal",
    },
    cpu: {
      arch: "x86_64",
      brand: "AMD EPYC 7K62 48-Core Processor",
      cores_per_socket: CORES,
      flags: CPU_FLAGS,
      hz_advertised: "2.4790 GHz",
      hz_advertised_raw: [2_479_000_000, 0],
      logical_cores: CORES,
      num_cores: CORES,
      physical_cores: CORES,
      sockets: 1,
      threads_per_core: 1,
      vendor: "AuthenticAMD",
    },
    disks: disks.map((disk) =>
      disk.function === "boot" ? told(site, disk, ["model", "serial", "size", "type"]) : disk,
    ),
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

/** Whether scans show by now what the deployment has given. */
function showsDeployment(site: SiteState, { deployed }: LabHost): boolean {
  const { switches, model } = site;
  if (!deployed || switches.of(deployedScan) === "at-once") return true;
  return switches.of(deployedScan) === "late" && site.isDue((model.cluster?.since ?? 0) + SHOWN_AFTER);
}

interface Iface {
  hwaddr: string;
  ibdev: null;
  ipv4: string | null;
  ipv6: string | null;
  mtu: number;
  name: string;
  pci_slot_name: string | null;
  physical_link_up: boolean;
  rdma: boolean;
  running: boolean;
  /** Bits a second. */
  speed: number | null;
  up: boolean;
}

function ifaces(site: SiteState, host: LabHost): Iface[] {
  const { ports, unplugged } = host.hardware;
  const networked = host.deployed || host.remains;
  const hwaddr = (name: string) => site.mac(`${host.uuid} ${name}`);
  const managementNic = ports.includes(host.managementNic) ? host.managementNic : ports[0];
  const physical = ports.map((name, index): Iface => {
    const linked = !unplugged.includes(name);
    return {
      ...common(name, hwaddr(name)),
      ipv4: !networked && name === managementNic ? host.managementIp : null,
      ipv6: linked ? linkLocal(hwaddr(name)) : null,
      pci_slot_name: `0000:${(index + 4).toString(16).padStart(2, "0")}:00`,
      physical_link_up: linked,
      running: linked,
      speed: linked ? 10_000_000_000 : null,
    };
  });
  if (!networked) return physical;
  const port = (name: string, ipv4: string): Iface => ({
    ...common(name, hwaddr(name)),
    ipv4,
    ipv6: linkLocal(hwaddr(name)),
  });
  const bridge = (name: string): Iface => ({ ...common(name, hwaddr(name)), running: false, up: false });
  return [
    ...physical,
    // A bridge a VDS, named at random by the vendor.
    bridge(`ovsbr-${hwaddr("management").replaceAll(":", "").slice(3)}`),
    bridge(`ovsbr-${hwaddr("storage").replaceAll(":", "").slice(3)}`),
    bridge("ovsbr-internal"),
    port("port-internal", "169.254.169.254"),
    port("port-mgt", host.managementIp),
    port("port-storage", host.storageIp),
  ];
}

function common(name: string, hwaddr: string): Iface {
  return {
    hwaddr,
    ibdev: null,
    ipv4: null,
    ipv6: null,
    mtu: 1500,
    name,
    pci_slot_name: null,
    physical_link_up: true,
    rdma: false,
    running: true,
    speed: null,
    up: true,
  };
}

/** A port's link-local address with its zone, the form of host_ip in the L2 scan and in the vendor's samples. */
export function linkLocalOn(site: SiteState, host: LabHost, port: string): string {
  return `${linkLocal(site.mac(`${host.uuid} ${port}`))}%${port}`;
}

/** EUI-64 of the MAC address, as the captures have it. */
function linkLocal(mac: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = mac.split(":").map((part) => Number.parseInt(part, 16));
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, (0xfe << 8) | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(":")}`;
}

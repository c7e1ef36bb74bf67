import type { SitePlan } from "../plan/site-plan";

/** What is in a machine; a test changes it to have a host that does not fit the plan. */
export interface Hardware {
  product: string;
  /** Names of physical ports. */
  ports: string[];
  /** Those of them without a cable. */
  unplugged: string[];
  disks: Disk[];
}

export interface Disk {
  drive: string;
  function: "boot" | "cache" | "data";
  model: string;
  serial: string;
  /** Bytes. */
  size: number;
  type: "SSD" | "HDD";
}

/** Which media a host has beside its system's disk, the rows of facts, part A 2.4. */
export type HardwareProfile = "nvme-hdd" | "ssd-hdd" | "nvme-ssd" | "all-ssd" | "all-nvme" | "all-hdd";

/** Disks of all hosts, or those of each host by its management address, or anything else of a host. */
export type HardwareOption = HardwareProfile | Record<string, HardwareProfile | Partial<Hardware>>;

/** A host's hardware: the ports of the plan and two without a cable, and the disks of the profile. */
export function hardwareFor(plan: SitePlan, address: string, option: HardwareOption | undefined): Hardware {
  const chosen = typeof option === "object" ? option[address] : option;
  const profile = typeof chosen === "string" ? chosen : plan.cluster.storage === "all-flash" ? "all-ssd" : "nvme-hdd";
  const planned = [plan.management, plan.storage, plan.backup, plan.business].flatMap(
    (each) => each?.switch?.nics ?? [],
  );
  const unplugged = ["ens162", "ens194"].filter((port) => !planned.includes(port));
  return {
    product: "SMTXOS",
    ports: [...new Set([...planned, ...unplugged])].sort(),
    unplugged,
    disks: disksOf(profile),
    ...(typeof chosen === "object" ? chosen : {}),
  };
}

/**
 * Models, serials and sizes are those of the vendor's captures of nvme-hdd. In the captures of that one the faster
 * disks are scanned as cache; the functions of the other profiles follow the deployment's (facts, part A 2.4).
 */
function disksOf(profile: HardwareProfile): Disk[] {
  switch (profile) {
    case "nvme-hdd":
      return [...nvme("cache"), boot, ...sata("HDD", "data", 5)];
    case "ssd-hdd":
      return [boot, ...sata("SSD", "cache", 2), ...sata("HDD", "data", 5, 2)];
    case "nvme-ssd":
      return [...nvme("cache"), boot, ...sata("SSD", "data", 5)];
    case "all-ssd":
      return [boot, ...sata("SSD", "data", 5)];
    case "all-nvme":
      return [...nvme("data"), boot];
    case "all-hdd":
      return [boot, ...sata("HDD", "data", 5)];
  }
}

const boot: Disk = {
  drive: "sda",
  function: "boot",
  model: "Virtual_disk",
  serial: "6000c2960125b1cf6644339d60586e11",
  size: 515_396_075_520,
  type: "SSD",
};

/** NVMe disks have type SSD, and one serial between them (facts, part A 2.2). */
function nvme(role: Disk["function"]): Disk[] {
  return ["nvme0n1", "nvme0n2"].map((drive) => ({
    drive,
    function: role,
    model: "VMware Virtual NVMe Disk",
    serial: "VMware NVME_0000",
    size: 1_759_218_604_032,
    type: "SSD",
  }));
}

/** `count` disks from sdb on, or from `skip` letters later. */
function sata(type: Disk["type"], role: Disk["function"], count: number, skip = 0): Disk[] {
  return Array.from({ length: count }, (_, index) => ({
    drive: `sd${String.fromCharCode("b".charCodeAt(0) + skip + index)}`,
    function: role,
    model: type === "SSD" ? "VMware_Virtual_SATA_SSD" : "VMware_Virtual_SATA_Hard_Drive",
    serial: `0${skip + index + 1}000000000000000001`,
    size: 2_199_023_255_552,
    type,
  }));
}

import type { LabGuest } from "../guest/guest-model";

declare module "../model" {
  interface Model {
    cluster?: LabCluster;
  }
}

/** What the lab remembers of a deployed cluster. */
export interface LabCluster {
  name: string;
  serial: string;
  masters: string[];
  /** Site time at which the deployment ended. */
  since: number;
  rootPassword?: string;
  managementVip: string | null;
  iscsiVip: string | null;
  dns: string[];
  ntp: LabNtp;
  /** The CPU model that is set; null: none yet. */
  cpuModel: string | null;
  /** IPMI accounts that were found right, by host uuid. */
  ipmi: Record<string, LabIpmiAccount>;
  vdses: LabVds[];
  vlans: LabVlan[];
  images: LabImage[];
  vms: LabVm[];
  /** What runs in CloudTower's, by the machine's uuid. */
  guests: Record<string, LabGuest>;
  /** Disks, those that a deleted virtual machine has left too. */
  volumes: LabVolume[];
  /** Undefined: there was none yet. */
  snapshots?: LabSnapshot[];
  templates?: LabTemplate[];
  /** Logical units given out on the datastore. */
  luns: number;
  jobs: Record<string, LabJob>;
  /** Ids of the jobs that have not ended. */
  openJobs: string[];
}

export interface LabNtp {
  mode: "internal" | "external";
  servers: string[];
}

export interface LabIpmiAccount {
  nodeName: string;
  host: string;
  user: string;
  password: string;
}

/** A virtual distributed switch. */
export interface LabVds {
  uuid: string;
  name: string;
  /** As it was sent; empty for a single port. */
  bondMode: string;
  hosts: LabVdsHost[];
  /** Site time from which its hosts are shown; undefined while the job that makes it has not ended. */
  settledAt?: number;
}

export interface LabVdsHost {
  hostUuid: string;
  nics: string[];
  /** The host's storage address. */
  dataIp: string;
}

export interface LabVlan {
  uuid: string;
  vds: string;
  name: string;
  vlanId: number;
  /** `mgt` and `storage` are the deployment's own networks. */
  use: "vm" | "mgt" | "storage";
  /** Site time from which it is counted in its switch. */
  settledAt: number;
}

/** An uploaded image: digests of its chunks, never their bytes. */
export interface LabImage {
  /** Of the virtual machines' tools (SVT), or an ISO image. */
  kind: "tools" | "iso";
  uuid: string;
  volume: string;
  /** Its logical unit on the datastore. */
  lun: number;
  name: string;
  description: string;
  /** Bytes. */
  size: number;
  /** Bytes of every chunk but the last. */
  chunkSize: number;
  /** What came, by chunk number from 0. */
  chunks: Record<number, { size: number; sha256: string }>;
  /** Hex, of the whole; null where it is not known. */
  md5: string | null;
  /** Site time of the volume. */
  createdAt: number;
  /** Of the tools, as CloudTower was told; undefined: it was not. */
  version?: number;
}

export type LabPower = "running" | "stopped" | "suspended";

/** A virtual machine. */
export interface LabVm {
  uuid: string;
  name: string;
  description: string;
  vcpu: number;
  sockets: number;
  cores: number;
  /** Bytes. */
  memory: number;
  ha: boolean;
  /** CloudTower's id of the user who owns it; undefined: nobody was told. */
  owner?: string;
  /** As CloudTower names it; undefined: none was told. */
  haPriority?: string;
  nestedVirtualization: boolean;
  cpuModel: string;
  firmware: string;
  autoSchedule: boolean;
  nics: LabVmNic[];
  disks: LabVmDisk[];
  cdroms: LabVmCdrom[];
  status: LabPower;
  /** Site time of the request that made it. */
  createdAt: number;
  /** Site time at which it was last started; undefined: never. */
  startedAt?: number;
  /** Site time at which CloudTower last stopped it; undefined: never. */
  stoppedAt?: number;
  /** Its operating system has been installed, from whatever was in its drive. */
  installed: boolean;
  /** The host that it was last started on, or has moved to, by uuid; undefined: the first one. */
  host?: string;
  /** As CloudTower names them; undefined: CIRRUS, UTC. */
  videoType?: string;
  clockOffset?: string;
  /** What its limits are of, as CloudTower names it; undefined: none was told. */
  ioPolicy?: string;
  limits?: LabLimits;
  /** What the tools have set in the guest, if anything. */
  guest?: { hostname?: string; dns?: string[]; ntp?: string[]; passwords?: Record<string, string> };
  /** What it was given for its first start, for cloud-init in the guest; undefined: nothing. */
  cloudInit?: LabCloudInit;
}

/** What a machine or a disk reads and writes at most, a second; what it has none of is left out. */
export interface LabLimits {
  iops?: number;
  iopsPolicy?: string;
  /** Bytes. */
  bandwidth?: number;
  bandwidthPolicy?: string;
}

/** What a NIC takes or sends at most. */
export interface LabTraffic {
  enabled: boolean;
  /** Bits a second. */
  rate: number | null;
  /** Bits. */
  burst: number | null;
}

export interface LabCloudInit {
  hostname?: string;
  nameservers: string[];
}

/** A machine as it was at a moment. */
export interface LabFrozen {
  uuid: string;
  name: string;
  description: string;
  createdAt: number;
  vm: LabVm;
  /** Bytes that the volumes of its disks had, by uuid. */
  sizes: Record<string, number>;
}

export interface LabSnapshot extends LabFrozen {
  consistency: "CRASH_CONSISTENT" | "FILE_SYSTEM_CONSISTENT";
}

/** What machines are made from. */
export interface LabTemplate extends LabFrozen {
  /** Whether cloud-init is in the guest. */
  cloudInit: boolean;
}

export interface LabVmNic {
  vlan: string;
  ovs: string;
  model: string;
  mac: string;
  mirror: boolean;
  link: "up" | "down";
  /** What the guest has, if anything: its tools have set it, or cloud-init has. */
  address?: { ip: string; netmask: string; gateway: string; by?: "cloud-init" };
  /** Undefined: none was told. */
  qos?: { ingress?: LabTraffic; egress?: LabTraffic };
}

export interface LabVmDisk {
  volume: string;
  name: string;
  bus: string;
  policy: string;
  lun: number;
  limits?: LabLimits;
}

export interface LabVmCdrom {
  bus: string;
  path: string;
  disabled: boolean;
}

export interface LabVolume {
  uuid: string;
  name: string;
  /** Bytes. */
  size: number;
  description?: string;
  /** CloudTower's name of its storage policy; undefined: that of the disk that it was made for, or the default one. */
  policy?: string;
  /** Whether several machines may have it. */
  sharing?: boolean;
  /** Site time; undefined: that of the machine that it was made for. */
  createdAt?: number;
}

export interface LabJob {
  id: string;
  /** NETWORK_CREATE_VDS and the like. */
  description: string;
  startedAt: number;
  outcome: "well" | "fails" | "never-ends";
  /** The error's words, of a job that fails. */
  failure?: string;
  /** What it does once it ends well. */
  change: JobChange;
  /** The switch as the job's resources show it. */
  vds?: LabVds;
  /** The virtual machine as the job's resources show it. */
  vm?: LabVm;
}

export type JobChange =
  | { kind: "setVip"; management: string | null; iscsi: string | null }
  | { kind: "setDns"; servers: string[] }
  | { kind: "setNtp"; ntp: LabNtp }
  | { kind: "createVds"; uuid: string }
  | { kind: "updateVds"; uuid: string; to: Pick<LabVds, "name" | "bondMode" | "hosts"> }
  | { kind: "deleteVds"; uuid: string }
  | { kind: "createVm"; uuid: string; status: LabPower }
  | { kind: "updateVm"; uuid: string; to: Partial<LabVm> }
  | { kind: "powerVm"; uuid: string; status: LabPower }
  | { kind: "deleteVm"; uuid: string; volumes: boolean };

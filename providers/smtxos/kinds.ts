import type { System } from "../system";
import { AdminPassword } from "./admin-password";
import { Cluster } from "./cluster";
import { CpuCompatibility } from "./cpu-compatibility";
import { DeployedSwitch } from "./deployed-switch";
import { DnsServers } from "./dns-servers";
import { HostPasswords } from "./host-passwords";
import { IpmiAccounts } from "./ipmi-accounts";
import { IsoImage } from "./iso-image";
import { License } from "./license";
import { ManagementVip } from "./management-vip";
import { NtpServers } from "./ntp-servers";
import { PlatformVlan } from "./platform-vlan";
import { StoragePolicy } from "./storage-policy";
import { SvtImage } from "./svt-image";
import { VirtualDistributedSwitch } from "./virtual-distributed-switch";
import { Vlan } from "./vlan";
import { Vm } from "./vm";

/** The hosts, and the cluster that they become. */
export const smtxos: System = {
  name: "smtxos",
  title: "SMTX OS",
  doc: "The hosts with their hypervisor, and the cluster that they become: by the hosts' own API, Fisheye's and SSH.",
  connection: { name: "HCI-01", addresses: ["10.0.20.101"], username: "root" },
  resources: [
    Cluster,
    AdminPassword,
    License,
    ManagementVip,
    DnsServers,
    NtpServers,
    IpmiAccounts,
    HostPasswords,
    CpuCompatibility,
    SvtImage,
    IsoImage,
    StoragePolicy,
    DeployedSwitch,
    PlatformVlan,
    VirtualDistributedSwitch,
    Vlan,
    Vm,
  ],
};

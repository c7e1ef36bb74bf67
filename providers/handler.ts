import type * as pulumi from "@pulumi/pulumi";
import { AlertRule } from "./cloudtower/alert-rule";
import { ClusterConnection } from "./cloudtower/cluster-connection";
import { ClusterSettings } from "./cloudtower/cluster-settings";
import { Datacenter } from "./cloudtower/datacenter";
import { DnsServers as TowerDnsServers } from "./cloudtower/dns-servers";
import { License as TowerLicense } from "./cloudtower/license";
import { MonitoringDashboard } from "./cloudtower/monitoring-dashboard";
import { NtpServers as TowerNtpServers } from "./cloudtower/ntp-servers";
import { cloudtowerObserver } from "./cloudtower/observer";
import { Organization } from "./cloudtower/organization";
import { RackTopology } from "./cloudtower/rack-topology";
import { Setup } from "./cloudtower/setup";
import { dynamicProvider } from "./kernel/adapter";
import { DeliveredWorkbook } from "./site/delivered-workbook";
import { SiteGuard } from "./site/site-guard";
import { AdminPassword } from "./smtxos/admin-password";
import { CloudTowerInstallation } from "./smtxos/cloudtower-installation";
import { Cluster } from "./smtxos/cluster";
import { CpuCompatibility } from "./smtxos/cpu-compatibility";
import { DeployedSwitch } from "./smtxos/deployed-switch";
import { DnsServers } from "./smtxos/dns-servers";
import { HostPasswords } from "./smtxos/host-passwords";
import { IpmiAccounts } from "./smtxos/ipmi-accounts";
import { IsoImage } from "./smtxos/iso-image";
import { License } from "./smtxos/license";
import { ManagementVip } from "./smtxos/management-vip";
import { NtpServers } from "./smtxos/ntp-servers";
import { PlatformVlan } from "./smtxos/platform-vlan";
import { StoragePolicy } from "./smtxos/storage-policy";
import { SvtImage } from "./smtxos/svt-image";
import { VirtualDistributedSwitch } from "./smtxos/virtual-distributed-switch";
import { Vlan } from "./smtxos/vlan";
import { Vm } from "./smtxos/vm";

/** Every kind that a state may hold. A type is never renamed or taken out: states of years ago ask for it. */
export const resources = [
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
  CloudTowerInstallation,
  Setup,
  Organization,
  Datacenter,
  ClusterConnection,
  TowerNtpServers,
  TowerDnsServers,
  TowerLicense,
  ClusterSettings,
  AlertRule,
  MonitoringDashboard,
  RackTopology,
  DeliveredWorkbook,
  SiteGuard,
];
export const kinds = resources.map((resource) => resource.kind);

/** Where one system of a site cannot be read back and another can: by what a connection's `observer` names. */
export const observers = { cloudtower: cloudtowerObserver };

const providers = new Map<string, pulumi.dynamic.ResourceProvider>();

/** The provider of a kind; what the handler text in the state asks for. One a process, as its sessions are shared. */
export function handler(type: string): pulumi.dynamic.ResourceProvider {
  let provider = providers.get(type);
  if (!provider) {
    const kind = kinds.find((each) => each.type === type);
    if (!kind) throw new Error(`no resource kind ${type}; is the program older than the state?`);
    provider = dynamicProvider(kind, observers);
    providers.set(type, provider);
  }
  return provider;
}

import type { System } from "../system";
import { AlertRule } from "./alert-rule";
import { CloudTowerInstallation } from "./cloudtower-installation";
import { ClusterConnection } from "./cluster-connection";
import { ClusterSettings } from "./cluster-settings";
import { ContentLibraryImage } from "./content-library-image";
import { ContentLibraryVmTemplate } from "./content-library-vm-template";
import { Datacenter } from "./datacenter";
import { DnsServers } from "./dns-servers";
import { ElfImage } from "./elf-image";
import { ExistingCluster } from "./existing-cluster";
import { ExistingContentLibraryImage } from "./existing-content-library-image";
import { ExistingContentLibraryVmTemplate } from "./existing-content-library-vm-template";
import { ExistingDatacenter } from "./existing-datacenter";
import { ExistingElfImage } from "./existing-elf-image";
import { ExistingHost } from "./existing-host";
import { ExistingSvtImage } from "./existing-svt-image";
import { ExistingVds } from "./existing-vds";
import { ExistingVlan } from "./existing-vlan";
import { ExistingVm } from "./existing-vm";
import { ExistingVmSnapshot } from "./existing-vm-snapshot";
import { ExistingVmTemplate } from "./existing-vm-template";
import { Label } from "./label";
import { License } from "./license";
import { MonitoringDashboard } from "./monitoring-dashboard";
import { NtpServers } from "./ntp-servers";
import { cloudtowerObserver } from "./observer";
import { Organization } from "./organization";
import { RackTopology } from "./rack-topology";
import { Setup } from "./setup";
import { SnapshotPlan } from "./snapshot-plan";
import { SvtImage } from "./svt-image";
import { Vds } from "./vds";
import { Vlan } from "./vlan";
import { Vm } from "./vm";
import { VmFolder } from "./vm-folder";
import { VmPlacementGroup } from "./vm-placement-group";
import { VmRecycleBin } from "./vm-recycle-bin";
import { VmSnapshot } from "./vm-snapshot";
import { VmTemplate } from "./vm-template";
import { VmVolume } from "./vm-volume";

/** What manages the clusters of one or more sites. */
export const cloudtower: System = {
  name: "cloudtower",
  title: "CloudTower",
  doc: "What manages the clusters of one or more sites: its installation by SSH, the rest by its REST API and GraphQL.",
  connection: { name: "CLOUDTOWER", addresses: ["10.0.20.15"], username: "root" },
  resources: [
    CloudTowerInstallation,
    Setup,
    Organization,
    Datacenter,
    Label,
    ClusterConnection,
    VmFolder,
    VmPlacementGroup,
    Vds,
    Vlan,
    VmVolume,
    ElfImage,
    SvtImage,
    ContentLibraryImage,
    Vm,
    VmSnapshot,
    VmTemplate,
    ContentLibraryVmTemplate,
    SnapshotPlan,
    ExistingDatacenter,
    ExistingCluster,
    ExistingHost,
    ExistingVds,
    ExistingVlan,
    ExistingElfImage,
    ExistingSvtImage,
    ExistingVm,
    ExistingVmSnapshot,
    ExistingVmTemplate,
    ExistingContentLibraryVmTemplate,
    ExistingContentLibraryImage,
    NtpServers,
    DnsServers,
    License,
    ClusterSettings,
    VmRecycleBin,
    AlertRule,
    MonitoringDashboard,
    RackTopology,
  ],
  observer: cloudtowerObserver,
};

import type { SiteState } from "../site-state";
import { guestTools } from "../smtxos/power";
import { systemNetworks, vlanOrder } from "../smtxos/vlans";
import { alertRuleEntries, globalAlertRuleEntries } from "./alert-rule-rows";
import { failedTowerVm } from "./cluster-change";
import { clusterEntries } from "./cluster-rows";
import { graphEntries, viewEntries } from "./dashboard-rows";
import { elfImageEntries, storagePolicyEntries } from "./elf-rows";
import { snapshotLocalId } from "./frozen";
import { hostEntries } from "./host-rows";
import { libraryImageEntries } from "./library-images";
import { libraryTemplateEntries } from "./library-rows";
import { networksOf, switchesOf } from "./network-rows";
import { nicEntries } from "./nic-rows";
import { placementGroupEntries } from "./placement-group-rows";
import { brickTopoEntries, clusterTopoEntries, nodeTopoEntries, rackTopoEntries, zoneTopoEntries } from "./rack-rows";
import { vmRecycleBin } from "./recycle-bins";
import type { Entry } from "./row";
import { deployEntry, licenseEntry, settingsEntries, svtImageEntries, userEntry } from "./small-rows";
import { planTimeShown, snapshotPlanEntries } from "./snapshot-plan-rows";
import { standingIn } from "./standing";
import type { ListedKind } from "./tables";
import { failedConnect } from "./task-end";
import { doneProgress, taskEntries } from "./task-rows";
import type { LabTower } from "./tower-model";
import { currentChunk, towerChunkSize, uploadArgs, uploadEntries } from "./uploads";
import { cloudInitDrive, vmDiskEntries, vmNicEntries, vmVolumeEntries } from "./vm-part-rows";
import { vmEntries } from "./vm-rows";
import { lunSnapshotEntries, vmSnapshotEntries } from "./vm-snapshot-rows";
import { vmTemplateEntries } from "./vm-template-rows";

const FISHEYE = "the same truth that Fisheye tells, at once, also while the cluster is disconnected";

/** What CloudTower lists, but for its plain objects. */
export const listedKinds: Record<string, ListedKind> = {
  User: {
    plural: "users",
    entries: (_site, { users }) => users.map(userEntry),
    nested: {},
    source: "the vendor's schema",
  },
  Cluster: {
    plural: "clusters",
    entries: clusterEntries,
    nested: {
      datacenters: "Datacenter",
      hosts: "Host",
      vdses: "Vds",
      settings: "ClusterSettings",
      vm_folders: "VmFolder",
      vm_templates: "VmTemplate",
      vms: "Vm",
    },
    source: "runbook stage 05 验证集群关联状态, as an array: facts, part B 5A 2; the states: facts, part B 5A 11",
    assumed: `what the lab has no figure for is null; ${FISHEYE}`,
    switches: [failedConnect],
  },
  ClusterSettings: {
    plural: "cluster-settingses",
    entries: settingsEntries,
    nested: { cluster: "Cluster" },
    switches: [vmRecycleBin],
    source: "the vendor's schema: one policy for every erasure coding, and its figures from 4.8.0 on",
  },
  Task: {
    plural: "tasks",
    entries: taskEntries,
    nested: { cluster: "Cluster", user: "User" },
    source: "facts, part B 5A 8: the states, nothing sure while it runs, the error's text",
    assumed: "2 seconds pending and 20 in all; a paused one goes on when somebody lets it; error_code null",
    switches: [doneProgress],
  },
  Host: {
    plural: "hosts",
    entries: hostEntries,
    nested: { cluster: "Cluster", nics: "Nic", vms: "Vm" },
    source: "the vendor's schema; figures of the host scan",
    assumed: `counters are 0; ${FISHEYE}`,
  },
  Vds: {
    plural: "vdses",
    entries: (site, tower) => mirrored(site, tower, switchesOf),
    nested: { cluster: "Cluster", nics: "Nic", vlans: "Vlan" },
    source: "facts, part A 10: the fields",
    assumed: `type VM of every switch; ${FISHEYE}`,
    switches: [systemNetworks, vlanOrder],
  },
  Nic: {
    plural: "nics",
    entries: nicEntries,
    nested: { host: "Host", vds: "Vds" },
    source: "the vendor's schema",
    assumed: "10 Gbit/s of a port with a cable; local_id a uuid",
  },
  Vlan: {
    plural: "vlans",
    entries: (site, tower) => mirrored(site, tower, networksOf),
    nested: { vds: "Vds", vm_nics: "VmNic" },
    source: "facts, part A 10: the fields; part B 5A 10: one that is being made has its uuid, and CREATING",
    assumed: FISHEYE,
    switches: [systemNetworks, vlanOrder],
  },
  Vm: {
    plural: "vms",
    entries: vmEntries,
    nested: {
      cluster: "Cluster",
      folder: "VmFolder",
      host: "Host",
      labels: "Label",
      snapshots: "VmSnapshot",
      vm_disks: "VmDisk",
      vm_nics: "VmNic",
      snapshot_plan: "SnapshotPlan",
      vm_placement_group: "VmPlacementGroup",
    },
    source:
      "the vendor's schema; cloudtower-api-guide, 获取所需虚拟机的基本信息: by name; facts, part B 5A 7 and 10: placeholders, and entityAsyncStatus for a while after the task",
    assumed: `one that Fisheye makes from the end of its job on; those that Fisheye starts are on the first host, those that CloudTower starts on the one with the fewest; ${FISHEYE}`,
    switches: [guestTools, failedTowerVm],
  },
  VmPlacementGroup: {
    plural: "vm-placement-groups",
    entries: placementGroupEntries,
    nested: {
      cluster: "Cluster",
      vm_host_must_host_uuids: "Host",
      vm_host_prefer_host_uuids: "Host",
      vms: "Vm",
    },
    source: "the vendor's schema",
    assumed: "they go with the cluster's removal; a machine may be in several, and leaves them when it is deleted",
  },
  SnapshotPlan: {
    plural: "snapshot-plans",
    entries: snapshotPlanEntries,
    nested: { cluster: "Cluster", vms: "Vm" },
    source: "the vendor's schema",
    assumed:
      "they go with the cluster's removal; a machine leaves its plan when it is deleted; none takes a snapshot, and what they count is 0",
    switches: [planTimeShown],
  },
  VmDisk: {
    plural: "vm-disks",
    entries: vmDiskEntries,
    nested: { vm: "Vm", vm_volume: "VmVolume", elf_image: "ElfImage", svt_image: "SvtImage" },
    source: "cloudtower-api-faq and facts, part B 5A 14: other ids after each change",
    assumed: "boot counts disks, then CD-ROMs, and what cloud-init reads last",
    switches: [cloudInitDrive],
  },
  VmNic: {
    plural: "vm-nics",
    entries: vmNicEntries,
    nested: { vm: "Vm", vlan: "Vlan" },
    source: "cloudtower-api-faq and facts, part B 5A 14: other ids after each change; found by machine and mac_address",
    assumed: "local_id is its MAC address",
  },
  VmVolume: {
    plural: "vm-volumes",
    entries: vmVolumeEntries,
    nested: { cluster: "Cluster", vm_disks: "VmDisk" },
    source: "the vendor's schema",
    assumed: "of one that no machine has, path empty, and the default policy",
  },
  VmSnapshot: {
    plural: "vm-snapshots",
    entries: vmSnapshotEntries,
    nested: { cluster: "Cluster", vm: "Vm" },
    source:
      "the vendor's schema; cloudtower-api-guide, 通过第二步的快照 id 查询快照: snapshot_local_id of a disk is the name of its LUN snapshot",
    assumed: "vm is null once the machine is gone",
    switches: [snapshotLocalId],
  },
  IscsiLunSnapshot: {
    plural: "iscsi-lun-snapshots",
    entries: lunSnapshotEntries,
    nested: {},
    source:
      "the vendor's schema; cloudtower-api-guide, 通过 LUN 快照名称查询对应 LUN 快照: found by name, and local_id is the identifier in ZBS",
    assumed: "one of each disk of a machine's snapshot; its logical unit is not shown",
  },
  VmTemplate: {
    plural: "vm-templates",
    entries: vmTemplateEntries,
    nested: { cluster: "Cluster", content_library_vm_template: "ContentLibraryVmTemplate" },
    source: "the vendor's schema",
    assumed: "those of the content library too, one in each cluster",
  },
  ContentLibraryVmTemplate: {
    plural: "content-library-vm-templates",
    entries: libraryTemplateEntries,
    nested: { clusters: "Cluster", vm_templates: "VmTemplate" },
    source: "the vendor's schema",
    assumed: "its hardware is that of its template in the first cluster",
  },
  ElfImage: {
    plural: "elf-images",
    entries: elfImageEntries,
    nested: { cluster: "Cluster", content_library_image: "ContentLibraryImage" },
    source: "the vendor's schema",
    assumed: `ISO images without a missing chunk, those of the content library too, one in each cluster; ${FISHEYE}`,
  },
  ContentLibraryImage: {
    plural: "content-library-images",
    entries: libraryImageEntries,
    nested: { clusters: "Cluster", elf_images: "ElfImage" },
    source: "the vendor's schema",
    assumed: "its path is that of its ISO image in the first cluster",
  },
  UploadTask: {
    plural: "upload-tasks",
    entries: uploadEntries,
    nested: {},
    source: "the vendor's schema",
    assumed: "of images alone; those that have ended stay listed",
    switches: [towerChunkSize, currentChunk, uploadArgs],
  },
  ElfStoragePolicy: {
    plural: "elf-storage-policies",
    entries: storagePolicyEntries,
    nested: { cluster: "Cluster" },
    source: "the vendor's schema; the figures of runbook 查询fisheye存储策略uuid",
    assumed: "default alone, as in Fisheye",
  },
  SvtImage: {
    plural: "svt-images",
    entries: svtImageEntries,
    nested: { cluster: "Cluster" },
    source: "the vendor's schema",
    assumed: `version 0 of one that came without; images without a missing chunk; ${FISHEYE}`,
  },
  View: {
    plural: "views",
    entries: viewEntries,
    nested: { cluster: "Cluster", graphs: "Graph" },
    source: "the vendor's schema; facts, part A 6: by cluster and name",
    assumed: "they go with the cluster's removal",
  },
  Graph: {
    plural: "graphs",
    entries: graphEntries,
    nested: { cluster: "Cluster", view: "View", hosts: "Host", vms: "Vm" },
    source: "the vendor's schema",
    assumed: "what is drawn but hosts and machines is not shown",
  },
  ClusterTopo: {
    plural: "cluster-topoes",
    entries: clusterTopoEntries,
    nested: { cluster: "Cluster", zone_topoes: "ZoneTopo", brick_topoes: "BrickTopo", node_topoes: "NodeTopo" },
    source: "the vendor's schema",
    assumed: "one a cluster, with what is in no rack and in no chassis",
  },
  ZoneTopo: {
    plural: "zone-topoes",
    entries: zoneTopoEntries,
    nested: { cluster: "Cluster", cluster_topo: "ClusterTopo", rack_topoes: "RackTopo" },
    source: "the vendor's schema: a rack needs a zone",
    assumed: "one a cluster, from its first connection on",
  },
  RackTopo: {
    plural: "rack-topoes",
    entries: rackTopoEntries,
    nested: { cluster: "Cluster", zone_topo: "ZoneTopo", brick_topoes: "BrickTopo" },
    source: "the vendor's schema",
    assumed: "none until one is created; they go with the cluster's removal",
  },
  BrickTopo: {
    plural: "brick-topoes",
    entries: brickTopoEntries,
    nested: { cluster: "Cluster", cluster_topo: "ClusterTopo", rack_topo: "RackTopo", node_topoes: "NodeTopo" },
    source: "the vendor's schema",
    assumed: "none until one is created; nothing of disks and power supplies; they go with the cluster's removal",
  },
  NodeTopo: {
    plural: "node-topoes",
    entries: nodeTopoEntries,
    nested: { cluster: "Cluster", cluster_topo: "ClusterTopo", brick_topo: "BrickTopo", host: "Host" },
    source: "the vendor's schema: each with its host, chassis and cluster_topo null where it has none",
    assumed: "one a host, from the cluster's first connection on, in no chassis and with row and column null",
  },
  AlertRule: {
    plural: "alert-rules",
    entries: alertRuleEntries,
    nested: { cluster: "Cluster", global_alert_rule: "GlobalAlertRule" },
    source: "runbook stage 06 获取所有报警规则: one of each global rule for each cluster",
    assumed: "they follow the global rule until they are customized",
  },
  GlobalAlertRule: {
    plural: "global-alert-rules",
    entries: globalAlertRuleEntries,
    nested: { alert_rules: "AlertRule" },
    source: "runbook stage 06 获取所有报警规则",
    assumed: "of the vendor's 94 rules four, three of them made up",
  },
  License: {
    plural: "licenses",
    entries: (_site, tower) => [licenseEntry(tower)],
    nested: {},
    source: "runbook stage 04 导出cloudtower 序列号写入规划表",
  },
  Deploy: {
    plural: "deploys",
    entries: (site, tower) => [deployEntry(site, tower)],
    nested: { license: "License" },
    source: "runbook stage 04 导出cloudtower 序列号写入规划表",
  },
};

function mirrored(site: SiteState, tower: LabTower, entries: typeof switchesOf): Entry[] {
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    return standing ? entries(site, cluster, standing) : [];
  });
}

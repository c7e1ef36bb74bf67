import type { SiteState } from "../site-state";
import type { LabFrozen, LabVm } from "../smtxos/cluster-model";
import { iscsiPath, pathOf } from "../smtxos/image-upload";
import { bondOf } from "../smtxos/jobs";
import { stoppedNow } from "../smtxos/power";
import { oneOf } from "../switch";
import { policyNamed } from "./elf-rows";
import { shownLimits } from "./limits";
import type { Shown } from "./shown-vms";
import { nestedCluster, standingIn } from "./standing";
import { iso } from "./time";
import type { LabTower, LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

export const snapshotLocalId = oneOf(
  "snapshotLocalId",
  ["name", "null"],
  "snapshot_local_id of a disk of a machine's snapshot.",
  "the guide has it as the name of the LUN snapshot, the schema as what may be null",
);

/** A machine as it is at this moment, for a snapshot or a template of it. */
export function freeze(site: SiteState, { cluster, vm, sizeOf }: Shown, name: string, description = ""): LabFrozen {
  const at = siteOf(site, cluster);
  return {
    uuid: site.id(`frozen ${name}`),
    name,
    description,
    createdAt: at.now,
    vm: { ...structuredClone(vm), ...stoppedNow(vm, (moment) => at.isDue(moment)) },
    sizes: Object.fromEntries(vm.disks.map(({ volume }) => [volume, sizeOf(volume)])),
  };
}

/** What a snapshot of a machine has of one of its volumes: the name of the logical unit's own snapshot. */
export function lunSnapshotOf(site: SiteState, { uuid }: LabFrozen, volume: string): string {
  return site.fixedId(`lun snapshot ${uuid} ${volume}`);
}

/** What rows of snapshots and of templates have alike. */
export function frozenFields(site: SiteState, tower: LabTower, cluster: LabTowerCluster, frozen: LabFrozen) {
  const { vm, sizes, description, createdAt } = frozen;
  return {
    clock_offset: vm.clockOffset ?? "UTC",
    cluster: nestedCluster(site, cluster),
    cpu: { cores: vm.cores, sockets: vm.sockets },
    cpu_model: vm.cpuModel,
    description,
    firmware: vm.firmware.toUpperCase() === "UEFI" ? "UEFI" : "BIOS",
    ha: vm.ha,
    io_policy: vm.ioPolicy ?? null,
    labels: [],
    local_created_at: iso(createdAt),
    ...shownLimits(vm.limits),
    memory: vm.memory,
    size: Object.values(sizes).reduce((sum, size) => sum + size, 0),
    vcpu: vm.vcpu,
    vm_disks: frozenDisks(site, tower, cluster, frozen),
    win_opt: false,
  };
}

function frozenDisks(site: SiteState, tower: LabTower, cluster: LabTowerCluster, frozen: LabFrozen) {
  const { vm, sizes } = frozen;
  const at = siteOf(site, cluster);
  const images = standingIn(site, cluster)?.images ?? [];
  const imageIn = (path: string) => images.find((each) => path !== "" && pathOf(at, each) === path);
  const disks = vm.disks.map((disk, index) => ({
    ...nobodysDiskFields(tower),
    ...shownLimits(disk.limits),
    boot: index + 1,
    bus: disk.bus.toUpperCase(),
    disk_name: disk.name,
    index,
    path: iscsiPath(at, disk.lun),
    size: sizes[disk.volume] ?? 0,
    snapshot_local_id: site.switches.of(snapshotLocalId) === "null" ? null : lunSnapshotOf(site, frozen, disk.volume),
    storage_policy_uuid: disk.policy,
    type: "DISK",
    vm_volume_local_id: disk.volume,
    vm_volume_snapshot_uuid: lunSnapshotOf(site, frozen, disk.volume),
  }));
  const cdroms = vm.cdroms.map((cdrom, index) => {
    const image = imageIn(cdrom.path);
    const local = image?.uuid ?? "";
    return {
      ...nobodysDiskFields(tower),
      boot: disks.length + index + 1,
      bus: cdrom.bus.toUpperCase(),
      disabled: cdrom.disabled,
      elf_image_local_id: image?.kind === "iso" ? local : "",
      image_name: image?.name ?? null,
      index: disks.length + index,
      key: 100 + index,
      path: cdrom.path,
      size: 0,
      snapshot_local_id: null,
      storage_policy_uuid: "",
      svt_image_local_id: image?.kind === "tools" ? local : "",
      type: "CD_ROM",
      vm_volume_local_id: "",
      vm_volume_snapshot_uuid: null,
    };
  });
  return [...disks, ...cdroms];
}

function nobodysDiskFields({ version }: LabTower) {
  return {
    ...(version === "4.6.0" ? {} : { resident_in_cache: null }),
    disabled: null as boolean | null,
    elf_image_local_id: "",
    image_name: null as string | null,
    key: null as number | null,
    ...shownLimits(),
    svt_image_local_id: "",
    vm_volume_template_uuid: null,
  };
}

/** The network of a NIC as what is frozen has it. */
export function frozenVlan(site: SiteState, cluster: LabTowerCluster, { vlan: uuid, ovs }: LabVm["nics"][number]) {
  const vlan = standingIn(site, cluster)?.vlans.find((each) => each.uuid === uuid);
  const vds = standingIn(site, cluster)?.vdses.find((each) => each.uuid === vlan?.vds);
  return {
    name: vlan?.name ?? "",
    network_ids: [],
    vds_ovs: vds ? bondOf(siteOf(site, cluster), vds).ovsbr_name : ovs,
    vlan_id: vlan?.vlanId ?? 0,
    vlan_local_id: uuid,
  };
}

/** A volume's policy as CloudTower names it. */
export function frozenPolicy(site: SiteState, cluster: LabTowerCluster, { policy }: LabVm["disks"][number]) {
  return policyNamed(siteOf(site, cluster), policy);
}

import type { SiteState } from "../site-state";
import type { LabFrozen } from "../smtxos/cluster-model";
import { frozenFields, frozenPolicy, frozenVlan } from "./frozen";
import { ownedId, ownedIn } from "./owned";
import { type Entry, entry } from "./row";
import { asyncStatus, nestedCluster } from "./standing";
import { iso } from "./time";
import type { LabTower, LabTowerCluster } from "./tower-model";

export function libraryTemplateEntries(site: SiteState, tower: LabTower): Entry[] {
  return (tower.libraryTemplates ?? []).map((library) => {
    const { id, name, description, cloudInit, createdAt, busy } = library;
    return entry({ id, name }, () => {
      const clusters = tower.clusters.filter((cluster) => library.templates[cluster.id] !== undefined);
      const [first] = clusters;
      const of = first && ownedIn(site, first, "template").find(({ uuid }) => uuid === library.templates[first.id]);
      return {
        ...(tower.version === "4.6.0" ? {} : { usage: null }),
        ...(first && of ? hardware(site, tower, first, of) : NOT_MADE_YET),
        architecture: "X86_64",
        cloud_init_supported: cloudInit,
        clusters: clusters.map((cluster) => nestedCluster(site, cluster)),
        createdAt: iso(createdAt),
        description,
        entityAsyncStatus: asyncStatus(site, busy),
        labels: [],
        os: null,
        template_config: null,
        video_type: of?.vm.videoType ?? (of ? "CIRRUS" : null),
        vm_template_uuids: Object.values(library.templates),
        vm_templates: clusters.map((cluster) => ({
          id: ownedId(site, cluster, "template", library.templates[cluster.id] as string),
          name,
        })),
      };
    });
  });
}

const NOT_MADE_YET = { memory: 0, size: 0, vcpu: 0 };

function hardware(site: SiteState, tower: LabTower, cluster: LabTowerCluster, frozen: LabFrozen) {
  const { vm } = frozen;
  const {
    cluster: _cluster,
    local_created_at: _time,
    vm_disks,
    ...fields
  } = frozenFields(site, tower, cluster, frozen);
  return {
    ...fields,
    vm_disks: vm_disks.map(({ boot, bus, disabled, index, path, size, type }) => {
      const disk = type === "DISK" ? vm.disks[index] : undefined;
      return {
        ...(tower.version === "4.6.0" ? {} : SINCE_48),
        boot,
        bus,
        content_library_image_id: null,
        disabled,
        disk_name: disk?.name ?? null,
        index,
        max_bandwidth: null,
        max_bandwidth_policy: null,
        max_iops: null,
        max_iops_policy: null,
        path,
        resident_in_cache: null,
        size,
        storage_encrypted: null,
        storage_policy: disk ? frozenPolicy(site, cluster, disk) : null,
        type,
      };
    }),
    vm_nics: vm.nics.map((nic, index) => ({
      egress_rate_limit_burst_in_bit: null,
      egress_rate_limit_enabled: null,
      egress_rate_limit_max_rate_in_bitps: null,
      enabled: nic.link === "up",
      index,
      ingress_rate_limit_burst_in_bit: null,
      ingress_rate_limit_enabled: null,
      ingress_rate_limit_max_rate_in_bitps: null,
      mirror: nic.mirror,
      model: nic.model.toUpperCase(),
      type: "VLAN",
      vlan: frozenVlan(site, cluster, nic),
      vpc_nic: null,
    })),
  };
}

const SINCE_48 = {
  elf_storage_policy_ec_k: null,
  elf_storage_policy_ec_m: null,
  elf_storage_policy_replica_num: null,
  elf_storage_policy_thin_provision: null,
};

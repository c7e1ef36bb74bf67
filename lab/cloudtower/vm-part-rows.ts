import type { SiteState } from "../site-state";
import type { LabCluster, LabImage, LabVmDisk, LabVolume } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { iscsiPath, pathOf } from "../smtxos/image-upload";
import { oneOf } from "../switch";
import { imageId, policyNamed } from "./elf-rows";
import { shownLimits, shownQos } from "./limits";
import { ownedIn } from "./owned";
import { type Entry, entry, once } from "./row";
import { diskId, nicId, type Shown, shownVms, vmId, volumeId } from "./shown-vms";
import { asyncStatus, nestedCluster, standingIn } from "./standing";
import { iso } from "./time";
import type { LabTower, LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

export const cloudInitDrive = oneOf(
  "cloudInitDrive",
  ["cd-rom", "disk"],
  "What the image is shown as that cloud-init reads in the guest.",
  "the schema gives a disk a cloud_init_image_path; a public client had to leave out the image that was listed as a disk",
);

/** Disks, then CD-ROMs, of every machine, and last what cloud-init reads. */
export function vmDiskEntries(site: SiteState, tower: LabTower): Entry[] {
  const imagesOf = imagesByPath(site);
  return shownVms(site, tower).flatMap((shown) => {
    const { cluster, standing, vm } = shown;
    const nested = { id: vmId(site, cluster, vm.uuid), name: vm.name };
    const keysOf = (index: number) => ({
      get id() {
        return diskId(site, shown, index);
      },
      vm: nested,
    });
    const disks = vm.disks.map((disk, index) =>
      entry(keysOf(index), () => ({
        ...nobodysDiskFields,
        ...shownLimits(disk.limits),
        type: "DISK",
        boot: index + 1,
        bus: disk.bus.toUpperCase(),
        serial: disk.volume,
        vm_volume: shown.isNew ? null : { id: volumeId(site, cluster, disk.volume), name: disk.name },
      })),
    );
    const cdroms = vm.cdroms.map((cdrom, index) =>
      entry(keysOf(disks.length + index), () => {
        const image = imagesOf(cluster, standing).get(cdrom.path);
        const named = image && { id: imageId(site, cluster, image.uuid), name: image.name };
        return {
          ...nobodysDiskFields,
          type: "CD_ROM",
          boot: disks.length + index + 1,
          bus: cdrom.bus.toUpperCase(),
          disabled: cdrom.disabled,
          key: 100 + index,
          elf_image: image?.kind === "iso" ? named : null,
          svt_image: image?.kind === "tools" ? named : null,
        };
      }),
    );
    if (!vm.cloudInit) return [...disks, ...cdroms];
    const last = disks.length + cdroms.length;
    const init = entry(keysOf(last), () => ({
      ...nobodysDiskFields,
      type: site.switches.of(cloudInitDrive) === "disk" ? "DISK" : "CD_ROM",
      boot: last + 1,
      bus: "IDE",
      cloud_init_image_name: "cloud-init",
      cloud_init_image_path: `/usr/share/smartx/images/cloud-init/${vm.uuid}`,
    }));
    return [...disks, ...cdroms, init];
  });
}

/** The images of a cluster by their path, which drives have. */
function imagesByPath(site: SiteState) {
  const known = new Map<LabTowerCluster, Map<string, LabImage>>();
  return (cluster: LabTowerCluster, { images }: LabCluster): Map<string, LabImage> => {
    const at = siteOf(site, cluster);
    // Of two of one path the first counts.
    const made = known.get(cluster) ?? new Map([...images].reverse().map((image) => [pathOf(at, image), image]));
    known.set(cluster, made);
    return made;
  };
}

const MODELS: Record<string, string> = { virtio: "VIRTIO", e1000: "E1000", sriov: "SRIOV" };

export function vmNicEntries(site: SiteState, tower: LabTower): Entry[] {
  return shownVms(site, tower).flatMap((shown) => {
    const { cluster, standing, vm } = shown;
    const nested = { id: vmId(site, cluster, vm.uuid), name: vm.name };
    return vm.nics.map((nic, index) =>
      entry(
        {
          get id() {
            return nicId(site, shown, index);
          },
          local_id: nic.mac,
          mac_address: nic.mac,
          vm: nested,
        },
        () => {
          const tools = !shown.isNew && toolsRun(siteOf(site, cluster), vm);
          const vlan = standing.vlans.find(({ uuid }) => uuid === nic.vlan);
          // What cloud-init sets CloudTower knows from the tools alone.
          const isKnown = nic.address?.by === undefined || tools;
          const { ip = null, netmask = null, gateway = null } = (isKnown ? nic.address : undefined) ?? {};
          return {
            nic: null,
            vpc_nic: null,
            ...shownQos(nic),
            ...(tower.version === "4.6.0"
              ? {}
              : {
                  dpi_enabled: null,
                  guest_info_ip_addresses: tools && ip ? [ip] : [],
                  guest_info_ip_addresses_v6: [],
                }),
            interface_id: nic.mac,
            enabled: nic.link === "up",
            mirror: nic.mirror,
            model: MODELS[nic.model] ?? null,
            order: index,
            ip_address: ip,
            subnet_mask: netmask,
            gateway: gateway === "" ? null : gateway,
            type: "VLAN",
            vlan: vlan ? { id: site.fixedCuid(`${cluster.id} vlan ${vlan.uuid}`), name: vlan.name } : null,
          };
        },
      ),
    );
  });
}

/** The volumes of every cluster, those too that no machine has any more. */
export function vmVolumeEntries(site: SiteState, tower: LabTower): Entry[] {
  const mountsOf = once(() => mounts(shownVms(site, tower).filter(({ isNew }) => !isNew)));
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    if (!standing) return [];
    return ownedIn(site, cluster, "volume").map((volume) =>
      entry({ id: volumeId(site, cluster, volume.uuid), local_id: volume.uuid, name: volume.name }, () => {
        const { uuid, size } = volume;
        const mounted = mountsOf().get(cluster)?.get(uuid) ?? [];
        const [first] = mounted;
        return {
          ...nobodysVolumeFields,
          ...(tower.version === "4.6.0" ? {} : volumeSince48),
          size,
          cluster: nestedCluster(site, cluster),
          description: volume.description ?? null,
          sharing: volume.sharing ?? false,
          elf_storage_policy: volume.policy ?? policyNamed(siteOf(site, cluster), first?.disk.policy),
          entityAsyncStatus: volumeStatus(site, cluster, volume, first?.shown.vm.uuid),
          local_created_at: iso(volume.createdAt ?? first?.shown.vm.createdAt ?? standing.since),
          mounting: mounted.length > 0,
          path: first ? iscsiPath(siteOf(site, cluster), first.disk.lun) : "",
          vm_disks: mounted.map(({ shown, index }) => ({ id: diskId(site, shown, index) })),
        };
      }),
    );
  });
}

/** What it is shown as being in: a task's of its own, or of the machine that has it. */
function volumeStatus(site: SiteState, { own }: LabTowerCluster, { uuid }: LabVolume, holder: string | undefined) {
  return asyncStatus(site, own.busy[uuid]) ?? asyncStatus(site, holder === undefined ? undefined : own.busy[holder]);
}

interface Mount {
  shown: Shown;
  disk: LabVmDisk;
  index: number;
}

/** Where each volume of each cluster is mounted, by its uuid. */
function mounts(vms: Shown[]): Map<LabTowerCluster, Map<string, Mount[]>> {
  const all = new Map<LabTowerCluster, Map<string, Mount[]>>();
  for (const shown of vms) {
    const ofCluster = all.get(shown.cluster) ?? new Map<string, Mount[]>();
    all.set(shown.cluster, ofCluster);
    for (const [index, disk] of shown.vm.disks.entries()) {
      const known = ofCluster.get(disk.volume);
      if (known) known.push({ shown, disk, index });
      else ofCluster.set(disk.volume, [{ shown, disk, index }]);
    }
  }
  return all;
}

const nobodysDiskFields = {
  cloud_init_image_name: null,
  cloud_init_image_path: null,
  device: null,
  disabled: false,
  elf_image: null,
  key: null,
  ...shownLimits(),
  serial: null,
  svt_image: null,
  unsafe_image_path: null,
  unsafe_image_uuid: null,
  unsafe_provision: null,
  vm_volume: null,
};

const nobodysVolumeFields = {
  guest_size_usage: null,
  guest_used_size: null,
  labels: [],
  lun: null,
  type: "KVM_VOLUME",
  unique_logical_size: null,
  unique_size: null,
  used_size: null,
  used_size_usage: null,
};

const volumeSince48 = {
  elf_storage_policy_ec_k: null,
  elf_storage_policy_ec_m: null,
  elf_storage_policy_replica_num: null,
  elf_storage_policy_stripe_num: null,
  elf_storage_policy_thin_provision: null,
  resident_in_cache: null,
};

import type { SiteState } from "../site-state";
import type { LabVolume } from "../smtxos/cluster-model";
import { isWhole, pathOf } from "../smtxos/image-upload";
import { type Entry, entry } from "./row";
import { asyncStatus, nestedCluster, standingIn } from "./standing";
import { iso } from "./time";
import type { LabTower, LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

/** The policy that Fisheye lists, `default`: two replicas, thin (runbook 查询fisheye存储策略uuid). */
const DEFAULT = "REPLICA_2_THIN_PROVISION";

/** Storage policies of CloudTower's schema. */
export const POLICIES = [
  "EC",
  "ELF_CP_REPLICA_2_THICK_PROVISION",
  "ELF_CP_REPLICA_2_THIN_PROVISION",
  "ELF_CP_REPLICA_3_THICK_PROVISION",
  "ELF_CP_REPLICA_3_THIN_PROVISION",
  "REPLICA_1_THICK_PROVISION",
  "REPLICA_1_THIN_PROVISION",
  "REPLICA_2_THICK_PROVISION",
  "REPLICA_2_THIN_PROVISION",
  "REPLICA_3_THICK_PROVISION",
  "REPLICA_3_THIN_PROVISION",
] as const;

/** The uuid that a disk's policy has in the cluster of a site. */
export function policyUuid(site: SiteState, name: (typeof POLICIES)[number]): string {
  return site.fixedId(name === DEFAULT ? "storage policy" : `storage policy ${name}`);
}

/** CloudTower's name of the policy with that uuid; the default one's where there is none. */
export function policyNamed(site: SiteState, uuid: string | undefined): (typeof POLICIES)[number] {
  return POLICIES.find((name) => policyUuid(site, name) === uuid) ?? DEFAULT;
}

/** CloudTower's name of a volume's policy. */
export function policyOf({ policy }: LabVolume): (typeof POLICIES)[number] {
  return POLICIES.find((name) => name === policy) ?? DEFAULT;
}

export function storagePolicyEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) => {
    if (!standingIn(site, cluster)) return [];
    const uuid = policyUuid(siteOf(site, cluster), DEFAULT);
    return [
      entry({
        id: site.fixedCuid(`${cluster.id} storage policy ${uuid}`),
        local_id: uuid,
        name: "default",
        description: "default storage policy",
        cluster: nestedCluster(site, cluster),
        entityAsyncStatus: null,
        replica_num: 2,
        stripe_num: 4,
        stripe_size: 262_144,
        thin_provision: true,
      }),
    ];
  });
}

export function imageId(site: SiteState, { id }: LabTowerCluster, uuid: string): string {
  return site.fixedCuid(`${id} image ${uuid}`);
}

/** ISO images that are whole. */
export function elfImageEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    const whole = standing?.images.filter((image) => image.kind === "iso" && isWhole(image)) ?? [];
    return whole.map((image) =>
      entry({ id: imageId(site, cluster, image.uuid), local_id: image.uuid, name: image.name }, () => ({
        description: image.description,
        path: pathOf(siteOf(site, cluster), image),
        size: image.size,
        cluster: nestedCluster(site, cluster),
        content_library_image: libraryImageOf(tower, cluster, image.uuid),
        entityAsyncStatus: asyncStatus(site, cluster.own.busy[image.uuid]),
        labels: [],
        local_created_at: iso(image.createdAt),
        vm_disks: [],
        vm_snapshots: [],
        vm_templates: [],
      })),
    );
  });
}

function libraryImageOf({ libraryImages = [] }: LabTower, { id: cluster }: LabTowerCluster, uuid: string) {
  const found = libraryImages.find(({ images }) => images[cluster] === uuid);
  return found ? { id: found.id, name: found.name } : null;
}

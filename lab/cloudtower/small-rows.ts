import type { SiteState } from "../site-state";
import { isWhole, pathOf } from "../smtxos/image-upload";
import { imageId } from "./elf-rows";
import { shownRecycleBin } from "./recycle-bins";
import { type Entry, entry } from "./row";
import { standingIn } from "./standing";
import { iso } from "./time";
import type { LabTower, LabTowerUser } from "./tower-model";
import { siteOf } from "./tower-site";

export function userEntry(user: LabTowerUser): Entry {
  return entry(userRow(user));
}

export function userRow({ id, username, source, role, passwordSetAt }: LabTowerUser) {
  return {
    id,
    name: username,
    username,
    display_username: username,
    source,
    role,
    roles: [],
    auth_config_id: null,
    email_address: null,
    internal: false,
    ldap_dn: null,
    mobile_phone: null,
    password_expired: false,
    password_recover_qa: { enabled: false, items: [] },
    password_updated_at: iso(passwordSetAt),
  };
}

export function settingsEntries(site: SiteState, tower: LabTower): Entry[] {
  const clusters = tower.clusters.filter((each) => each.serial !== null);
  return clusters.map((cluster) => {
    const { id, policy, replicaNum, ecK, ecM, thinProvision } = cluster.settings;
    return entry({
      id,
      cluster: { id: cluster.id, name: standingIn(site, cluster)?.name ?? cluster.ip },
      default_ha: null,
      // The schema's name for every form of erasure coding.
      default_storage_policy: policy?.startsWith("EC") ? "EC" : policy,
      enabled_iscsi: null,
      vm_recycle_bin: shownRecycleBin(site, cluster),
      ...(tower.version === "4.6.0"
        ? {}
        : {
            default_storage_policy_ec_k: ecK,
            default_storage_policy_ec_m: ecM,
            default_storage_policy_replica_num: replicaNum,
            default_storage_policy_stripe_num: null,
            default_storage_policy_thin_provision: thinProvision,
          }),
    });
  });
}

export function licenseEntry({ license: { id, serial, type, signedAt, expiresAt } }: LabTower): Entry {
  return entry({
    id,
    license_serial: serial,
    maintenance_end_date: null,
    maintenance_start_date: null,
    max_chunk_num: 0,
    max_cluster_num: 0,
    sign_date: iso(signedAt),
    expire_date: iso(expiresAt),
    software_edition: "ENTERPRISE",
    type,
  });
}

export function deployEntry(site: SiteState, { license, version }: LabTower): Entry {
  return entry({ id: site.fixedId("tower deploy"), license: { id: license.id }, version });
}

/** Images of the tools that are whole. */
export function svtImageEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    const whole = standing?.images.filter((image) => image.kind === "tools" && isWhole(image)) ?? [];
    return whole.map((image) =>
      entry({ id: imageId(site, cluster, image.uuid), local_id: image.uuid, name: image.name }, () => ({
        path: pathOf(siteOf(site, cluster), image),
        size: image.size,
        version: image.version ?? 0,
        cluster: { id: cluster.id, name: standing?.name ?? "" },
        entityAsyncStatus: null,
        local_created_at: iso(image.createdAt),
        vm_disks: [],
      })),
    );
  });
}

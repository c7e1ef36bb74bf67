import type { SiteState } from "../site-state";
import { frozenFields, frozenVlan, lunSnapshotOf } from "./frozen";
import { ownedId, ownedIn } from "./owned";
import { type Entry, entry } from "./row";
import { vmId } from "./shown-vms";
import { asyncStatus, standingIn } from "./standing";
import { iso } from "./time";
import type { LabTower } from "./tower-model";

export function vmSnapshotEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    ownedIn(site, cluster, "snapshot").map((snapshot) => {
      const { uuid, name, vm, consistency } = snapshot;
      const standing = standingIn(site, cluster)?.vms.find((each) => each.uuid === vm.uuid);
      const of = standing && { id: vmId(site, cluster, vm.uuid), name: standing.name };
      const keys = { id: ownedId(site, cluster, "snapshot", uuid), local_id: uuid, name, vm: of ?? null };
      return entry(keys, () => ({
        ...frozenFields(site, tower, cluster, snapshot),
        ...(tower.version === "4.6.0" ? {} : { ha_priority: vm.haPriority ?? null }),
        consistent_type: consistency,
        entityAsyncStatus: asyncStatus(site, cluster.own.busy[uuid]),
        snapshot_group: null,
        vm_nics: vm.nics.map((nic, index) => ({
          enabled: nic.link === "up",
          gateway: nic.address?.gateway ?? "",
          index,
          ip_address: nic.address?.ip ?? "",
          mac_address: nic.mac,
          mirror: nic.mirror,
          model: nic.model.toUpperCase(),
          subnet_mask: nic.address?.netmask ?? "",
          vlan: frozenVlan(site, cluster, nic),
        })),
      }));
    }),
  );
}

/** Snapshots of logical units: those of the disks of machines that snapshots were made of. */
export function lunSnapshotEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    (standingIn(site, cluster)?.snapshots ?? []).flatMap((snapshot) =>
      snapshot.vm.disks.map(({ volume }) => {
        const name = lunSnapshotOf(site, snapshot, volume);
        return entry({ id: site.fixedCuid(`${cluster.id} lun snapshot ${name}`), name }, () => ({
          ...(tower.version === "4.6.0" ? {} : { ec_k: null, ec_m: null, resiliency_type: null, snapshot_group: null }),
          consistency_group_snapshot: null,
          entityAsyncStatus: null,
          iscsi_lun: null,
          iscsi_target: { id: site.fixedCuid(`${cluster.id} iscsi target`), name: "zbs-iscsi-datastore" },
          labels: [],
          local_created_at: iso(snapshot.createdAt),
          local_id: site.fixedId(`zbs snapshot ${name}`),
          unique_size: snapshot.sizes[volume] ?? 0,
        }));
      }),
    ),
  );
}

import type { SiteState } from "../site-state";
import { frozenFields, frozenVlan } from "./frozen";
import { ownedId, ownedIn } from "./owned";
import { type Entry, entry } from "./row";
import { asyncStatus } from "./standing";
import type { LabTower } from "./tower-model";

export function vmTemplateEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    ownedIn(site, cluster, "template").map((template) => {
      const { uuid, name, vm, cloudInit } = template;
      return entry({ id: ownedId(site, cluster, "template", uuid), local_id: uuid, name }, () => {
        const library = tower.libraryTemplates?.find(({ templates }) => templates[cluster.id] === uuid);
        return {
          ...frozenFields(site, tower, cluster, template),
          cloud_init_supported: cloudInit,
          content_library_vm_template: library ? { id: library.id, name: library.name } : null,
          entityAsyncStatus: asyncStatus(site, cluster.own.busy[uuid]),
          video_type: vm.videoType ?? "CIRRUS",
          vm_nics: vm.nics.map((nic, index) => ({
            enabled: nic.link === "up",
            index,
            ip_address: null,
            mac_address: null,
            mirror: nic.mirror,
            model: nic.model.toUpperCase(),
            type: "VLAN",
            vlan: frozenVlan(site, cluster, nic),
            vpc_nic: null,
          })),
        };
      });
    }),
  );
}

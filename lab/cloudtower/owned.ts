import type { Call } from "../operation";
import type { SiteState } from "../site-state";
import { BUSY } from "./cluster-change";
import { found } from "./found";
import { connected } from "./keep";
import { locked, Refused } from "./rest";
import { asyncStatus, standingIn } from "./standing";
import { startTask } from "./start-task";
import { rowOf } from "./tables";
import {
  type LabOwned,
  type LabTower,
  type LabTowerCluster,
  OWNED,
  type OwnedAct,
  type OwnedKind,
} from "./tower-model";

/** As the vendor's schema names them, and as messages do. */
const SCHEMA: Record<OwnedKind, { name: string; noun: string; lock?: "VM_VOLUME" }> = {
  vlan: { name: "Vlan", noun: "VM network" },
  vds: { name: "Vds", noun: "virtual distributed switch" },
  volume: { name: "VmVolume", noun: "virtual volume", lock: "VM_VOLUME" },
  snapshot: { name: "VmSnapshot", noun: "VM snapshot" },
  template: { name: "VmTemplate", noun: "VM template" },
  image: { name: "ElfImage", noun: "ISO image" },
};

/** What a cluster has of its own, and what a task is making of it. */
export function ownedIn<Kind extends OwnedKind>(
  site: SiteState,
  cluster: LabTowerCluster,
  kind: Kind,
): LabOwned[Kind][] {
  const { list, making } = OWNED[kind];
  const standing = standingIn(site, cluster)?.[list] ?? [];
  return [...standing, ...(cluster.own[making] ?? [])] as LabOwned[Kind][];
}

/** Those that a condition finds, none of them in a task. */
export function changeable<Kind extends OwnedKind>(
  site: SiteState,
  tower: LabTower,
  kind: Kind,
  where: object,
): { cluster: LabTowerCluster; object: LabOwned[Kind] }[] {
  const { name, noun, lock } = SCHEMA[kind];
  return found(site, tower, name, where).map((row) => {
    for (const cluster of tower.clusters) {
      const object = ownedIn(site, cluster, kind).find(({ uuid }) => ownedId(site, cluster, kind, uuid) === row.id);
      if (!object) continue;
      // Anything but null says that a task works on it (cloudtower-api-faq, ResourceLockedError).
      if (isBusy(site, cluster, object.uuid)) {
        if (lock === undefined) throw new Refused(400, `a task on ${noun} ${object.name} has not ended`);
        throw locked(lock, row.id);
      }
      return { cluster: connected(cluster), object };
    }
    throw new Refused(404, `${noun} ${row.id} is not found`);
  });
}

function isBusy(site: SiteState, cluster: LabTowerCluster, uuid: string): boolean {
  const holders =
    standingIn(site, cluster)?.vms.filter(({ disks }) => disks.some(({ volume }) => volume === uuid)) ?? [];
  return [uuid, ...holders.map((vm) => vm.uuid)].some((each) => asyncStatus(site, cluster.own.busy[each]) !== null);
}

/** CloudTower's id of a cluster's object. */
export function ownedId(site: SiteState, { id }: LabTowerCluster, kind: OwnedKind, uuid: string): string {
  return site.fixedCuid(`${id} ${kind} ${uuid}`);
}

const WORDS = { create: "Create", update: "Update", delete: "Delete" };

/** Starts the task of a change. */
export function changeOwned<Kind extends OwnedKind>(
  site: SiteState,
  tower: LabTower,
  call: Call,
  cluster: LabTowerCluster,
  kind: Kind,
  object: LabOwned[Kind],
  act: OwnedAct<Kind>,
) {
  const { name, noun } = SCHEMA[kind];
  const { uuid } = object;
  const id = ownedId(site, cluster, kind, uuid);
  const task_id = startTask(
    site,
    tower,
    call,
    {
      description: `${WORDS[act.does]} ${noun} ${object.name}`,
      mutation: `${act.does}${name}`,
      resource: { type: name, id },
      args: {},
      change: { kind, cluster: cluster.id, uuid, act },
    },
    (changed) => {
      const own = changed.clusters.find((one) => one.id === cluster.id)?.own;
      if (!own) return;
      const making = own as unknown as Partial<Record<string, LabOwned[Kind][]>>;
      const list = OWNED[kind].making;
      if (act.does === "create") making[list] = [...(making[list] ?? []), object];
      own.busy[uuid] = { status: BUSY[act.does] };
    },
  );
  const row = rowOf(site, tower, name, id);
  return { task_id, data: act.does === "delete" ? { id } : row };
}

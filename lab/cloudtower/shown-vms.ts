import { createHash } from "node:crypto";
import type { SiteState } from "../site-state";
import type { LabCluster, LabVm, LabVolume } from "../smtxos/cluster-model";
import { once } from "./row";
import { hostOf, standingIn } from "./standing";
import type { LabNewVm, LabTower, LabTowerCluster } from "./tower-model";

/** A machine that CloudTower shows; `isNew`: it does not stand in the cluster. */
export interface Shown {
  cluster: LabTowerCluster;
  standing: LabCluster;
  vm: LabVm;
  /** Bytes of a volume of its cluster, by uuid. */
  sizeOf(volume: string): number;
  isNew: boolean;
}

/** The machines of every cluster, those that a task of CloudTower's is making last. */
export function shownVms(site: SiteState, tower: LabTower): Shown[] {
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    if (!standing) return [];
    const sizes = sizesOf(standing.volumes);
    const there = vmsIn(standing).map((vm) => ({ cluster, standing, vm, sizeOf: sizes, isNew: false }));
    return [...there, ...cluster.own.newVms.map((made) => newVm(cluster, standing, made))];
  });
}

/** A machine that a task of CloudTower's is making. */
export function newVm(cluster: LabTowerCluster, standing: LabCluster, { vm, volumes }: LabNewVm): Shown {
  return { cluster, standing, vm, sizeOf: sizesOf(volumes), isNew: true };
}

function sizesOf(volumes: LabVolume[]): Shown["sizeOf"] {
  const sizes = once(() => new Map(volumes.map(({ uuid, size }) => [uuid, size])));
  return (volume) => sizes().get(volume) ?? 0;
}

/** A machine that Fisheye makes is shown once its job has ended, as a switch is. */
function vmsIn({ vms, openJobs, jobs }: LabCluster): LabVm[] {
  const making = new Set(
    openJobs.flatMap((id) => {
      const change = jobs[id]?.change;
      return change?.kind === "createVm" ? [change.uuid] : [];
    }),
  );
  return making.size === 0 ? vms : vms.filter(({ uuid }) => !making.has(uuid));
}

export function vmId(site: SiteState, { id }: LabTowerCluster, uuid: string): string {
  return site.fixedCuid(`${id} vm ${uuid}`);
}

export function volumeId(site: SiteState, { id }: LabTowerCluster, uuid: string): string {
  return site.fixedCuid(`${id} volume ${uuid}`);
}

/**
 * The id of one of a machine's disks or NICs: another one after every update, also by Fisheye (facts, part B 5A 14;
 * cloudtower-api-faq).
 */
function partId(site: SiteState, cluster: LabTowerCluster, vm: LabVm, part: string): string {
  return site.fixedCuid(`${cluster.id} ${part} of ${vm.uuid} ${cluster.own.changes[vm.uuid] ?? 0} ${stateOf(vm)}`);
}

const states = new WeakMap<LabVm, { json: string; hash: string }>();

/** All that a machine is, as one hash. */
function stateOf(vm: LabVm): string {
  const json = JSON.stringify(vm);
  const known = states.get(vm);
  if (known?.json === json) return known.hash;
  const hash = createHash("sha256").update(json).digest("hex");
  states.set(vm, { json, hash });
  return hash;
}

export const nicId = (site: SiteState, { cluster, vm }: Shown, index: number) =>
  partId(site, cluster, vm, `nic ${index}`);
export const diskId = (site: SiteState, { cluster, vm }: Shown, index: number) =>
  partId(site, cluster, vm, `disk ${index}`);

/** The machines as their cluster and their host have them nested, with what they do. */
export function nestedVms(site: SiteState, cluster: LabTowerCluster) {
  const standing = standingIn(site, cluster);
  return (standing ? vmsIn(standing) : []).map(({ uuid, name, status, host }) => ({
    nested: { id: vmId(site, cluster, uuid), name },
    status,
    host: hostOf(site, cluster, { ...(host && { host }) })?.uuid,
  }));
}

/** What a request's ids stand for: the machines by the ids of their rows. */
export function vmsById(site: SiteState, tower: LabTower): Map<string, Shown> {
  return new Map(shownVms(site, tower).map((shown) => [vmId(site, shown.cluster, shown.vm.uuid), shown]));
}

/** The uuid of the volume that has an id of CloudTower's. */
export function volumeOf(site: SiteState, cluster: LabTowerCluster, id: string): LabVolume | undefined {
  return standingIn(site, cluster)?.volumes.find(({ uuid }) => volumeId(site, cluster, uuid) === id);
}

/** Where in its machine's disks and CD-ROMs a disk stands; below 0: it is none of its. */
export function diskIndex(site: SiteState, shown: Pick<Shown, "cluster" | "vm">, id: string): number {
  return [...shown.vm.disks, ...shown.vm.cdroms].findIndex(
    (_disk, index) => partId(site, shown.cluster, shown.vm, `disk ${index}`) === id,
  );
}

/** Where in its machine's NICs one stands; below 0: it is none of its. */
export function nicIndex(site: SiteState, shown: Pick<Shown, "cluster" | "vm">, id: string): number {
  return shown.vm.nics.findIndex((_nic, index) => partId(site, shown.cluster, shown.vm, `nic ${index}`) === id);
}

/** The NICs in a network of the cluster's, nested. */
export function nicsOn(site: SiteState, cluster: LabTowerCluster, vlan: string): { id: string }[] {
  const standing = standingIn(site, cluster);
  return (standing ? vmsIn(standing) : []).flatMap((vm) =>
    vm.nics.flatMap((nic, index) => (nic.vlan === vlan ? [{ id: partId(site, cluster, vm, `nic ${index}`) }] : [])),
  );
}

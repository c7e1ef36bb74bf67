import { createHash } from "node:crypto";
import type { SiteState } from "../site-state";
import type { LabCluster, LabVm, LabVolume } from "../smtxos/cluster-model";
import { standingIn } from "./standing";
import type { LabTower, LabTowerCluster } from "./tower-model";

/** A machine that CloudTower shows; `isNew`: it does not stand in the cluster. */
export interface Shown {
  cluster: LabTowerCluster;
  standing: LabCluster;
  vm: LabVm;
  volumes: LabVolume[];
  isNew: boolean;
}

/** The machines of every cluster, those that a task of CloudTower's is making last. */
export function shownVms(site: SiteState, tower: LabTower): Shown[] {
  return tower.clusters.flatMap((cluster) => {
    const standing = standingIn(site, cluster);
    if (!standing) return [];
    const { volumes } = standing;
    const there = vmsIn(standing).map((vm) => ({ cluster, standing, vm, volumes, isNew: false }));
    return [...there, ...cluster.own.newVms.map((made) => ({ cluster, standing, ...made, isNew: true }))];
  });
}

/** A machine that Fisheye makes is shown once its job has ended, as a switch is. */
function vmsIn({ vms, openJobs, jobs }: LabCluster): LabVm[] {
  const making = openJobs.flatMap((id) => {
    const change = jobs[id]?.change;
    return change?.kind === "createVm" ? [change.uuid] : [];
  });
  return vms.filter(({ uuid }) => !making.includes(uuid));
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
  const state = createHash("sha256").update(JSON.stringify(vm)).digest("hex");
  return site.fixedCuid(`${cluster.id} ${part} of ${vm.uuid} ${cluster.own.changes[vm.uuid] ?? 0} ${state}`);
}

export const nicId = (site: SiteState, { cluster, vm }: Shown, index: number) =>
  partId(site, cluster, vm, `nic ${index}`);
export const diskId = (site: SiteState, { cluster, vm }: Shown, index: number) =>
  partId(site, cluster, vm, `disk ${index}`);

/** The machines as their cluster and their host have them nested, with what they do. */
export function nestedVms(site: SiteState, cluster: LabTowerCluster) {
  const standing = standingIn(site, cluster);
  return (standing ? vmsIn(standing) : []).map(({ uuid, name, status }) => ({
    nested: { id: vmId(site, cluster, uuid), name },
    status,
  }));
}

/** What a request's ids stand for: the machine that a row is of, and its cluster. */
export function vmOf(site: SiteState, tower: LabTower, id: string) {
  return shownVms(site, tower).find(({ cluster, vm }) => vmId(site, cluster, vm.uuid) === id);
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

/** The NICs in a network of the cluster's, nested. */
export function nicsOn(site: SiteState, cluster: LabTowerCluster, vlan: string): { id: string }[] {
  const standing = standingIn(site, cluster);
  return (standing ? vmsIn(standing) : []).flatMap((vm) =>
    vm.nics.flatMap((nic, index) => (nic.vlan === vlan ? [{ id: partId(site, cluster, vm, `nic ${index}`) }] : [])),
  );
}

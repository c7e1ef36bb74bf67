import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabCluster, LabFrozen, LabTemplate, LabVm } from "../smtxos/cluster-model";
import { oneOf } from "../switch";
import { failedTowerVm } from "./cluster-change";
import { freeze } from "./frozen";
import { clusterOf, connected } from "./keep";
import { changeVm, checkMade, LOCKS, onVms, unlocked, updated } from "./machine-change";
import { makeVm, sameTowerVmName, standingOf } from "./machine-making";
import { checkPower } from "./machine-options";
import { ownedId, ownedIn } from "./owned";
import { each, parsed, Refused, rest } from "./rest";
import { vmsById } from "./shown-vms";
import { asyncStatus } from "./standing";
import type { LabBusy, LabTower, LabTowerCluster, VmUpdate } from "./tower-model";
import { cloneSchema, fromTemplateSchema, readCopy } from "./vm-copies";

const cloneVmSchema = cloneSchema.extend({ src_vm_id: z.string() });
const rebuildSchema = cloneSchema.extend({ rebuild_from_snapshot_id: z.string() });
const rollbackSchema = z.looseObject({ where: z.looseObject({}), data: z.looseObject({ snapshot_id: z.string() }) });
const fromLibrarySchema = fromTemplateSchema.extend({ cluster_id: z.string() });

const COPIES =
  "400 for a snapshot or a template that a task works on; what is left out is the source's; its volumes are copied, and called after the new machine; vm_nics and vm_disks that are asked for stand in place of the source's, new_disks of disk_operate beside them; of modify_disks the bus alone; NICs have new MAC addresses; full copies take as long as others; 404 for a folder that is not there; hosts, owners, groups and limits are not heeded";
const CLOUD_INIT =
  "cloudtower-api-faq: cloud_init alone sets addresses at creation, at the guest's first start; the limits are those of a public client";

export const rolledBackVolumes = oneOf(
  "rolledBackVolumes",
  ["same", "new"],
  "Volumes of a machine that was rolled back.",
  "whether /rollback-vm writes into the machine's volumes, or puts new ones in their place, called after the machine and its snapshot",
);
export const rolledBackText = oneOf(
  "rolledBackText",
  ["now", "then"],
  "Name and description of a machine that was rolled back.",
  "a snapshot has both (the vendor's schema); whether /rollback-vm puts them back, too",
);
export const rolledBackSince = oneOf(
  "rolledBackSince",
  ["out", "in", "deleted"],
  "A volume that a machine has got since the snapshot to which it is rolled back.",
  "whether /rollback-vm takes it out of the machine, leaves it there, or deletes it",
);

/** Machines that are made from another, from a snapshot or from a template. */
export const machineCopyOperations: Operation[] = [
  rest({
    id: "cloneVm",
    path: "/clone-vm",
    write: true,
    source: `the vendor's schema: what is required; ${LOCKS}`,
    assumed: `${COPIES}; also of a machine that runs; into another cluster is 501`,
    switches: [sameTowerVmName, failedTowerVm],
    example: {
      when: "changes",
      request: ({ idOf }) => [{ src_vm_id: idOf("Vm", { name: "web-02" }), name: "web-03", is_full_copy: false }],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(cloneVmSchema, call.body, (asked) => {
        const source = unlocked(site, vmsById(site, tower), asked.src_vm_id);
        checkMade(source.vm, source.isNew);
        checkCluster(source.cluster, asked.cluster_id);
        return copied(site, tower, call, source.cluster, freeze(site, source, asked.name), asked);
      }),
  }),
  rest({
    id: "rebuildVmFromSnapshot",
    path: "/rebuild-vm-from-snapshot",
    write: true,
    source: "the vendor's schema: what is required",
    assumed: `${COPIES}; 404 for a snapshot that is not there; into another cluster is 501`,
    switches: [sameTowerVmName, failedTowerVm],
    example: {
      when: "changes",
      request: ({ idOf }) => [{ rebuild_from_snapshot_id: idOf("VmSnapshot"), name: "web-04" }],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(rebuildSchema, call.body, (asked) => {
        const { cluster, object } = frozenOf(site, tower, "snapshot", asked.rebuild_from_snapshot_id);
        checkCluster(cluster, asked.cluster_id);
        return copied(site, tower, call, cluster, object, asked);
      }),
  }),
  rest({
    id: "rollbackVm",
    path: "/rollback-vm",
    write: true,
    source: `the vendor's schema; ${LOCKS}`,
    assumed:
      "400 for a machine that is not stopped, and for a snapshot of another; its volumes are as they were; the owner is that of now; 404 for a snapshot that is not there",
    switches: [rolledBackVolumes, rolledBackText, rolledBackSince],
    example: {
      when: "changes",
      // By now the machine of the snapshot has been changed.
      request: ({ idOf }) => ({
        where: { id: idOf("Vm", { name: "web-02" }) },
        data: { snapshot_id: idOf("VmSnapshot") },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(rollbackSchema, call.body);
      const { object } = frozenOf(site, tower, "snapshot", data.snapshot_id);
      return onVms(site, tower, where, (machine) => {
        checkPower(machine, "stopped");
        const { standing, vm } = machine;
        if (object.vm.uuid !== vm.uuid) throw new Refused(400, `snapshot ${object.name} is none of ${vm.name}`);
        return changeVm(site, tower, call, machine, "rollbackVm", rolledBack(site, standing, vm, object));
      });
    },
  }),
  rest({
    id: "createVmFromTemplate",
    path: "/create-vm-from-template",
    write: true,
    source: `the vendor's schema: what is required; ${CLOUD_INIT}`,
    assumed: `${COPIES}; 400 for cloud_init where the template does not support it; 404 for a template that is not there; into another cluster is 501`,
    switches: [sameTowerVmName, failedTowerVm],
    example: {
      when: "changes",
      request: ({ idOf }) => [{ template_id: idOf("VmTemplate"), name: "web-05", ...exampleInit }],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(fromTemplateSchema, call.body, (asked) => {
        const { cluster, object } = frozenOf(site, tower, "template", asked.template_id);
        checkCluster(cluster, asked.cluster_id);
        checkInit(object, asked.cloud_init);
        return copied(site, tower, call, cluster, object, asked);
      }),
  }),
  rest({
    id: "createVmFromContentLibraryTemplate",
    path: "/create-vm-from-content-library-template",
    write: true,
    source: `the vendor's schema: what is required; ${CLOUD_INIT}`,
    assumed: `${COPIES}; 400 for cloud_init where the template does not support it, and for a cluster that it is not distributed to; 404 for a template that is not there`,
    switches: [sameTowerVmName, failedTowerVm],
    example: {
      when: "changes",
      request: ({ idOf }: ExampleSite) => [
        {
          template_id: idOf("ContentLibraryVmTemplate"),
          cluster_id: idOf("Cluster"),
          name: "web-06",
          ...exampleInit,
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(fromLibrarySchema, call.body, (asked) => {
        const template = tower.libraryTemplates?.find(({ id }) => id === asked.template_id);
        if (!template) throw new Refused(404, `content library template ${asked.template_id} is not found`);
        checkAtRest(site, "content library template", template.name, template.busy);
        const cluster = clusterOf(tower, asked.cluster_id);
        const uuid = template.templates[cluster.id];
        const object = ownedIn(site, cluster, "template").find((each) => each.uuid === uuid);
        if (!object) throw new Refused(400, `content library template ${template.name} is not in ${cluster.ip}`);
        checkInit(object, asked.cloud_init);
        return copied(site, tower, call, cluster, object, asked);
      }),
  }),
];

/** A machine as it was when a snapshot of it was made; a volume that is gone since comes back. */
function rolledBack(
  site: SiteState,
  standing: LabCluster,
  machine: LabVm,
  { uuid: snapshot, vm, sizes }: LabFrozen,
): VmUpdate {
  const { uuid: _uuid, createdAt: _then, status: _status, owner: _owner, name, description, ...hardware } = vm;
  const areNew = site.switches.of(rolledBackVolumes) === "new";
  const volumes = vm.disks.map(({ volume, name: called }) => ({
    was: volume,
    uuid: areNew ? site.id(`volume ${volume} as in ${snapshot}`) : volume,
    name: areNew ? `${vm.name}-${snapshot}-${called}` : called,
    size: sizes[volume] ?? 0,
  }));
  const restored = vm.disks.map((disk, at) => ({
    ...disk,
    ...(areNew && { lun: 0 }),
    volume: volumes[at]?.uuid ?? disk.volume,
  }));
  const since = machine.disks.filter(({ volume }) => !vm.disks.some((disk) => disk.volume === volume));
  const becomes = site.switches.of(rolledBackSince);
  const newVolumes = volumes
    .filter(({ uuid }) => !standing.volumes.some((each) => each.uuid === uuid))
    .map(({ was: _was, ...volume }) => volume);
  const replaced = areNew ? vm.disks.map(({ volume }) => volume) : [];
  return {
    ...updated(
      {
        ...hardware,
        ...(site.switches.of(rolledBackText) === "then" && { name, description }),
        disks: becomes === "in" ? [...restored, ...since] : restored,
        installed: machine.installed || vm.installed,
      },
      newVolumes,
    ),
    volumeSizes: sizes,
    goneVolumes: [...replaced, ...(becomes === "deleted" ? since.map(({ volume }) => volume) : [])],
  };
}

/** What the vendor's faq has in its example. */
const exampleInit = {
  is_full_copy: false,
  cloud_init: {
    nameservers: ["114.114.114.114"],
    networks: [
      {
        type: "IPV4",
        nic_index: 0,
        ip_address: "192.168.20.1",
        netmask: "255.255.240.0",
        routes: [{ gateway: "192.168.16.1", network: "0.0.0.0", netmask: "0.0.0.0" }],
      },
    ],
  },
};

function copied(
  site: SiteState,
  tower: LabTower,
  call: Call,
  cluster: LabTowerCluster,
  source: LabFrozen,
  asked: Parameters<typeof readCopy>[4],
) {
  const made = readCopy(site, cluster, standingOf(site, cluster), source, asked);
  return makeVm(site, tower, call, cluster, made, asked.folder_id);
}

/** A snapshot or a template that stands, and its cluster. */
export function frozenOf<Kind extends "snapshot" | "template">(
  site: SiteState,
  { clusters }: LabTower,
  kind: Kind,
  id: string,
) {
  for (const cluster of clusters) {
    const object = ownedIn(site, cluster, kind).find(({ uuid }) => ownedId(site, cluster, kind, uuid) === id);
    if (!object) continue;
    checkAtRest(site, kind, object.name, cluster.own.busy[object.uuid]);
    return { cluster: connected(cluster), object };
  }
  throw new Refused(404, `${kind} ${id} is not found`);
}

/** Nothing is made from what a task is making, changing or deleting. */
function checkAtRest(site: SiteState, noun: string, name: string, busy: LabBusy | undefined): void {
  if (asyncStatus(site, busy) !== null) throw new Refused(400, `a task on ${noun} ${name} has not ended`);
}

function checkCluster({ id, ip }: LabTowerCluster, asked: string | undefined): void {
  if (asked !== undefined && asked !== id) throw new Refused(501, `the lab copies no machine out of cluster ${ip}`);
}

function checkInit({ name, cloudInit }: LabTemplate, asked: object | undefined): void {
  if (asked && !cloudInit) throw new Refused(400, `template ${name} does not support cloud_init`);
}

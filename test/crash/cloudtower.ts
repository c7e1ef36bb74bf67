import { expect } from "vitest";
import { plainObjects } from "../../lab/cloudtower/system";
import { allRows } from "../../lab/cloudtower/tables";
import { towerOf } from "../../lab/cloudtower/tower.fixture";
import type { LabTower } from "../../lab/cloudtower/tower-model";
import type { Lab } from "../../lab/lab";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { exampleOrder } from "../../providers/examples";
import { kinds, resources } from "../../providers/handler";
import { CLUSTER_PASSWORD, MACHINE, TOWER_PASSWORD, towerTemplate } from "../engine/tower-site";
import { exampleProgram } from "../kit/example-program";
import type { ResourceSpec } from "../kit/program";
import { imageFiles, imagesOf, libraryImagesOf, MOVED } from "./cloudtower-images";
import { installationWays } from "./cloudtower-installation";
import { towerWays } from "./cloudtower-settings";
import { plainWays } from "./plain-ways";
import type { Way } from "./way";

/** A CloudTower that somebody has set up, with an organisation that is not the examples'. */
function setUpTower() {
  return towerTemplate("4.6.0", async (lab: Lab) => {
    const tower = towerOf(lab);
    await tower.data("/create-root-user", { password: TOWER_PASSWORD });
    const account = { username: "root", source: "LOCAL", password: TOWER_PASSWORD };
    tower.token = (await tower.data<{ data: { token: string } }>("/login", account)).data.token;
    await tower.data("/create-organization", [{ name: "SMTX-HCI" }]);
  });
}

const environment = { SITEWRIGHT_CLOUDTOWER_PASSWORD: TOWER_PASSWORD, SITEWRIGHT_HCI_01_PASSWORD: CLUSTER_PASSWORD };
const plain = plainWays({ template: setUpTower, environment });
const siteWithFiles = {
  template: setUpTower,
  environment,
  values: { files: imageFiles },
  files: () => imageFiles,
  // The run after a kill waits many of these for a chunk that may still come.
  settings: { requestTimeout: "500ms" },
};
const withFiles = plainWays(siteWithFiles);

/** An image of the tools, as the example of its kind has it. */
function toolsOfExample(): ResourceSpec[] {
  return exampleProgram(exampleOrder(resourceOf("cloudtower:SvtImage").kind), siteWithFiles.values);
}

/** The look-ups of what stands, and what their examples stand on. */
const lookUps = kinds.filter(({ type }) => type.startsWith("cloudtower:Existing"));
const beforeLookUps = [...new Set(lookUps.flatMap(exampleOrder))].filter((kind) => !lookUps.includes(kind));

/** Somebody brings what the examples look for and no kind of CloudTower's makes: images, and a machine. */
function addLookedFor(cluster: LabCluster | undefined, tower: LabTower | undefined): void {
  const image = { volume: "", lun: 1, description: "", size: 1, chunkSize: 1, md5: null, createdAt: 0 };
  const chunks = { 0: { size: 1, sha256: "" } };
  const names = { iso: "cloudtower-v4.6.0.iso", tools: "SMTX_VMTOOLS-3.2.1-1.iso" };
  for (const kind of ["iso", "tools"] as const)
    cluster?.images.push({ ...image, kind, uuid: `image-${kind}`, name: names[kind], chunks });
  cluster?.vms.push({ ...structuredClone(MACHINE), name: "cloudtower", status: "running" });
  const frozen = { description: "", createdAt: 0, vm: MACHINE, sizes: {} };
  if (cluster) cluster.snapshots = [{ ...frozen, uuid: "snapshot", name: "before", consistency: "CRASH_CONSISTENT" }];
  const named = { uuid: "template", name: "rocky-9" };
  const ofLibrary = { uuid: "library-template", name: "ubuntu-24.04" };
  if (cluster) cluster.templates = [named, ofLibrary].map((each) => ({ ...frozen, ...each, cloudInit: true }));
  const [of] = tower?.clusters ?? [];
  const library = { id: "clibrary", description: "", cloudInit: true, createdAt: 0 };
  if (tower && of)
    tower.libraryTemplates = [{ ...library, name: ofLibrary.name, templates: { [of.id]: ofLibrary.uuid } }];
  const iso = { id: "cimage", name: "debian.iso", description: "", size: 1, createdAt: 0 };
  if (tower && of) tower.libraryImages = [{ ...iso, images: { [of.id]: "image-iso" } }];
}

/** No call changes a snapshot: all that a plan changes of it is whose it is. */
function snapshotOfExample(): ResourceSpec[] {
  return exampleProgram(exampleOrder(resourceOf("cloudtower:VmSnapshot").kind));
}

/** The machine of the snapshot's example, rolled back to that. */
function rolledBack(): ResourceSpec[] {
  const all = snapshotOfExample();
  const rollbackTo = all.find(({ type }) => type === "cloudtower:VmSnapshot")?.args?.["name"];
  return all.map((spec) => (spec.type === "cloudtower:Vm" ? { ...spec, args: { ...spec.args, rollbackTo } } : spec));
}

const isShared = ({ type }: ResourceSpec) => (type === "cloudtower:VmSnapshot" ? { shared: true } : {});

/** A machine of the template that the example of its kind makes. */
function fromTemplate(): ResourceSpec[] {
  const before = exampleProgram(exampleOrder(resourceOf("cloudtower:VmTemplate").kind));
  const { connection, cluster } = before.find(({ type }) => type === "cloudtower:Vm")?.args ?? {};
  const disks = [
    { name: "system", size: "80 GiB" },
    { name: "data", size: "1 GiB" },
  ];
  const args = { connection, cluster, name: "web-09", template: "rocky-9", disks, vcpu: 4 };
  return [
    ...before,
    { type: "cloudtower:Vm", name: "copy", args, options: { dependsOn: before.map(({ name }) => name) } },
  ];
}

/** The plain objects of CloudTower, by their examples; datacenters are on the way of the cluster's connection. */
const plainKinds = plainObjects.filter(({ kind }) => kind !== "Datacenter");

export const cloudtowerWays: Way[] = [
  ...installationWays,
  ...towerWays,
  ...plainKinds.flatMap(({ kind, tried: { keptIn } }) =>
    plain(resourceOf(`cloudtower:${kind}`), ({ site }) => site.model.cloudtower?.[keptIn] ?? []),
  ),
  {
    name: "look-ups that are killed at every step find what stands, and write nothing",
    template: setUpTower,
    environment,
    before: () => exampleProgram(beforeLookUps),
    between: ({ site }) => site.change(({ cluster, cloudtower }) => addLookedFor(cluster, cloudtower)),
    after: () => [...exampleProgram(beforeLookUps), ...exampleProgram(lookUps)],
    verify: ({ site }) => expect(site.model.cluster?.vms).toHaveLength(1),
  },
  ...plain(resourceOf("cloudtower:Vds"), switchesOf),
  ...plain(resourceOf("cloudtower:Vlan"), ({ site }) => site.model.cluster?.vlans ?? []),
  ...plain(resourceOf("cloudtower:VmVolume"), volumesOf),
  ...plain(resourceOf("cloudtower:Vm"), machinesOf),
  ...plain(resourceOf("cloudtower:VmSnapshot"), ({ site }) => site.model.cluster?.snapshots ?? []),
  {
    name: "a snapshot that is shared with others from now on, killed at every step, stays as it is",
    template: setUpTower,
    environment,
    before: snapshotOfExample,
    after: () => snapshotOfExample().map((spec) => ({ ...spec, args: { ...spec.args, ...isShared(spec) } })),
    sigkill: false,
    verify: ({ site }) => expect(site.model.cluster?.snapshots).toHaveLength(1),
  },
  {
    name: "a machine that is rolled back, killed at every step, is rolled back once",
    template: setUpTower,
    environment,
    before: snapshotOfExample,
    after: rolledBack,
    sigkill: false,
    verify({ site: { model } }) {
      const tasks = model.cloudtower?.tasks ?? [];
      expect(tasks.filter(({ mutation }) => mutation === "rollbackVm").map(({ ended }) => ended?.status)).toEqual([
        "SUCCESSED",
      ]);
    },
  },
  ...plain(resourceOf("cloudtower:VmTemplate"), ({ site }) => unmarked(site.model.cluster?.templates)),
  ...plain(resourceOf("cloudtower:ContentLibraryVmTemplate"), ({ site }) =>
    unmarked(site.model.cloudtower?.libraryTemplates),
  ),
  {
    name: "a machine that is made from a template, killed at every step, is there once, with the disks of the plan",
    template: setUpTower,
    environment,
    before: () => fromTemplate().slice(0, -1),
    after: fromTemplate,
    sigkill: false,
    verify({ site: { model } }) {
      const { vms = [], volumes = [] } = model.cluster ?? {};
      expect(vms.map(({ name, status }) => [name, status]).sort()).toEqual([
        ["web-01", "stopped"],
        ["web-09", "running"],
      ]);
      const gib = (size: number) => size / 2 ** 30;
      expect(volumes.map(({ size }) => gib(size)).sort((a, b) => a - b)).toEqual([1, 40, 80]);
    },
  },
  ...plain(resourceOf("cloudtower:VmPlacementGroup"), placementGroupsOf),
  ...plain(resourceOf("cloudtower:VmRecycleBin"), ({ site }) =>
    (site.model.cloudtower?.clusters ?? []).map(({ recycleBin }) => recycleBin),
  ),
  ...withFiles(resourceOf("cloudtower:ElfImage"), imagesOf("iso")),
  ...withFiles(resourceOf("cloudtower:ContentLibraryImage"), libraryImagesOf),
  ...withFiles(resourceOf("cloudtower:SvtImage"), imagesOf("tools")).slice(0, 1),
  {
    ...siteWithFiles,
    name: "an image of the tools that is dropped, killed at every step, stays",
    before: toolsOfExample,
    after: () => toolsOfExample().slice(0, -1),
    sigkill: false,
    verify: (lab) => expect(imagesOf("tools")(lab)).toHaveLength(1),
  },
  {
    ...siteWithFiles,
    name: "an image of the tools whose file has been moved, killed at every step, stays as it is",
    before: toolsOfExample,
    after: () =>
      toolsOfExample().map((spec) => (spec.args?.["file"] ? { ...spec, args: { ...spec.args, file: MOVED } } : spec)),
    sigkill: false,
    verify: (lab) => expect(imagesOf("tools")(lab)).toHaveLength(1),
  },
  ...plain(resourceOf("cloudtower:SnapshotPlan"), ({ site }) =>
    (site.model.cloudtower?.clusters ?? []).flatMap(({ kept }) => kept.snapshotPlans ?? []),
  ),
];

/** Rows with their descriptions as the plan has them, before the mark. */
function unmarked(rows: { description: string }[] = []) {
  return rows.map((row) => ({ ...row, description: row.description.replace(/ \[sitewright:.*\]$/, "") }));
}

/** The placement groups, with their hosts' names and without our mark. */
function placementGroupsOf({ site }: Lab) {
  const rows = allRows(site, site.model.cloudtower as LabTower, "VmPlacementGroup");
  return rows.map((row) => ({ ...row, description: String(row["description"]).replace(/ \[sitewright:.*/, "") }));
}

/** The switches, with their hosts' names. */
function switchesOf({ site: { model } }: Lab) {
  const nameOf = (uuid: string) => model.hosts.find((host) => host.uuid === uuid)?.hostname;
  return (model.cluster?.vdses ?? []).map(({ hosts, ...vds }) => ({
    ...vds,
    hosts: hosts.map(({ hostUuid, nics }) => ({ name: nameOf(hostUuid), nics })),
  }));
}

function resourceOf(type: string): (typeof resources)[number] {
  const found = resources.find(({ kind }) => kind.type === type);
  if (!found) throw new Error(`the lab has ${type}, and no kind of that type is registered`);
  return found;
}

/** The volumes, with their sizes as the example writes them. */
function volumesOf({ site: { model } }: Lab) {
  return (model.cluster?.volumes ?? []).map((volume) => ({ ...volume, size: `${volume.size / 2 ** 30} GiB` }));
}

/** The machines, as the example writes what it has of them. */
function machinesOf({ site: { model } }: Lab) {
  const { vms = [], volumes = [], vlans = [] } = model.cluster ?? {};
  const gib = (bytes: number | undefined) => `${(bytes ?? 0) / 2 ** 30} GiB`;
  return vms.map((vm) => ({
    ...vm,
    memory: gib(vm.memory),
    status: vm.status.toUpperCase(),
    disks: vm.disks.map(({ name, volume }) => ({ name, size: gib(volumes.find(({ uuid }) => uuid === volume)?.size) })),
    nics: vm.nics.map(({ vlan }) => vlans.find(({ uuid }) => uuid === vlan)?.name),
  }));
}

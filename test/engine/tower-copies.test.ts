import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type LabTask, TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const GIB = 2 ** 30;
const cluster = { $ref: "cluster.clusterId" };
const base: ResourceSpec[] = [
  ...connectedTower(),
  {
    type: "cloudtower:Vm",
    name: "base",
    args: {
      connection,
      cluster,
      name: "base",
      vcpu: 4,
      cpuCores: 2,
      memory: "4 GiB",
      firmware: "UEFI",
      disks: [{ name: "base-system", size: "40 GiB", bus: "SCSI", storagePolicy: "REPLICA_3_THIN_PROVISION" }],
      nics: [{ vlan: "default" }],
      status: "STOPPED",
    },
  },
];
const ofBase = { connection, vm: { $ref: "base.vmId" } };
const snapshot: ResourceSpec = { type: "cloudtower:VmSnapshot", name: "snapshot", args: { ...ofBase, name: "before" } };
const template = (args: object = {}): ResourceSpec => ({
  type: "cloudtower:VmTemplate",
  name: "template",
  args: { ...ofBase, cluster, name: "rocky-9", cloudInitSupported: true, ...args },
});
const library = (args: object = {}): ResourceSpec => ({
  type: "cloudtower:ContentLibraryVmTemplate",
  name: "library",
  args: { ...ofBase, name: "ubuntu", clusters: [cluster], cloudInitSupported: true, ...args },
});

/** The machine "vm", of whatever source its arguments name. */
const vm = (args: Record<string, unknown>, ...dependsOn: string[]): ResourceSpec => ({
  type: "cloudtower:Vm",
  name: "vm",
  args: { connection, cluster, name: "web-01", forceStop: true, ...args },
  options: { dependsOn },
});

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const standing = () => site.lab.site.model.cluster as LabCluster;
const made = () => standing().vms.find(({ name }) => name === "web-01") as LabVm;
const sizes = () => made().disks.map(({ volume }) => standing().volumes.find(({ uuid }) => uuid === volume)?.size);

/** Somebody changes the cluster by hand. */
function byHand(change: (cluster: LabCluster) => void): void {
  site.lab.site.change(({ cluster: changed }) => change(changed as LabCluster));
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s makes a machine from a template, with a larger disk, one more, and its addresses by cloud-init",
  async (version) => {
    await begin(version);
    const web = {
      template: "rocky-9",
      cloudInit: { hostname: "web", nameservers: ["10.0.0.114"], defaultUserPassword: "Canary-Guest-1" },
      memory: "8 GiB",
      disks: [
        { name: "system", size: "60 GiB" },
        { name: "data", size: "1 GiB" },
      ],
      nics: [{ vlan: "default", ipAddress: "10.1.20.11", subnetMask: "255.255.255.0", gateway: "10.1.20.1" }],
    };
    const program = [...base, template(), vm(web, "template")];
    await site.up(program);
    expect(
      site
        .writes()
        .filter((each) => !/base|Snapshot|Tower(Root|Organization)/.test(each))
        .slice(-4),
    ).toEqual(["createVmFromTemplate", "expandVmDisk", "addVmDisk", "startTowerVm"]);
    expect(made()).toMatchObject({
      status: "running",
      vcpu: 4,
      cores: 2,
      memory: 8 * GIB,
      firmware: "UEFI",
      description: "[sitewright:kit/test/vm]",
      disks: [{ bus: "scsi" }, { name: "data", bus: "virtio" }],
      nics: [{ address: { ip: "10.1.20.11", netmask: "255.255.255.0", gateway: "10.1.20.1", by: "cloud-init" } }],
      cloudInit: { hostname: "web", nameservers: ["10.0.0.114"] },
    });
    expect(sizes()).toEqual([60 * GIB, GIB]);
    await site.up(program, true);
    expect(site.writes()).toEqual([]);

    // It is its own from now on: template and machine go without it, and its disks are known whatever they are called.
    const { template: _template, cloudInit: _cloudInit, ...own } = web;
    await site.up([...base, vm({ ...own, vcpu: 4 })]);
    expect(site.writes()).toEqual(["deleteVmTemplate"]);
    byHand(({ vms }) => vms.find(({ name }) => name === "web-01")?.disks.reverse());
    await site.engine.refresh();
    await site.up([...base, vm({ ...own, vcpu: 4 })], true);
    expect(site.writes()).toEqual([]);
  },
);

test.each<[string, ResourceSpec, object, string]>([
  ["a clone", template(), { clone: "base" }, "cloneVm"],
  ["a machine of a snapshot", snapshot, { snapshot: { $ref: "snapshot.snapshotId" } }, "rebuildVmFromSnapshot"],
  [
    "a machine of the content library",
    library(),
    { contentLibraryTemplate: "ubuntu" },
    "createVmFromContentLibraryTemplate",
  ],
])(
  "%s has what its source has, as far as the plan says nothing else, and goes with its volumes",
  async (_name, source, by, operation) => {
    await begin();
    const program = [...base, source, vm({ ...by, deleteVolumes: true }, source.name)];
    await site.up(program);
    expect(site.writes().slice(-2)).toEqual([operation, "startTowerVm"]);
    expect(made()).toMatchObject({
      vcpu: 4,
      cores: 2,
      memory: 4 * GIB,
      disks: [{ bus: "scsi" }],
      nics: [{ link: "up" }],
    });
    expect(sizes()).toEqual([40 * GIB]);
    expect(site.outputsOf("vm")).toMatchObject({
      volumeIds: [expect.stringMatching(/^c/)],
      macs: [made().nics[0]?.mac],
    });
    // What the plan leaves to the source is not looked at.
    byHand(({ vms }) => {
      for (const each of vms) if (each.name === "web-01") each.cdroms.push({ bus: "ide", path: "", disabled: false });
    });
    await site.engine.refresh();
    await site.up(program, true);
    expect(site.writes()).toEqual([]);
    await site.up([...base, source]);
    expect(standing().vms.map(({ name }) => name)).toEqual(["base"]);
    expect(standing().volumes.map(({ name }) => name)).toEqual(["base-system"]);
  },
);

test("a machine is made once: another source is refused at preview, and so is a source that is not there, or there twice", async () => {
  await begin();
  await site.up([...base, template(), vm({ template: "rocky-9", status: "STOPPED" }, "template")]);
  const { errors } = await site.engine.preview([
    ...base,
    template(),
    vm({ clone: "base", fullCopy: true, status: "STOPPED" }, "template"),
  ]);
  expect(errors.join()).toMatch(
    /clone: the machine is made, and not again for it: it was none, planned is base; put the plan back/,
  );
  expect(errors.join()).toMatch(/fullCopy: the machine is made/);
  const other = (args: object) => [...base, template(), vm({ ...args, name: "web-02" }, "template")];
  await site.up([...base, template()]);
  expect(await site.errorsOf(other({ template: "rocky-8" }))).toMatch(
    "the cluster has no template rocky-8 — put the plan right",
  );
  byHand(({ templates = [] }) => templates.push({ ...(templates[0] as (typeof templates)[0]), uuid: "another" }));
  expect(await site.errorsOf(other({ template: "rocky-9" }))).toMatch(
    /2 of the cluster's templates.*name it by its id/,
  );
  await site.up(other({ template: { $ref: "template.templateId" } }));
  expect(
    standing()
      .vms.map(({ name }) => name)
      .sort(),
  ).toEqual(["base", "web-02"]);
});

test("a template without cloud-init is given nothing for it, and refused before a write where the plan has something", async () => {
  await begin();
  const nics = [{ vlan: "default", ipAddress: "10.1.20.11", subnetMask: "255.255.255.0" }];
  const plain = template({ cloudInitSupported: false });
  expect(await site.errorsOf([...base, plain, vm({ template: "rocky-9", cloudInit: {}, nics }, "template")])).toMatch(
    /template rocky-9 is not marked as one with cloud-init/,
  );
  expect(standing().vms).toHaveLength(1);
  // The tools set the address then, which this guest has.
  byHand(({ templates: [only] = [] }) => {
    if (only) only.vm.installed = true;
  });
  await site.up([...base, plain, vm({ template: "rocky-9", nics, waitFor: "ip" }, "template")]);
  expect(site.writes().slice(-2)).toEqual(["startTowerVm", "updateVmNicBasicInfo"]);
  expect(site.outputsOf("vm")).toMatchObject({ addresses: ["10.1.20.11"] });
});

test.each(["cd-rom", "disk"] as const)(
  "what cloud-init reads, shown as a %s, is none of the machine's drives, and its address is waited for where the plan says so",
  async (cloudInitDrive) => {
    await begin(undefined, { switches: { cloudInitDrive } });
    const program = (args: object) => [
      ...base,
      template(),
      vm({ template: "rocky-9", cdRoms: [], disks: [{ name: "system" }], ...args }, "template"),
    ];
    await site.up([...base, template()]);
    byHand(({ templates: [only] = [] }) => {
      if (only) only.vm.installed = true;
    });
    const nics = [{ vlan: "default", ipAddress: "10.1.20.11", subnetMask: "255.255.255.0" }];
    await site.up(program({ nics, waitFor: "ip" }));
    expect(site.writes()).toContain("createVmFromTemplate");
    expect(site.writes()).not.toContain("updateVmNicBasicInfo");
    expect(site.outputsOf("vm")).toMatchObject({ addresses: ["10.1.20.11"] });
    await site.engine.refresh();
    await site.up(program({ nics, waitFor: "ip" }), true);
    // A later change of it is the tools' to make.
    site.writes();
    await site.up(program({ nics: [{ ...nics[0], ipAddress: "10.1.20.12" }], waitFor: "ip" }));
    expect(site.writes()).toEqual(["updateVmNicBasicInfo"]);
    expect(made().nics[0]?.address?.ip).toBe("10.1.20.12");
  },
);

test("templates are changed in place, put back after a change by hand, and given to clusters; a snapshot is not changed", async () => {
  await begin();
  const program = (args: object = {}) => [...base, snapshot, template(args), library(args)];
  await site.up(program());
  expect(site.outputsOf("snapshot")).toMatchObject({ disks: [{ size: 40 * GIB, lunSnapshot: expect.any(String) }] });
  site.writes();
  await site.up(program({ name: "new", description: "with the tools", cloudInitSupported: false }));
  expect(site.writes().sort()).toEqual(["updateContentLibraryVmTemplate", "updateVmTemplate"]);
  expect(standing().templates).toMatchObject([
    { name: "new", description: "with the tools [sitewright:kit/test/template]", cloudInit: false },
    { name: "new", description: "with the tools [sitewright:kit/test/library]", cloudInit: false },
  ]);
  byHand(({ templates: [own] = [] }) => {
    if (own) own.description = "by hand";
  });
  await site.engine.refresh();
  await site.up(program({ name: "new", description: "with the tools", cloudInitSupported: false }));
  expect(site.writes()).toEqual(["updateVmTemplate"]);
  const { errors } = await site.engine.preview([...base, { ...snapshot, args: { ...snapshot.args, name: "after" } }]);
  expect(errors.join()).toMatch(/name: CloudTower changes it on no snapshot.*plan another snapshot/);
  await site.up(base);
  expect([standing().templates, standing().snapshots]).toEqual([[], []]);
});

test("disks that the plan names later are those that the machine has, and no other is taken out or made for them", async () => {
  await begin();
  const program = (args: object) => [
    ...base,
    template(),
    vm({ template: "rocky-9", deleteVolumes: true, ...args }, "template"),
  ];
  await site.up(program({}));
  const [own] = made().disks;
  site.writes();
  await site.up(program({ disks: [{ name: "root", size: "60 GiB" }] }));
  expect(site.writes()).toEqual(["expandVmDisk"]);
  await site.up(program({}));
  // Fewer than it has, and a disk of another name that looks like another: nothing is taken out for it.
  byHand(({ vms }) =>
    vms
      .find(({ name }) => name === "web-01")
      ?.disks.push({ ...(own as typeof own & object), volume: "v-2", name: "more" }),
  );
  byHand(({ volumes }) => volumes.push({ uuid: "v-2", name: "more", size: GIB }));
  expect(await site.errorsOf(program({ disks: [{ name: "root", size: "60 GiB" }] }))).toMatch(
    /has disks that the plan does not have, and that this stack did not bring: more/,
  );
  expect(made().disks).toHaveLength(2);
  expect(site.writes()).toEqual([]);
});

test("a copy's disk that was taken out by hand comes back with what is on it, or is asked for", async () => {
  await begin();
  const disks = [{ name: "root", size: "40 GiB" }];
  const program = (args: object = {}) => [
    ...base,
    template(),
    vm({ template: "rocky-9", deleteVolumes: true, disks, status: "STOPPED", ...args }, "template"),
  ];
  await site.up(program());
  const volume = made().disks[0]?.volume;
  const takeOut = () =>
    byHand(({ vms }) => Object.assign(vms.find(({ name }) => name === "web-01") ?? {}, { disks: [] }));
  takeOut();
  await site.up(program({ description: "changed" }));
  expect(made().disks).toMatchObject([{ volume }]);
  takeOut();
  await site.engine.refresh();
  expect(await site.errorsOf(program())).toMatch(
    /disk root is not in machine web-01, and a volume that was made for it is out of it/,
  );
  expect(standing().volumes.some(({ uuid }) => uuid === volume)).toBe(true);
});

test("a machine of somebody else that is taken over keeps what is not the plan's, whatever the plan has it made from", async () => {
  await begin();
  await site.up([...base, template()]);
  byHand(({ vms, volumes }) => {
    const [like] = vms;
    volumes.push({ uuid: "v-9", name: "theirs", size: GIB });
    const disk = { ...(like?.disks[0] as object), volume: "v-9", name: "theirs" } as LabVm["disks"][number];
    vms.push({ ...(like as LabVm), uuid: "vm-9", name: "web-01", description: "", disks: [disk] });
  });
  site.engine.settings = { ...site.engine.settings, adopt: "all" };
  await site.engine.kill();
  const own = { template: "rocky-9", deleteVolumes: true, status: "STOPPED" };
  // Refused: then it is let go, and not deleted.
  expect(
    await site.errorsOf([
      ...base,
      template(),
      vm({ ...own, deleteVolumes: false, disks: [{ name: "root", size: "1 GiB" }] }),
    ]),
  ).toMatch(/has disks that the plan does not have/);
  await site.up([...base, template()]);
  expect(made()).toMatchObject({ uuid: "vm-9", disks: [{ volume: "v-9" }] });
  await site.up([...base, template(), vm(own)]);
  await site.up([...base, template()]);
  expect(standing().volumes.map(({ name }) => name)).toContain("theirs");
});

test("templates that another stack has taken over since stay when this one drops them", async () => {
  await begin();
  await site.up([...base, template(), library()]);
  site.lab.site.change(({ cluster: changed, cloudtower }) => {
    const taken = "theirs [sitewright:other/prod/template]";
    for (const each of [...(changed?.templates ?? []), ...(cloudtower?.libraryTemplates ?? [])])
      each.description = taken;
  });
  site.writes();
  expect(await site.up(base)).toMatch(/template rocky-9 stays: by its mark it is now one of other\/prod/);
  site.engine.settings = { ...site.engine.settings, adopt: "all" };
  await site.engine.kill();
  expect(await site.errorsOf([...base, template()])).toMatch(/rocky-9 stands already .* is of the stack other\/prod/);
  expect(site.writes()).toEqual([]);
  expect(standing().templates).toHaveLength(2);
});

test("a template that sites share stays in the clusters of others, and leaves them where it is one site's alone", async () => {
  await begin();
  await site.up([...base, library({ shared: true })]);
  site.lab.site.change(({ cloudtower }) => {
    const [first] = cloudtower?.clusters ?? [];
    const [only] = cloudtower?.libraryTemplates ?? [];
    if (!first || !only) throw new Error("no cluster, or no template");
    cloudtower?.clusters.push({ ...structuredClone(first), id: "c-other" });
    only.templates["c-other"] = only.templates[first.id] as string;
  });
  site.writes();
  await site.up([...base, library({ shared: true })], true);
  expect(site.writes()).toEqual([]);
  await site.up([...base, library()]);
  expect(site.writes()).toContain("removeContentLibraryVmTemplateClusters");
});

const defined = (args: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));

/** A machine of this template that is made, and no more: its disk does not grow. */
async function halfMade(args: Record<string, unknown>): Promise<(changed: Record<string, unknown>) => ResourceSpec[]> {
  await begin();
  const other = { ...template({ name: "rocky-8" }), name: "other" };
  const disks = [{ name: "root", size: "60 GiB" }];
  const program = (changed: Record<string, unknown>) => [
    ...base,
    template(),
    other,
    vm(defined({ disks, status: "STOPPED", ...args, ...changed }), "template", "other"),
  ];
  await site.up(program({}).slice(0, -1));
  await site.lab.setFaults([{ operation: "expandVmDisk", task: "fails", count: 1 }]);
  expect(await site.errorsOf(program({}))).toMatch(/grow disk root of machine web-01 has failed/);
  expect(made().status).toBe("stopped");
  site.writes();
  return program;
}

test.each<[string, Record<string, unknown>, string]>([
  ["template", { template: "rocky-8" }, "template"],
  ["source", { clone: "base", template: undefined }, "clone"],
  ["data for cloud-init", { cloudInit: { hostname: "new", defaultUserPassword: "Canary-Guest-2" } }, "cloudInit"],
])(
  "a half-made machine whose %s the plan has otherwise by now is made anew, and its disk with it",
  async (_what, to, named) => {
    const cloudInit = { hostname: "web", defaultUserPassword: "Canary-Guest-1" };
    const program = await halfMade({ template: "rocky-9", cloudInit: named === "clone" ? undefined : cloudInit });
    const { uuid, disks } = made();
    expect(await site.up(program(to))).toMatch(new RegExp(`web-01 .*${named}.* it is made anew`));
    expect(made().uuid).not.toBe(uuid);
    expect(sizes()).toEqual([60 * GIB]);
    expect(standing().vms).toHaveLength(2);
    expect(standing().volumes.map((each) => each.uuid)).not.toContain(disks[0]?.volume);
    if (named === "cloudInit") expect(made().cloudInit).toMatchObject({ hostname: "new" });
    expect(readFileSync(join(site.project.memory, "journal.jsonl"), "utf8")).not.toMatch(/Canary-Guest|"hostname"/);
    await site.up(program(to), true);
  },
);

test("a half-made machine goes on where the password alone is another by now, which is told", async () => {
  const cloudInit = { hostname: "web", defaultUserPassword: "Canary-Guest-1" };
  const program = await halfMade({ template: "rocky-9", cloudInit });
  const { uuid } = made();
  const changed = program({ cloudInit: { ...cloudInit, defaultUserPassword: "Canary-Guest-2" } });
  expect(await site.up(changed)).toMatch(/web-01 was begun by an earlier run, with the password and the user data/);
  expect(made().uuid).toBe(uuid);
});

test("a removal of a half-made machine that was cut is ended, whatever the plan has by then", async () => {
  const program = await halfMade({ template: "rocky-9" });
  const { uuid } = made();
  await site.lab.setFaults([{ operation: "deleteVmVolume", task: "fails", count: 1 }]);
  await site.errorsOf(program({ template: "rocky-8" }));
  expect(made()).toMatchObject({ uuid, disks: [] });
  const [told, { volumes }] = [await site.up(program({})), standing()];
  expect(told).toMatch(/web-01 .* was being removed, .* it is made anew/);
  expect(made().uuid).not.toBe(uuid);
  expect([sizes(), volumes.length]).toEqual([[60 * GIB], 2]);
});

test("of a half-made machine, and a CloudTower that is too old for the plan, nothing is removed", async () => {
  const program = await halfMade({ template: "rocky-9" });
  expect(await site.errorsOf(program({ template: "rocky-8", haPriority: "LEVEL_3_HIGH" }))).toMatch(
    /haPriority takes CloudTower 4.8.0/,
  );
  expect(site.writes()).toEqual([]);
});

test("a half-made machine goes on as it is where the plan says no more of its source, or its source is as it was", async () => {
  const program = await halfMade({ template: "rocky-9" });
  const { uuid } = made();
  await site.up(program({ description: "more" }));
  expect([made().uuid, sizes()]).toEqual([uuid, [60 * GIB]]);
  expect(site.sent("createVmFromTemplate")).toEqual([]);
});

test.each<[string, (vm: LabVm, tasks: LabTask[]) => void]>([
  ["runs", (vm) => Object.assign(vm, { status: "running" })],
  ["was stopped, by its row,", (vm) => Object.assign(vm, { stoppedAt: 1 })],
  [
    "was started, by its tasks,",
    (_vm, tasks) => {
      const own = tasks.find(({ description }) => description.includes("web-01"));
      if (own) tasks.push({ ...own, id: "by-hand", mutation: "startVm", description: "Start VM web-01" });
    },
  ],
])("a half-made machine that %s is not made anew, and the way out is told", async (_how, change) => {
  const program = await halfMade({ template: "rocky-9" });
  site.lab.site.change(({ cluster: changed, cloudtower }) => {
    const web = changed?.vms.find(({ name }) => name === "web-01");
    change(web as LabVm, cloudtower?.tasks ?? []);
  });
  site.writes();
  const to = { template: "rocky-8", status: "RUNNING" };
  expect(await site.errorsOf(program(to))).toMatch(
    /machine web-01 \(id \S+\) was begun with template rocky-9, planned is rocky-8, and it has run since.*put the plan back/,
  );
  expect(site.writes()).toEqual([]);
});

test("a half-made machine is made anew with the volume that stood before, and not once it was asked to start", async () => {
  await begin();
  const data = {
    type: "cloudtower:VmVolume",
    name: "data",
    args: { connection, cluster, name: "data", size: "1 GiB" },
  };
  const disks = [{ name: "root", size: "40 GiB" }, { name: "data" }];
  const program = (of: string) => [
    ...base,
    template(),
    { ...template({ name: "rocky-8" }), name: "other" },
    { ...data, options: { dependsOn: ["cluster"] } },
    vm({ disks, template: of, cdRoms: [{}] }, "template", "other", "data"),
  ];
  await site.up(program("rocky-9").slice(0, -1));
  const volume = standing().volumes.find(({ name }) => name === "data")?.uuid;
  await site.lab.setFaults([{ operation: "addVmCdRom", task: "fails", count: 1 }]);
  await site.errorsOf(program("rocky-9"));
  const { uuid } = made();
  expect(made().disks).toHaveLength(2);

  await site.lab.setFaults([{ operation: "startTowerVm", task: "fails", count: 1 }]);
  await site.errorsOf(program("rocky-8"));
  expect(made().uuid).not.toBe(uuid);
  expect(made().disks[1]?.volume).toBe(volume);
  expect(standing().volumes).toHaveLength(3);

  expect(await site.errorsOf(program("rocky-9"))).toMatch(/was begun with template rocky-8.*and it has run since/);
  await site.up(program("rocky-8"));
  expect(made().disks[1]?.volume).toBe(volume);
});

test.each(["out", "in", "deleted"] as const)(
  "a copy whose volumes are others after a rollback has them, and its name and mark back, also where a later step fails (rolledBackSince %s)",
  async (rolledBackSince) => {
    const switches = { rolledBackVolumes: "new", rolledBackText: "then", rolledBackSince } as const;
    await begin(undefined, { switches });
    const before = {
      type: "cloudtower:VmSnapshot",
      name: "of-web",
      args: { connection, vm: { $ref: "vm.vmId" }, name: "a" },
      options: { dependsOn: ["vm"] },
    };
    const [root, data] = [
      { name: "root", size: "40 GiB" },
      { name: "data", size: "1 GiB" },
    ];
    const program = (args: object) => [
      ...base,
      template(),
      vm({ template: "rocky-9", status: "STOPPED", disks: [root, data], ...args }, "template"),
      before,
    ];
    await site.up(program({ disks: [root] }));
    // The snapshot has neither mark nor name of now.
    byHand(({ snapshots: [only] = [] }) => Object.assign(only?.vm ?? {}, { name: "old", description: "" }));
    await site.up(program({}));
    const was = made().disks[0]?.volume;
    await site.lab.setFaults([{ operation: "updateVmBasicInfo", task: "fails", count: 1 }]);
    const back = program({ rollbackTo: "a" });
    expect(await site.errorsOf(back)).toMatch(/change name, description of machine old has failed/);
    const [renewed] = standing().vms.find(({ name }) => name === "old")?.disks ?? [];
    expect(renewed?.volume).not.toBe(was);
    await site.engine.refresh();
    await site.up(back);
    expect(site.writes().filter((each) => each === "rollbackVm")).toHaveLength(1);
    expect(made()).toMatchObject({
      description: "[sitewright:kit/test/vm]",
      disks: [{ volume: renewed?.volume }, { name: "data" }],
    });
    expect(sizes()).toEqual([40 * GIB, GIB]);
    await site.up(back, true);
    expect(site.writes()).toEqual([]);
  },
);

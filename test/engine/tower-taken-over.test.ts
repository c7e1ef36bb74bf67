import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { ONLY_ADOPTS } from "../../providers/kernel/adopt";
import type { ResourceSpec } from "../kit/program";
import { imagesOf } from "./image-site";
import type { LabSite } from "./lab-site";
import { addVolume, byHand, machine, oneMachine, without } from "./tower-machine";
import { towerConnection as connection, MACHINE, towerSites } from "./tower-site";

/** What stood before this stack had it, and was not brought to the plan. */
const beginSite = towerSites("4.6.0");
let site: LabSite;
const standing = () => site.lab.site.model.cluster as LabCluster;
const volumes = () => standing().volumes.map(({ name }) => name);
const { nics } = oneMachine().args as { nics: object[] };

async function begin(settings: Record<string, string> = {}): Promise<void> {
  site = await beginSite();
  await site.up(without);
  await setting(settings);
}

async function setting(more: Record<string, string>): Promise<void> {
  site.engine.settings = { ...site.engine.settings, ...more };
  await site.engine.kill();
}

/** Somebody makes a machine with a disk. */
function addTheirs(more: Partial<typeof MACHINE> = {}): void {
  byHand(site, ({ vms }) => vms.push({ ...structuredClone(MACHINE), ...more }));
  addVolume(site, "web-01-system");
}

/** As the first half of `sitewright adopt`. */
async function takeOver(program: ResourceSpec[]): Promise<string[]> {
  site.project.env[ONLY_ADOPTS] = "true";
  await site.engine.kill();
  const { errors } = await site.engine.up(program, { preview: false, continueOnError: true });
  delete site.project.env[ONLY_ADOPTS];
  await site.engine.kill();
  return errors;
}

const theirs = { disks: [{ name: "web-01-system", size: "1 GiB" }], deleteVolumes: true };

test("a machine of somebody else whose take-over was refused stays with its volumes when the plan drops it", async () => {
  await begin({ adopt: "all" });
  addTheirs();
  byHand(site, ({ vms: [vm], vlans }) => {
    const vlan = vlans.find(({ use }) => use === "vm")?.uuid as string;
    vm?.nics.push({ uuid: "nic", vlan, mac: "52:54:00:00:00:09", model: "virtio", link: "up" } as never);
  });
  site.writes();
  expect(await site.errorsOf(machine({ ...theirs, nics: [] }))).toMatch(/machine web-01 has NICs that the plan/);
  await site.engine.refresh();
  expect(site.outputsOf("vm")).toMatchObject({ volumeIds: [expect.any(String)], madeVolumeIds: [] });
  expect(await site.up(without)).toMatch(/Vm\/web-01 \(id \S+\) is let go and stays: it was taken over, and no up/);
  expect(site.writes()).toEqual([]);
  expect([standing().vms, volumes()]).toMatchObject([[{ uuid: MACHINE.uuid }], ["web-01-system"]]);
});

test("so does one that a run that only takes over has left as it stands", async () => {
  await begin();
  addTheirs();
  site.writes();
  const plan = machine({ ...theirs, nics: [], ha: false });
  expect(await takeOver(plan)).toEqual([]);
  await site.engine.refresh();
  await site.up(without);
  expect(site.writes()).toEqual([]);
  expect([standing().vms, volumes()]).toMatchObject([[{ uuid: MACHINE.uuid }], ["web-01-system"]]);
});

test("one that is as planned is the stack's from the first up on that names it", async () => {
  await begin({ adopt: "all" });
  addTheirs();
  const plan = machine({ ...theirs, vcpu: 1, memory: "1 GiB", nics: [] });
  expect(await takeOver(plan)).toEqual([]);
  site.writes();
  await site.up(plan);
  expect(site.writes()).toEqual([]);
  await site.up(without);
  expect([standing().vms, volumes()]).toEqual([[], []]);
});

test("one that bears our mark and is otherwise than planned is changed in place, where journal and state were lost", async () => {
  await begin();
  await site.up(machine());
  const [vm] = standing().vms;
  await site.forget();
  const more = machine({ nics: [...nics, ...nics] });
  expect(await takeOver(more)).toEqual([]);
  await site.engine.refresh();
  // As on the machine of another who shares the state.
  rmSync(site.project.memory, { recursive: true });
  await site.engine.kill();
  site.writes();
  await site.up(more);
  expect(site.writes()).toEqual(["addVmNic"]);
  expect(standing().vms).toMatchObject([{ uuid: vm?.uuid, nics: [{}, {}] }]);
});

test("one that this stack has let go to another is that one's, whatever the journal has of it", async () => {
  await begin({ adopt: "all" });
  await site.up(machine());
  byHand(site, ({ vms: [vm] }) => Object.assign(vm ?? {}, { description: "[sitewright:other/prod/vm]" }));
  expect(await site.up(without)).toMatch(/is let go and stays: by its mark it is now one of other\/prod/);
  site.writes();
  expect(await site.errorsOf(machine())).toMatch(
    /Vm\/web-01 stands already .* is of the stack other\/prod by its mark/,
  );
  expect(site.writes()).toEqual([]);
});

test("what is refused of a change is not refused of one that does not stand, where the run was cut before its refresh", async () => {
  await begin();
  expect(await takeOver(machine())).toEqual([]);
  const less = machine({ disks: [{ name: "web-01-system", size: "20 GiB" }] });
  expect((await site.engine.preview(less)).errors).toEqual([]);
  await site.up(less);
  expect(standing().volumes).toMatchObject([{ size: 20 * 2 ** 30 }]);
});

test("an image of somebody else that was not wholly taken over stays when the plan drops it", async () => {
  await begin();
  const file = Buffer.alloc(1_000, 1);
  const args = {
    connection,
    cluster: { $ref: "cluster.clusterId" },
    name: "linux.iso",
    size: file.length,
    file: site.layMedia("linux.iso", file),
  };
  site.lab.site.change(({ cluster }) => {
    const own = { kind: "iso", uuid: "theirs", volume: "v", lun: 9, name: "linux.iso", description: "" } as const;
    const chunks = { 0: { size: 1_000, sha256: "" } };
    cluster?.images.push({ ...own, md5: null, size: 1_000, chunkSize: 2 ** 30, chunks, createdAt: 0 });
  });
  site.writes();
  // Found and compared, and then not to be read.
  await site.lab.setFaults([{ operation: "getElfImages", skip: 3, answer: { status: 403, body: {} } }]);
  await site.errorsOf([
    ...without,
    { type: "cloudtower:ElfImage", name: "image", args, options: { dependsOn: ["cluster"] } },
  ]);
  await site.lab.setFaults([]);
  await site.engine.refresh();
  expect(site.outputsOf("image")).toMatchObject({ imageId: expect.any(String), taken: true });
  expect(await site.up(without)).toMatch(/linux\.iso stays on TOWER: it was not uploaded by this stack/);
  expect(site.writes()).toEqual([]);
  expect(imagesOf(site)).toHaveLength(1);
});

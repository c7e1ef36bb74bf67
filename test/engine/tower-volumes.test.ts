import { expect, test } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabVolume } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { addMachine, connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const GIB = 2 ** 30;
const without = connectedTower();

/** The connected cluster, and a volume in it. */
function volume(args: Record<string, unknown> = {}): ResourceSpec[] {
  const own = { connection, cluster: { $ref: "cluster.clusterId" }, name: "data-01", size: "1 GiB", ...args };
  return [...without, { type: "cloudtower:VmVolume", name: "volume", args: own, options: { dependsOn: ["cluster"] } }];
}

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const volumes = () => site.lab.site.model.cluster?.volumes ?? [];

/** Somebody changes the volume, or what has it, by hand. */
function byHand(change: (volume: LabVolume) => void): void {
  site.lab.site.change(({ cluster }) => {
    for (const each of cluster?.volumes ?? []) change(each);
  });
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s gets a volume, which grows and is renamed in place, is put back and deleted",
  async (version) => {
    await begin(version);
    await site.up(volume({ description: "of the database" }));
    const [made] = volumes();
    expect(made).toMatchObject({
      name: "data-01",
      size: GIB,
      policy: "REPLICA_2_THIN_PROVISION",
      sharing: false,
      description: "of the database",
    });
    site.writes();
    await site.up(volume({ description: "of the database", size: GIB }), true);
    expect(site.writes()).toEqual([]);

    await site.up(volume({ name: "data-02", size: "2 GiB" }));
    expect(site.writes()).toEqual(["updateVmVolume"]);
    expect(volumes()).toMatchObject([{ uuid: made?.uuid, name: "data-02", size: 2 * GIB, description: "" }]);

    byHand((each) => {
      each.description = "by hand";
    });
    await site.engine.refresh();
    expect(site.engine.state.find(({ name }) => name === "volume")?.inputs).toMatchObject({ description: "by hand" });
    await site.up(volume({ name: "data-02", size: "2 GiB" }));
    expect(site.writes()).toEqual(["updateVmVolume"]);

    await site.up(without);
    expect(site.writes()).toEqual(["deleteVmVolume"]);
    expect(volumes()).toEqual([]);
  },
);

test.each([
  [
    "a smaller size",
    { size: "512 MiB" },
    /size.*does not shrink: it has 1 GiB, planned are 512 MiB; put the plan back/,
  ],
  [
    "another storage policy",
    { storagePolicy: "REPLICA_3_THIN_PROVISION" },
    /storagePolicy.*it is REPLICA_2_THIN_PROVISION, planned is REPLICA_3_THIN_PROVISION; put the plan back/,
  ],
  ["sharing it", { sharing: true }, /sharing.*it is false, planned is true; put the plan back/],
])("%s is refused at preview, and the volume stays as it is", async (_what, args, refusal) => {
  await begin();
  await site.up(volume());
  const before = structuredClone(volumes());
  site.writes();
  const { ok, errors } = await site.engine.preview(volume(args));
  expect([ok, errors.join("\n")]).toEqual([false, expect.stringMatching(refusal)]);
  expect(site.writes()).toEqual([]);
  expect(volumes()).toEqual(before);
});

test("a size that is none is refused at preview", async () => {
  await begin();
  await site.up(without);
  expect(await site.errorsOf(volume({ size: "1 GB" }))).toMatch(
    /size.*neither bytes nor a text like "8 GiB" \(got "1 GB"\)/,
  );
});

test("a volume of somebody else is refused, taken over as it is, and never where it is larger than planned", async () => {
  await begin();
  await site.up(without);
  site.lab.site.change(({ cluster }) => cluster?.volumes.push({ uuid: "v-1", name: "data-01", size: 2 * GIB }));
  expect(await site.errorsOf(volume({ size: "2 GiB" }))).toMatch(
    /VmVolume\/data-01 stands already on TOWER .*adopt VmVolume/,
  );
  site.engine.settings = { ...site.engine.settings, adopt: "all" };
  await site.engine.kill();
  site.writes();
  expect(await site.errorsOf(volume())).toMatch(
    /data-01 stands already .*cannot be brought to the plan: size: a volume does not shrink: it has 2 GiB/,
  );
  await site.up(volume({ size: "2 GiB" }));
  expect(site.writes()).toEqual([]);
});

test("a volume that a machine has mounted stays, and is still this stack's when the plan names it again", async () => {
  await begin();
  await site.up(volume());
  addMachine(site.lab);
  site.lab.site.change(({ cluster }) => {
    const [of] = cluster?.volumes ?? [];
    for (const vm of cluster?.vms ?? [])
      vm.disks = [{ volume: of?.uuid ?? "", name: "data-01", bus: "virtio", policy: "", lun: 1 }];
  });
  site.writes();
  expect(await site.up(without)).toMatch(/volume data-01 stays: a machine has it mounted/);
  await site.up(volume());
  expect(site.writes()).toEqual([]);
  expect(volumes()).toHaveLength(1);
});

test("where two volumes have the name, neither is taken", async () => {
  await begin();
  await site.up(without);
  site.lab.site.change(({ cluster }) => {
    for (const uuid of ["v-1", "v-2"]) cluster?.volumes.push({ uuid, name: "data-01", size: GIB });
  });
  expect(await site.errorsOf(volume())).toMatch(/VmVolume\/data-01 stands 2 times on TOWER/);
});

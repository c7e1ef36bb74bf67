import { expect, test } from "vitest";
import { isoImage, madeVm, type Vm, vmRequest } from "../../lab/cloudtower/machines.fixture";
import type { LabSnapshot } from "../../lab/smtxos/cluster-model";
import type { CommandEnded } from "../sitewright.fixture";
import { type Commanded, withCommands, writesOf } from "./tower.fixture";

interface Printed {
  backups: {
    vm: { id: string; name: string; vcpu: number };
    snapshot: { id: string; name: string; localId: string; consistentType: string };
    disks: { index: number; size: number; lunSnapshot: string | null; localId: string | null }[];
  }[];
}

const NAME = /^sitewright-backup-\d{8}T\d{6}Z-[0-9a-f]{12}$/;
const printed = ({ stdout }: CommandEnded) => (JSON.parse(stdout) as Printed).backups;
const snapshotsOf = ({ tower }: Commanded): LabSnapshot[] => tower.lab.site.model.cluster?.snapshots ?? [];

/** A machine with two disks and a drive, in whose guest the tools run, unless it is to have none. */
async function machine(at: Commanded, name: string, tools = true): Promise<Vm> {
  const [disk] = vmRequest(at, name).vm_disks.mount_new_create_disks;
  const data = { ...disk, boot: 2, vm_volume: { ...disk?.vm_volume, name: `${name}-data`, size: 80 } };
  const mount_cd_roms = tools ? [{ boot: 3, elf_image_id: await isoImage(at) }] : [{ boot: 3 }];
  const made = await madeVm(at, {
    ...vmRequest(at, name),
    vm_disks: { mount_new_create_disks: [disk, data], mount_cd_roms },
  });
  at.tower.lab.site.pass(20);
  at.tower.lab.clearRequests();
  return made;
}

test("a backup has configuration, a snapshot that stays, and each disk's snapshot in ZBS, as far as it is told", async () => {
  await withCommands({}, async (at) => {
    const web = await machine(at, "web-01");
    const db = await machine(at, "db-01", false);
    const ended = await at.run("backup", "web-01", "db-01", db.id, "--json");
    expect([ended.status, printed(ended).length]).toEqual([0, 2]);
    expect(writesOf(at)).toEqual(["createVmSnapshot", "createVmSnapshot"]);
    for (const [{ vm, snapshot, disks }, id, consistentType] of [
      [printed(ended)[0], web.id, "FILE_SYSTEM_CONSISTENT"],
      [printed(ended)[1], db.id, "CRASH_CONSISTENT"],
    ] as [Printed["backups"][number], string, string][]) {
      expect(vm).toMatchObject({ id, vcpu: 2, firmware: "BIOS" });
      expect(snapshot).toMatchObject({ consistentType, name: expect.stringMatching(NAME) });
      expect(ended.stderr).toContain(`sitewright backup --release ${snapshot.name}\n`);
      const stands = snapshotsOf(at).find(({ name }) => name === snapshot.name);
      expect(stands).toMatchObject({ uuid: snapshot.localId, consistency: consistentType });
      expect(disks.map(({ index, size }) => [index, size])).toEqual([40, 80].map((gib, i) => [i, gib * 2 ** 30]));
      const luns = await at.tower.data<{ name: string; local_id: string }[]>("/get-iscsi-lun-snapshots", {
        where: { name_in: disks.map(({ lunSnapshot }) => lunSnapshot) },
      });
      expect(disks.map(({ lunSnapshot }) => luns.find(({ name }) => name === lunSnapshot)?.local_id)).toEqual(
        disks.map(({ localId }) => localId ?? "none"),
      );
    }

    const table = await at.run("backup", "db-01");
    const rows = table.stdout
      .trimEnd()
      .split("\n")
      .map((row) => row.split(/ {2,}/));
    expect(rows[0]).toEqual(["VM", "SNAPSHOT", "FILE SYSTEMS", "DISK", "BYTES", "LUN SNAPSHOT", "LOCAL_ID IN ZBS"]);
    expect(rows.slice(1).map(([vm, _id, how, disk]) => [vm, how, disk])).toEqual([
      ["db-01", "as it was", "0"],
      ["db-01", "as it was", "1"],
    ]);
  });
});

test("one whose disks' snapshots are not told ends with 1, and its snapshot stays", async () => {
  await withCommands({ switches: { snapshotLocalId: "null" } }, async (at) => {
    await machine(at, "db-01", false);
    const ended = await at.run("backup", "db-01", "--json");
    expect(ended.status).toBe(1);
    expect(printed(ended)[0]?.disks.map(({ localId }) => localId)).toEqual([null, null]);
    expect(ended.stderr).toContain("disk 1 of db-01: CloudTower does not tell the snapshot of its logical unit");
    expect(snapshotsOf(at)).toHaveLength(1);
  });
});

test("a snapshot whose answer was lost is looked for by its name, and not made twice", async () => {
  await withCommands({}, async (at) => {
    await machine(at, "db-01", false);
    await at.tower.lab.setFaults([{ operation: "createVmSnapshot", count: 1, drop: "after-commit" }]);
    const ended = await at.run("backup", "db-01", "--json");
    expect([ended.status, printed(ended)[0]?.disks.length]).toEqual([0, 2]);
    expect(writesOf(at)).toEqual(["createVmSnapshot"]);
    expect(snapshotsOf(at)).toMatchObject([{ name: printed(ended)[0]?.snapshot.name }]);
  });
});

test("what fails is told in the task's words, and what could be made is printed; nothing is made where a name is wrong", async () => {
  await withCommands({}, async (at) => {
    await machine(at, "web-01", false);
    await machine(at, "db-01", false);
    expect((await at.run("backup", "db-01", "db-02")).stderr).toContain(
      "has no virtual machine db-02 in cluster HCI-01",
    );
    expect(writesOf(at)).toEqual([]);
    await at.tower.lab.setFaults([{ operation: "createVmSnapshot", count: 1, task: { fails: "no space is left" } }]);
    const ended = await at.run("backup", "web-01", "db-01", "--json");
    expect([ended.status, printed(ended).length]).toEqual([1, 1]);
    expect(ended.stderr).toMatch(
      /^sitewright: making snapshot .* has failed: task \S+ says .*no space is left.* — look at the task in CloudTower, and put right what it names$/m,
    );
  });
});

test("--release deletes what a backup has made, by id or name, and no other snapshot", async () => {
  await withCommands({}, async (at) => {
    const { id: vm_id } = await machine(at, "db-01", false);
    const [first] = printed(await at.run("backup", "db-01", "--json"));
    const [second] = printed(await at.run("backup", "db-01", "--json"));
    await at.tower.data("/create-vm-snapshot", { data: [{ vm_id, name: "sitewright-backup-by-hand" }] });
    const [byHand] = await at.tower.data<{ id: string }[]>("/get-vm-snapshots", {
      where: { name: "sitewright-backup-by-hand" },
    });
    at.tower.lab.clearRequests();
    const [id, name, theirs] = [first?.snapshot.id ?? "", second?.snapshot.name ?? "", byHand?.id ?? ""];
    const ended = await at.run("backup", "--release", id, name, theirs);
    expect(ended.stdout).toBe(`${id}: deleted\n${second?.snapshot.id}: deleted\n`);
    expect(ended.stderr).toMatch(new RegExp(`snapshot ${theirs} is called "sitewright-backup-by-hand" and is none of`));
    expect([ended.status, writesOf(at)]).toEqual([1, ["deleteVmSnapshot", "deleteVmSnapshot"]]);
    expect(snapshotsOf(at).map((each) => each.name)).toEqual(["sitewright-backup-by-hand"]);
    const again = await at.runThere("backup", "--release", id, "--cloudtower", "10.0.20.15");
    expect([again.status, again.stdout]).toEqual([0, `${id}: there is no such snapshot any more\n`]);
  });
});

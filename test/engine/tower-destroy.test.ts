import { expect, test } from "vitest";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import { addVolume, byHand, GIB, ofCluster, oneMachine, without } from "./tower-machine";
import { towerConnection as connection, MACHINE, towerSites } from "./tower-site";

const begin = towerSites("4.6.0");

/** A hundred machines: those from 50 on go for good, the others into the recycle bin; one in ten mounts a volume, or has a snapshot. */
function program(): ResourceSpec[] {
  const machines = Array.from({ length: 100 }, (_, at) => {
    const volume = `data-${at}`;
    const mounts = at % 10 === 0;
    const disks = [{ name: `web-${at}-system`, size: "1 GiB" }, ...(mounts ? [{ name: volume }] : [])];
    const args = { name: `web-${at}`, disks, purge: at >= 50, allowDestroy: true, deleteVolumes: true };
    const vm = oneMachine(args, `web-${at}`);
    if (mounts)
      return [ofCluster("VmVolume", volume, { size: "1 GiB" }), { ...vm, options: { dependsOn: ["cluster", volume] } }];
    const snapshot: ResourceSpec = {
      type: "cloudtower:VmSnapshot",
      name: `snapshot-${at}`,
      args: { connection, vm: { $ref: `web-${at}.vmId` }, name: `before-${at}` },
    };
    return at % 10 === 5 ? [vm, snapshot] : [vm];
  });
  return [...without, ...machines.flat()];
}

test("destroy takes a hundred machines with the volumes made for them, and nothing else", async () => {
  const site = await begin(undefined, { switches: { vmRecycleBin: "kept" } });
  const cluster = () => site.lab.site.model.cluster as LabCluster;
  const bin = () => Object.keys(site.lab.site.model.cloudtower?.clusters[0]?.own.recycled ?? {});
  expect((await site.engine.up(program(), { preview: false })).errors).toEqual([]);
  // Somebody's: a machine, one in the recycle bin, a volume of no machine, and a snapshot of each.
  byHand(site, ({ vms, volumes, snapshots = [] }, { clusters: [own] }) => {
    const theirs = ["theirs", "their-old-one"].map((name) => ({
      ...structuredClone(MACHINE),
      uuid: `uuid of ${name}`,
      name,
    }));
    for (const vm of theirs) {
      const volume = { uuid: `volume of ${vm.name}`, name: `${vm.name}-system`, size: GIB };
      vm.disks = [{ volume: volume.uuid, name: volume.name, bus: "virtio", policy: "", lun: 9 }];
      vms.push(vm);
      volumes.push(volume);
      const frozen = { uuid: `snapshot of ${vm.name}`, name: "theirs", description: "", createdAt: 0, vm, sizes: {} };
      snapshots.push({ ...frozen, consistency: "CRASH_CONSISTENT" });
    }
    if (own) own.own.recycled["uuid of their-old-one"] = 0;
  });
  addVolume(site, "spare", false);
  const count = () => {
    const { vms, volumes, snapshots = [] } = cluster();
    return { vms: vms.length, bin: bin().length, volumes: volumes.length, snapshots: snapshots.length };
  };
  const isOurs = ({ name }: { name: string }) => /^(web|data|before)-/.test(name);
  const others = () => {
    const { vms, volumes, snapshots = [] } = cluster();
    return structuredClone([vms, volumes, snapshots].map((all) => all.filter((each) => !isOurs(each))));
  };
  expect(count()).toEqual({ vms: 102, bin: 1, volumes: 113, snapshots: 12 });
  const before = others();

  // The connected cluster is another stack's.
  site.engine.state = site.engine.state.filter(({ name }) => !without.some((each) => each.name === name));
  const { errors } = await site.engine.destroy();
  expect(errors).toEqual([]);
  expect(site.engine.state).toEqual([]);
  // Fifty lie in the bin with their volumes, until somebody empties it.
  expect(count()).toEqual({ vms: 52, bin: 51, volumes: 53, snapshots: 2 });
  expect(
    cluster()
      .vms.filter(isOurs)
      .every(({ uuid }) => bin().includes(uuid)),
  ).toBe(true);
  expect(others()).toEqual(before);
});

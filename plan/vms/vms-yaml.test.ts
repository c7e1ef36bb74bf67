import { expect, test } from "vitest";
import { parse } from "yaml";
import { readAnyPlan } from "../read";
import { fileOf } from "../workbook.fixture";
import { machinesOf } from "./machines";
import { toVmsYaml } from "./vms-yaml";

const tower = { cloudtower: "10.0.20.15", cluster: "HCI-01" };

/** As CloudTower shows one that somebody has made, with names of disks as CloudTower gives them. */
function vm(at: number) {
  const name = `web-${at}`;
  return {
    name,
    description: "made by hand",
    vcpu: at % 3 === 0 ? 4 : 2,
    memory: "4 GiB",
    disks: [
      { name: `${name}-os`, size: "40 GiB", storagePolicy: "REPLICA_2_THIN_PROVISION", bus: "VIRTIO" },
      { name: `${name}-data`, size: "200 GiB", storagePolicy: "REPLICA_2_THIN_PROVISION", bus: "SCSI" },
    ],
    nics: [{ vlan: "default" }, { vlan: "业务 1120", model: "E1000" }],
    cdRoms: [{}],
    ...(at % 5 === 0 && { status: "STOPPED" }),
  };
}

async function machines(text: string) {
  const loaded = await readAnyPlan(fileOf(text, "vms.yaml"));
  if (!loaded.ok || loaded.kind !== "virtual-machines") throw new Error(JSON.stringify(loaded.findings));
  return machinesOf(loaded.plan).map(({ key, ...machine }) => (key === machine.name ? machine : { key, ...machine }));
}

test("machines are read again as they stand, and what most of them have is in the defaults", async () => {
  const own = {
    name: "shop",
    key: "web-04",
    vcpu: 2,
    memory: "4 GiB",
    disks: [{ name: "web-04-1", size: "1 GiB", bus: "IDE" }],
    nics: [],
    cdRoms: [],
  };
  const all = [vm(1), vm(2), vm(3), { ...own, description: "\u4f60 # {}: 'x'\nand more" }, vm(5)];
  const text = toVmsYaml({ ...tower, vms: all });
  expect(await machines(text)).toEqual(all);
  const { defaults, vms } = parse(text) as { defaults: object; vms: object[] };
  expect(defaults).toEqual({
    description: "made by hand",
    vcpu: 2,
    memory: "4 GiB",
    nics: [{ vlan: "default" }, { vlan: "业务 1120", model: "E1000" }],
    cdRoms: [{}],
    ...{ disks: undefined },
  });
  expect(vms[3]).toEqual({
    ...own,
    memory: undefined,
    vcpu: undefined,
    description: all[3]?.description,
    disks: [{ size: "1 GiB", bus: "IDE" }],
  });
});

test("thousands are written and read, and what no plan may be is not written", async () => {
  const long = (length: number) => (at: number) => ({ ...vm(at), description: `${at} ${"x".repeat(length)}` });
  const all = Array.from({ length: 3_000 }, (_, at) => long(300)(at));
  const text = toVmsYaml({ ...tower, vms: all });
  expect(text.length).toBeGreaterThan(1_500_000);
  expect(await machines(text)).toEqual(all);
  expect(() => toVmsYaml({ ...tower, vms: Array.from({ length: 10_001 }, (_, at) => vm(at)) })).toThrow(
    "a plan may have 10000",
  );
  const large = Array.from({ length: 100 }, (_, at) => long(100_000)(at));
  expect(() => toVmsYaml({ ...tower, vms: large })).toThrow("it is larger than 8192 KiB");
});

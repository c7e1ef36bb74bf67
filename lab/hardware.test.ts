import { expect, test } from "vitest";
import type { HardwareProfile } from "./hardware";
import { ask, deployRequest, FIRST, labPlan, SECOND, scan, withLab } from "./lab.fixture";

test.each<[HardwareProfile, string[]]>([
  ["nvme-hdd", ["nvme0n1 cache SSD", "nvme0n2 cache SSD", "sdb data HDD"]],
  ["ssd-hdd", ["sdb cache SSD", "sdc cache SSD", "sdd data HDD"]],
  ["nvme-ssd", ["nvme0n1 cache SSD", "nvme0n2 cache SSD", "sdb data SSD"]],
  ["all-ssd", ["sdb data SSD", "sdc data SSD", "sdd data SSD"]],
  ["all-nvme", ["nvme0n1 data SSD", "nvme0n2 data SSD"]],
  ["all-hdd", ["sdb data HDD", "sdc data HDD", "sdd data HDD"]],
])("every host of profile %s has one system disk and those media", async (hardware, begin) => {
  await withLab({ hardware }, async (lab) => {
    for (const at of [FIRST, SECOND]) {
      const { disks } = await scan(lab, at);
      expect(disks.filter((disk) => disk.function === "boot").map(({ drive }) => drive)).toEqual(["sda"]);
      expect(new Set(disks.map(({ drive }) => drive)).size).toBe(disks.length);
      const media = disks.filter((disk) => disk.function !== "boot");
      expect(media.map((disk) => `${disk.drive} ${disk.function} ${disk.type}`).slice(0, begin.length)).toEqual(begin);
    }
  });
});

test("one host may have another profile or broken hardware, and the others are as the plan has them", async () => {
  const hardware = { [FIRST]: "all-ssd" as const, [SECOND]: { product: "SMTXZBS", ports: ["ens224"], disks: [] } };
  await withLab({ hardware }, async (lab) => {
    const types = new Set((await scan(lab, FIRST)).disks.map(({ type }) => type));
    expect([...types]).toEqual(["SSD"]);
    const second = await scan(lab, SECOND);
    expect(second).toMatchObject({ product: "SMTXZBS", disks: [] });
    expect(second.ifaces.map(({ name }) => name)).toEqual(["ens224"]);
    expect((await scan(lab, "10.0.20.103")).disks).toHaveLength(8);
  });
});

test.each<[HardwareProfile, boolean]>([
  ["ssd-hdd", false],
  ["nvme-ssd", false],
  ["all-ssd", true],
  ["all-nvme", true],
])("hosts of profile %s are deployed with disk_data_with_cache %s", async (hardware, together) => {
  await withLab({ hardware }, async (lab) => {
    const body = await deployRequest(lab, labPlan());
    for (const host of body.hosts) host.disk_data_with_cache = together;
    expect((await ask(lab, "POST", "/api/v2/deployment/cluster", { body })).body).toMatchObject({ ec: "EOK" });
  });
});

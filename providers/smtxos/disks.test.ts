import { expect, test } from "vitest";
import { layOutDisks, type StorageArchitecture } from "./disks";
import type { ScannedDisk } from "./scan";

const kinds: Record<string, Partial<ScannedDisk>> = {
  nvme: { drive: "nvme0n1", type: "SSD" },
  ssd: { drive: "sdb", type: "SSD" },
  hdd: { drive: "sdc", type: "HDD" },
  boot: { drive: "sda", type: "SSD", function: "boot" },
};

function disks(media: string): ScannedDisk[] {
  return media
    .split(" ")
    .map((name) => ({ function: "data", model: "m", serial: "s", size: 1, drive: "", type: "SSD", ...kinds[name] }));
}

/** The vendor's matrix: media beside the system disk, architecture → role of each, with_cache flag. */
test.each<[string, StorageArchitecture, string, boolean]>([
  ["boot ssd ssd", "tiered", "data data", true],
  ["boot nvme nvme", "tiered", "data data", true],
  ["boot ssd ssd", "all-flash", "data data", true],
  ["boot nvme nvme", "all-flash", "data data", true],
  ["boot ssd hdd hdd", "tiered", "cache data data", false],
  ["nvme ssd boot", "tiered", "cache data", false],
  ["boot nvme hdd", "tiered", "cache data", false],
  ["boot nvme ssd hdd", "tiered", "cache data data", false],
])("%s, %s: %s", (media, architecture, roles, withCache) => {
  const layout = layOutDisks(disks(media), architecture);
  expect(layout.disks.map((disk) => disk.function).join(" ")).toBe(roles);
  expect(layout.disk_data_with_cache).toBe(withCache);
  expect(layout.with_faster_ssd_as_cache).toBe(true);
  expect(layout.disks.some((disk) => disk.drive === "sda")).toBe(false);
});

test.each<[string, StorageArchitecture, RegExp]>([
  ["boot ssd hdd", "all-flash", /mixes SSD and HDD, which all-flash/],
  ["boot nvme hdd", "all-flash", /mixes NVMe and HDD/],
  ["boot hdd hdd", "tiered", /hard disks only/],
  ["boot hdd", "all-flash", /hard disks only/],
  ["boot", "tiered", /no disk beside the system's/],
])("%s, %s is refused", (media, architecture, reason) => {
  expect(() => layOutDisks(disks(media), architecture)).toThrow(reason);
});

test("the disputed case, NVMe beside SSD without tiers, is refused until the user decides", () => {
  expect(() => layOutDisks(disks("boot nvme ssd"), "all-flash")).toThrow(/set flashMix to "data"/);
  expect(layOutDisks(disks("boot nvme ssd"), "all-flash", "data")).toMatchObject({
    disks: [{ function: "data" }, { function: "data" }],
    disk_data_with_cache: true,
  });
});

test("an older scan calls the system disk smtx_system", () => {
  const old = disks("boot ssd").map((disk) => (disk.drive === "sda" ? { ...disk, function: "smtx_system" } : disk));
  expect(layOutDisks(old, "tiered").disks).toHaveLength(1);
});

test("what the scan does not tell of a data disk is not guessed, and of the system's disk not asked for", () => {
  const [ssd] = disks("ssd") as [ScannedDisk];
  const boot: ScannedDisk = { drive: "sda", function: "boot" };
  expect(layOutDisks([boot, { ...ssd, model: null, serial: undefined }], "tiered").disks).toEqual([
    { drive: "sdb", function: "data", model: "", serial: "", size: 1, type: "SSD" },
  ]);
  for (const size of [0, null, undefined])
    expect(() => layOutDisks([boot, { ...ssd, size }], "tiered")).toThrow("does not tell the size of disk sdb");
  expect(() => layOutDisks([boot, { ...ssd, type: "SMR" }], "tiered")).toThrow("has disk sdb of type SMR");
});

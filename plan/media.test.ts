import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cloudTowerVersionOf, mediaIn } from "./media";
import { PlanUnreadable } from "./plan-unreadable";

/** A project with these files in its folder `media`. */
function projectWith(...names: string[]): string {
  const root = mkdtempSync(join(tmpdir(), "media-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "media"));
  for (const name of names) writeFileSync(join(root, "media", name), name);
  return root;
}

test.each([
  ["SMTX_VMTOOLS-3.10.0-2501210639.iso", "SMTX_VMTOOLS-3.9.9-2601210639.iso"],
  ["SMTX_VMTOOLS-3.2.0-2501210639.iso", "SMTX_VMTOOLS-3.2.0-2412210639.iso"],
  ["SMTX_VMTOOLS-3.2.0-10.iso", "SMTX_VMTOOLS-3.2.0-9.iso"],
  ["SMTX_VMTOOLS-3.2.1.iso", "SMTX_VMTOOLS-3.2-2501210639.iso"],
  ["SMTX_VMTOOLS-4.0.0-1.iso", "SMTX_VMTOOLS-3.2.0-2501210639.iso"],
])("%s is newer than %s", (newer, older) => {
  for (const names of [
    [newer, older],
    [older, newer],
  ]) {
    const root = projectWith(...names, "cloudtower-v4.6.2.iso", "SMTX_VMTOOLS-9.iso.part");
    expect(mediaIn("media", root).tools).toEqual({ name: newer, size: newer.length, file: `media/${newer}` });
  }
});

test("a folder elsewhere, or a link to a file, is as good", () => {
  const elsewhere = projectWith("SMTX_VMTOOLS-3.2.0-1.iso");
  const root = projectWith();
  const file = join(elsewhere, "media", "SMTX_VMTOOLS-3.2.0-1.iso");
  expect(mediaIn(join(elsewhere, "media"), root).tools?.file).toBe(file);
  symlinkSync(file, join(root, "media", "SMTX_VMTOOLS-3.2.0-1.iso"));
  expect(mediaIn("media", root).tools).toMatchObject({ size: 24, file: "media/SMTX_VMTOOLS-3.2.0-1.iso" });
});

test("what is no file is passed over: a broken link, a link to a folder, a folder", () => {
  const root = projectWith();
  const media = join(root, "media");
  symlinkSync(join(root, "nowhere"), join(media, "SMTX_VMTOOLS-9.0.0-1.iso"));
  symlinkSync(root, join(media, "SMTX_VMTOOLS-8.0.0-1.iso"));
  mkdirSync(join(media, "SMTX_VMTOOLS-7.0.0-1.iso"));
  expect(mediaIn("media", root)).toEqual({ folder: media, tools: undefined, cloudtower: undefined });
  writeFileSync(join(media, "SMTX_VMTOOLS-3.2.0-1.iso"), "bytes");
  expect(mediaIn("media", root).tools).toMatchObject({ name: "SMTX_VMTOOLS-3.2.0-1.iso", size: 5 });
});

test("a folder that is not there is named, with what to do", () => {
  const root = projectWith("cloudtower-v4.6.2.iso");
  expect(() => mediaIn("none", root)).toThrow(PlanUnreadable);
  expect(() => mediaIn("none", root)).toThrow(/\/none: the stack setting media .* is not there — make it and put/);
});

test("CloudTower's image is the highest version too, and either may be missing", () => {
  const names = ["cloudtower-v4.6.2.oe2003.x86_64.iso", "cloudtower-v4.10.0.oe2003.x86_64.iso", "CloudTower-4.7.1.iso"];
  const root = projectWith(...names, "cloudtower-v5.0.0.iso.part");
  expect(mediaIn("media", root).cloudtower).toEqual({
    name: "cloudtower-v4.10.0.oe2003.x86_64.iso",
    size: 36,
    file: "media/cloudtower-v4.10.0.oe2003.x86_64.iso",
  });
  expect(names.map(cloudTowerVersionOf)).toEqual(["4.6.2", "4.10.0", "4.7.1"]);
  expect(mediaIn("media", projectWith("SMTX_VMTOOLS-3.2.0-1.iso")).cloudtower).toBeUndefined();
  expect(cloudTowerVersionOf("tower.iso")).toBeUndefined();
});

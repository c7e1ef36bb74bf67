import { expect, test } from "vitest";
import type { Media } from "../plan/media";
import type { Standing } from "./standing";
import { toolsImage } from "./tools-image";

const tools = { name: "SMTX_VMTOOLS-3.2.1-1.iso", size: 10, file: "media/SMTX_VMTOOLS-3.2.1-1.iso" };
const older = { name: "SMTX_VMTOOLS-3.2.0-1.iso", size: 9, file: "media/SMTX_VMTOOLS-3.2.0-1.iso" };
const cloudtower = { name: "cloudtower-v4.7.1.iso", size: 20, file: "media/cloudtower-v4.7.1.iso" };
const uploaded: Standing = { kind: "smtxos:SvtImage", name: "svt-image", outputs: { ...older, uuid: "u" } };
const media = (found: Partial<Media>): Media => ({
  folder: "/p/media",
  tools: undefined,
  cloudtower: undefined,
  ...found,
});

test("the newest at hand is uploaded, and without the setting none is", () => {
  expect(toolsImage(media({ tools }), [uploaded])).toEqual(tools);
  expect(toolsImage(undefined, [])).toBeUndefined();
});

test("a site keeps its tools when their file lies in the folder no more", () => {
  expect(toolsImage(media({}), [uploaded])).toEqual(older);
  expect(toolsImage(media({ cloudtower }), [uploaded])).toEqual(older);
});

test("a folder with CloudTower's image alone gives none; one with neither is refused", () => {
  expect(toolsImage(media({ cloudtower }), [])).toBeUndefined();
  expect(() => toolsImage(media({}), [])).toThrow(
    /\/p\/media, the folder of the stack setting media, holds no SMTX_VMTOOLS.*and no cloudtower-v.*nothing was registered/,
  );
});

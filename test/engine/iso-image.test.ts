import { utimesSync } from "node:fs";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { isoVolume, logIn, type Session, sessionOf, wholeIso } from "../../lab/lab.fixture";
import {
  CHUNK,
  chunksSent,
  deleteImages,
  expectWhole,
  fileOf,
  imageBytes,
  imagesOf,
  killedAfterOne,
} from "./image-site";
import { type BeginSite, clusterTemplate, type LabSite, labSites } from "./lab-site";
import { machineFromImage } from "./machine-from-image";

const NAME = "cloudtower-4.6.2.oe2003.x86_64.iso";
/** Four chunks, the last one shorter. */
const SIZE = 3 * CHUNK + 12_345;

const beginSite = labSites(() => clusterTemplate());
let site: LabSite;
let session: Session;
const begin = async (...of: Parameters<BeginSite>) => {
  site = await beginSite(...of);
  session = sessionOf(site.lab, await logIn(site.lab));
  site.writes();
};

/** What was laid last to be uploaded. */
let file: Buffer<ArrayBuffer>;
function makeFile(size = SIZE, seed = "iso"): Buffer<ArrayBuffer> {
  file = imageBytes(size, seed);
  site.layMedia(NAME, file);
  return file;
}

const program = ({ name = NAME, size = SIZE } = {}) =>
  machineFromImage(site.lab, { iso: { name, size, file: `media/${NAME}` } });

describe("an ISO image", () => {
  beforeEach(() => begin());

  test("is uploaded byte by byte, told on its row, kept by a second run, and deleted by destroy", async () => {
    makeFile();
    expect(await site.up(program())).toMatch(/uploading cloudtower-4\.6\.2.* to HCI-01: 24 MiB of 24 MiB, /);
    expectWhole(site, NAME, file);
    expect(chunksSent(site, "uploadImageChunk")).toEqual([0, 1, 2, 3]);
    expect(site.sent("createImageVolume")[0]?.query).toEqual({
      name: NAME,
      size: String(SIZE),
      description: "",
      device: "nfs",
      task_id: "2",
    });
    const { images: listed } = await session.data<{ images: { path: string; md5: string }[] }>("GET", "/images");
    expect(site.engine.state[0]).toMatchObject({
      outputs: { uuid: imagesOf(site)[0]?.uuid, path: listed[0]?.path, listed: true, taken: false },
    });
    site.writes();
    await site.up(program(), true);
    expect(site.writes()).toEqual([]);
    expect((await site.engine.destroy()).errors).toEqual([]);
    expect(imagesOf(site)).toEqual([]);
  });

  test("goes on after a kill with the chunks that are missing, on the same volume", async () => {
    makeFile();
    await killedAfterOne(site, "uploadImageChunk", program());
    const missing = [0, 1, 2, 3].filter((number) => !imagesOf(site)[0]?.chunks[number]);
    expect(missing).toHaveLength(3);
    expect(await site.up(program())).toMatch(/goes on where it was/);
    expect(chunksSent(site, "uploadImageChunk")).toEqual(missing);
    expect(site.sent("createImageVolume")).toEqual([]);
    expectWhole(site, NAME, file);
  });

  test("begins anew after a kill when the file has become another one of the same size", async () => {
    makeFile();
    await killedAfterOne(site, "uploadImageChunk", program());
    makeFile(SIZE, "another");
    utimesSync(fileOf(site, NAME), new Date(), new Date("2026-01-01"));
    expect(await site.up(program())).toMatch(/cannot go on: the file was another one when it was begun.*made anew/);
    expectWhole(site, NAME, file);
  });

  test("is deleted and uploaded once more when a chunk fails three times", async () => {
    makeFile();
    await site.lab.setFaults([
      { operation: "uploadImageChunk", skip: 3, count: 3, answer: { status: 200, body: { ec: "EIO", error: {} } } },
    ]);
    expect(await site.up(program())).toMatch(/chunk \d of 0 to 3 failed 3 times.*refused with EIO.*made anew/);
    expect([site.sent("createImageVolume"), site.sent("deleteImage")].map(({ length }) => length)).toEqual([2, 1]);
    expectWhole(site, NAME, file);
  });

  test("stands once when the answer to its volume is lost", async () => {
    makeFile();
    await site.lab.setFaults([{ operation: "createImageVolume", drop: "after-commit", count: 1 }]);
    await site.up(program());
    expectWhole(site, NAME, file);
  });

  test.each<[string, string, number, RegExp]>([
    ["taken when it is the file", "small", 1, /with the file's MD5: it is not uploaded again/],
    ["refused when it is another", "other", 0, /its MD5 is [0-9a-f]{32}, the file's [0-9a-f]{32}/],
  ])("of somebody else, after a run that ended at its volume, is %s", async (_what, seed, state, said) => {
    makeFile(CHUNK, "small");
    await site.lab.setFaults([{ operation: "createImageVolume", hang: "before-commit" }]);
    const run = site.engine.up(program({ size: CHUNK }));
    await vi.waitUntil(() => site.sent("createImageVolume").length === 1, { interval: 5, timeout: 20_000 });
    await site.engine.kill();
    expect((await run).ok).toBe(false);
    await site.lab.setFaults([]);
    await wholeIso(site.lab, session, NAME, imageBytes(CHUNK, seed));
    site.writes();
    const { errors, logs } = await site.engine.up(program({ size: CHUNK }));
    expect([...errors, ...logs.map(({ text }) => text)].join("\n")).toMatch(said);
    expect(site.writes()).toEqual([]);
    expect(site.engine.state.map(({ outputs }) => outputs["taken"])).toEqual(Array(state).fill(true));
    await site.engine.destroy();
    expect(imagesOf(site)).toHaveLength(1);
  });

  test("whose bytes have not arrived as they left is removed and uploaded once more", async () => {
    makeFile();
    await site.lab.setFaults([{ operation: "uploadImageChunk", chunkSpoilt: true, count: 1 }]);
    expect(await site.up(program())).toMatch(
      /has not arrived whole on HCI-01: its MD5 is [0-9a-f]{32} there, the file's.*made anew/,
    );
    expect([site.sent("createImageVolume"), site.sent("deleteImage")].map(({ length }) => length)).toEqual([2, 1]);
    expectWhole(site, NAME, file);
  });

  test("that somebody else has uploaded is taken when its MD5 is the file's, however its name is written, and left by destroy", async () => {
    const bytes = makeFile(CHUNK, "small");
    await wholeIso(site.lab, session, "CloudTower-4.6.2.OE2003.x86_64", bytes);
    site.writes();
    expect(await site.up(program({ size: CHUNK }))).toMatch(/stands on HCI-01 already, with the file's MD5/);
    expect(site.writes()).toEqual([]);
    expect(site.engine.state[0]).toMatchObject({ outputs: { taken: true, uuid: imagesOf(site)[0]?.uuid } });
    await site.up(program({ size: CHUNK }), true);
    site.engine.state = [];
    await site.up(program({ size: CHUNK }));
    expect(site.engine.state[0]).toMatchObject({ outputs: { taken: true } });
    const { errors, logs } = await site.engine.destroy();
    expect(errors).toEqual([]);
    expect(logs.map(({ text }) => text).join()).toMatch(/stays on HCI-01: it was not uploaded by this stack/);
    expect(imagesOf(site)).toHaveLength(1);
    expect(site.writes()).toEqual([]);
    // What is left is known still: it is not looked into again whether its bytes are the file's.
    expect(await site.up(program({ size: CHUNK }))).not.toMatch(/MD5/);
    expect(site.engine.state[0]).toMatchObject({ outputs: { taken: true } });
  });

  test("of the same name and size with another MD5 is refused, and both are named", async () => {
    makeFile(CHUNK, "ours");
    await wholeIso(site.lab, session, NAME, Buffer.alloc(CHUNK, "theirs"));
    site.writes();
    const { errors } = await site.engine.up(program({ size: CHUNK }));
    expect(errors.join()).toMatch(
      /IsoImage\/cloudtower-4.*of that name and size stands on HCI-01.*MD5 is [0-9a-f]{32}, the file's [0-9a-f]{32}/,
    );
    expect(site.writes()).toEqual([]);
  });

  test("that somebody else is still uploading is refused; one of another size is none of its business", async () => {
    makeFile();
    await isoVolume(session, NAME, SIZE);
    expect(await site.errorsOf(program())).toMatch(/is not whole \(creating\), and was not begun by this stack/);
    site.lab.site.change(({ cluster }) => {
      for (const image of cluster?.images ?? []) image.size = SIZE + 1;
    });
    await site.up(program());
    expect(imagesOf(site).map(({ size }) => size)).toEqual([SIZE + 1, SIZE]);
  });

  test("taken over and then deleted by hand is uploaded", async () => {
    const bytes = makeFile(CHUNK, "small");
    await wholeIso(site.lab, session, NAME, bytes);
    await site.up(program({ size: CHUNK }));
    deleteImages(site);
    await site.up(program({ size: CHUNK }), true);
    expectWhole(site, NAME, file);
    expect(site.engine.state[0]).toMatchObject({ outputs: { taken: false } });
  });

  test("is found by a run whose state has lost it, and is not taken for somebody else's", async () => {
    makeFile();
    await site.up(program());
    site.engine.state = [];
    site.writes();
    await site.up(program());
    expect(site.writes()).toEqual([]);
    expect(site.engine.state[0]).toMatchObject({ outputs: { taken: false } });
  });

  test("is refused while its file is not whole", async () => {
    expect(await site.errorsOf(program())).toMatch(/cloudtower.*which is to be uploaded, is not there/);
    makeFile(CHUNK);
    expect(await site.errorsOf(program())).toMatch(/has 8388608 bytes now, and had 25178169 when/);
    expect(imagesOf(site)).toEqual([]);
  });
});

describe("where the site gives no MD5, names images with .iso and lists them once they are whole", () => {
  beforeEach(() => begin({ switches: { imageMd5: "null", isoName: "with-iso", isoListed: "finished" } }));

  test("an upload goes on after a kill, and its name is no drift", async () => {
    makeFile();
    await killedAfterOne(site, "uploadImageChunk", program());
    await site.up(program({ name: NAME.replace(/\.iso$/, "") }));
    expect(site.sent("createImageVolume")).toEqual([]);
    expectWhole(site, NAME, file);
    site.writes();
    await site.up(program({ name: NAME.replace(/\.iso$/, "") }), true);
    expect(site.writes()).toEqual([]);
  });

  test("an image of somebody else is taken with a warning, and its file is not needed", async () => {
    await wholeIso(site.lab, session, NAME, Buffer.alloc(CHUNK, "theirs"));
    site.writes();
    expect(await site.up(program({ size: CHUNK }))).toMatch(/gives no MD5 of it.*it is taken as it is/);
    expect(site.writes()).toEqual([]);
  });
});

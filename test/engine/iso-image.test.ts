import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import { isoVolume, labPlan, type Session, standing, wholeIso } from "../../lab/lab.fixture";
import { createProject, type KitProject, STACK } from "../kit/project";
import { createTestEngine, type TestEngine } from "../kit/test-engine";
import { digestsOf, stageFour } from "./stage-four";

const CHUNK = 8_388_608;
const NAME = "cloudtower-4.6.2.oe2003.x86_64.iso";
/** Four chunks, the last one shorter. */
const SIZE = 3 * CHUNK + 12_345;

/** Keys and certificates of a lab: making them anew for each one would cost more than the rest. */
const template = mkdtempSync(join(tmpdir(), "iso-lab-"));
beforeAll(async () => {
  await (await startLab({ plan: labPlan(), dir: template })).stop();
});
afterAll(() => rmSync(template, { recursive: true, force: true }));

let lab: Lab;
let session: Session;
let project: KitProject;
let engine: TestEngine;
let dir: string;

async function begin(options: Partial<LabOptions> = {}): Promise<void> {
  dir = mkdtempSync(join(tmpdir(), "iso-lab-"));
  cpSync(template, dir, { recursive: true, filter: (path) => !path.endsWith("state.json") });
  lab = await startLab({ plan: labPlan(), dir, speed: "instant", ...options });
  session = await standing(lab);
  lab.clearRequests();
  project = createProject();
  mkdirSync(project.memory, { recursive: true });
  mkdirSync(join(project.folder, "media"));
  writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(lab.reach));
  engine = createTestEngine({ main: project.main, env: project.env, settings: { requestTimeout: "1s" } });
}
afterEach(async () => {
  await engine?.close();
  await lab?.stop();
  project?.close();
  rmSync(dir, { recursive: true, force: true });
});

const fileOf = (name = NAME) => join(project.folder, "media", name);

/** Bytes that no two chunks share. */
function makeFile(size = SIZE, seed = "iso", name = NAME): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(size, createHash("sha256").update(seed).digest());
  for (let at = 0; at < size; at += CHUNK) bytes[at] = at / CHUNK;
  writeFileSync(fileOf(name), bytes);
  return bytes;
}

const program = ({ name = NAME, size = SIZE, file = `media/${NAME}` } = {}) =>
  stageFour(lab, { iso: { name, size, file } });
const images = () => lab.site.model.cluster?.images ?? [];
const sent = (operation: string) => lab.requests().filter((request) => request.operation === operation);
const writes = () => lab.requests().filter(({ write }) => write);
const chunksSent = () =>
  sent("uploadImageChunk")
    .map(({ query }) => Number(query["chunk_num"]))
    .sort((a, b) => a - b);

/** One image stands, and every chunk of it is the file's. */
function expectWhole(name = NAME): void {
  const bytes = readFileSync(fileOf());
  expect(images().map((image) => [image.name, image.size])).toEqual([[name, bytes.length]]);
  expect(Object.values(images()[0]?.chunks ?? {})).toEqual(digestsOf(bytes));
}

async function up(specs = program(), refresh = false): Promise<string> {
  const { errors, logs } = await engine.up(specs, { refresh });
  expect(errors).toEqual([]);
  return logs.map(({ text }) => text).join("\n");
}

/** Up until this many chunks have come and no more are answered; then the provider is killed. */
async function killedAfter(chunks: number): Promise<void> {
  await lab.setFaults([{ operation: "uploadImageChunk", skip: chunks, hang: "before-commit" }]);
  const run = engine.up(program());
  await vi.waitUntil(() => sent("uploadImageChunk").length > chunks, { interval: 5, timeout: 20_000 });
  await engine.kill();
  expect((await run).ok).toBe(false);
  await lab.setFaults([]);
  lab.clearRequests();
}

describe("an ISO image", () => {
  beforeEach(() => begin());

  test("is uploaded byte by byte, told on its row, kept by a second run, and deleted by destroy", async () => {
    makeFile();
    expect(await up()).toMatch(/uploading cloudtower-4\.6\.2.* to HCI-01: 24 MiB of 24 MiB, /);
    expectWhole();
    expect(chunksSent()).toEqual([0, 1, 2, 3]);
    expect(sent("createImageVolume")[0]?.query).toEqual({
      name: NAME,
      size: String(SIZE),
      description: "",
      device: "nfs",
      task_id: "2",
    });
    const { images: listed } = await session.data<{ images: { path: string; md5: string }[] }>("GET", "/images");
    expect(engine.state[0]).toMatchObject({
      outputs: { uuid: images()[0]?.uuid, path: listed[0]?.path, listed: true, taken: false },
    });
    lab.clearRequests();
    await up(program(), true);
    expect(writes()).toEqual([]);
    expect((await engine.destroy()).errors).toEqual([]);
    expect(images()).toEqual([]);
  });

  test("goes on after a kill with the chunks that are missing, on the same volume", async () => {
    makeFile();
    await killedAfter(1);
    const missing = [0, 1, 2, 3].filter((number) => !images()[0]?.chunks[number]);
    expect(missing).toHaveLength(3);
    expect(await up()).toMatch(/goes on where it was/);
    expect(chunksSent()).toEqual(missing);
    expect(sent("createImageVolume")).toEqual([]);
    expectWhole();
  });

  test("begins anew after a kill when the file has become another one of the same size", async () => {
    makeFile();
    await killedAfter(1);
    makeFile(SIZE, "another");
    utimesSync(fileOf(), new Date(), new Date("2026-01-01"));
    expect(await up()).toMatch(/cannot go on: the file was another one when it was begun.*made anew/);
    expectWhole();
  });

  test("is deleted and uploaded once more when a chunk fails three times", async () => {
    makeFile();
    await lab.setFaults([
      { operation: "uploadImageChunk", skip: 3, count: 3, answer: { status: 200, body: { ec: "EIO", error: {} } } },
    ]);
    expect(await up()).toMatch(/chunk \d of 0 to 3 failed 3 times.*refused with EIO.*made anew/);
    expect([sent("createImageVolume"), sent("deleteImage")].map(({ length }) => length)).toEqual([2, 1]);
    expectWhole();
  });

  test("stands once when the answer to its volume is lost", async () => {
    makeFile();
    await lab.setFaults([{ operation: "createImageVolume", drop: "after-commit", count: 1 }]);
    await up();
    expectWhole();
  });

  test("whose bytes have not arrived as they left is removed and uploaded once more", async () => {
    makeFile();
    await lab.setFaults([{ operation: "uploadImageChunk", chunkSpoilt: true, count: 1 }]);
    expect(await up()).toMatch(/has not arrived whole on HCI-01: its MD5 is [0-9a-f]{32} there, the file's.*made anew/);
    expect([sent("createImageVolume"), sent("deleteImage")].map(({ length }) => length)).toEqual([2, 1]);
    expectWhole();
  });

  test("that somebody else has uploaded is taken when its MD5 is the file's, however its name is written, and left by destroy", async () => {
    const bytes = makeFile(CHUNK, "small");
    await wholeIso(lab, session, "CloudTower-4.6.2.OE2003.x86_64", bytes);
    lab.clearRequests();
    expect(await up(program({ size: CHUNK }))).toMatch(/stands on HCI-01 already, with the file's MD5/);
    expect(writes()).toEqual([]);
    expect(engine.state[0]).toMatchObject({ outputs: { taken: true, uuid: images()[0]?.uuid } });
    await up(program({ size: CHUNK }), true);
    engine.state = [];
    await up(program({ size: CHUNK }));
    expect(engine.state[0]).toMatchObject({ outputs: { taken: true } });
    const { errors, logs } = await engine.destroy();
    expect(errors).toEqual([]);
    expect(logs.map(({ text }) => text).join()).toMatch(/stays on HCI-01: it was not uploaded by this stack/);
    expect(images()).toHaveLength(1);
    expect(writes()).toEqual([]);
  });

  test("of the same name and size with another MD5 is refused, and both are named", async () => {
    makeFile(CHUNK, "ours");
    await wholeIso(lab, session, NAME, Buffer.alloc(CHUNK, "theirs"));
    lab.clearRequests();
    const { errors } = await engine.up(program({ size: CHUNK }));
    expect(errors.join()).toMatch(
      /IsoImage\/cloudtower-4.*of that name and size stands on HCI-01.*MD5 is [0-9a-f]{32}, the file's [0-9a-f]{32}/,
    );
    expect(writes()).toEqual([]);
  });

  test("that somebody else is still uploading is refused; one of another size is none of its business", async () => {
    makeFile();
    await isoVolume(session, NAME, SIZE);
    expect((await engine.up(program())).errors.join()).toMatch(
      /is not whole \(creating\), and was not begun by this stack/,
    );
    lab.site.change(({ cluster }) => {
      for (const image of cluster?.images ?? []) image.size = SIZE + 1;
    });
    await up();
    expect(images().map(({ size }) => size)).toEqual([SIZE + 1, SIZE]);
  });

  test("taken over and then deleted by hand is uploaded", async () => {
    const bytes = makeFile(CHUNK, "small");
    await wholeIso(lab, session, NAME, bytes);
    await up(program({ size: CHUNK }));
    lab.site.change(({ cluster }) => {
      if (cluster) cluster.images = [];
    });
    await up(program({ size: CHUNK }), true);
    expectWhole();
    expect(engine.state[0]).toMatchObject({ outputs: { taken: false } });
  });

  test("is found by a run whose state has lost it, and is not taken for somebody else's", async () => {
    makeFile();
    await up();
    engine.state = [];
    lab.clearRequests();
    await up();
    expect(writes()).toEqual([]);
    expect(engine.state[0]).toMatchObject({ outputs: { taken: false } });
  });

  test("is refused while its file is not whole", async () => {
    expect((await engine.up(program())).errors.join()).toMatch(/cloudtower.*which is to be uploaded, is not there/);
    makeFile(CHUNK);
    expect((await engine.up(program())).errors.join()).toMatch(/has 8388608 bytes now, and had 25178169 when/);
    expect(images()).toEqual([]);
  });
});

describe("where the site gives no MD5, names images with .iso and lists them once they are whole", () => {
  beforeEach(() => begin({ switches: { imageMd5: "null", isoName: "with-iso", isoListed: "finished" } }));

  test("an upload goes on after a kill, and its name is no drift", async () => {
    makeFile();
    await killedAfter(1);
    await up(program({ name: NAME.replace(/\.iso$/, "") }));
    expect(sent("createImageVolume")).toEqual([]);
    expectWhole();
    lab.clearRequests();
    await up(program({ name: NAME.replace(/\.iso$/, "") }), true);
    expect(writes()).toEqual([]);
  });

  test("an image of somebody else is taken with a warning, and its file is not needed", async () => {
    await wholeIso(lab, session, NAME, Buffer.alloc(CHUNK, "theirs"));
    lab.clearRequests();
    expect(await up(program({ size: CHUNK }))).toMatch(/gives no MD5 of it.*it is taken as it is/);
    expect(writes()).toEqual([]);
  });
});

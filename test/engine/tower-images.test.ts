import { createHash } from "node:crypto";
import { utimesSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabOptions } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";
import { fileOf, imagesOf } from "./image-site";
import type { LabSite } from "./lab-site";
import { connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const NAME = "linux.iso";
const CHUNK = 4 * 1024 * 1024;
/** Three chunks, the last one shorter. */
const SIZE = 2 * CHUNK + 1_000;
const without = connectedTower();

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
let file: Buffer<ArrayBuffer>;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Lays a file of which no two chunks are the same. */
function layFile(size = SIZE, seed = 1): void {
  file = Buffer.alloc(size, seed);
  for (let at = 0; at < size; at += CHUNK) file[at] = 100 + at / CHUNK;
  site.layMedia(NAME, file);
}

/** The connected cluster, and the image. */
function image(args: Record<string, unknown> = {}): ResourceSpec[] {
  const own = {
    connection,
    cluster: { $ref: "cluster.clusterId" },
    name: NAME,
    size: file.length,
    file: `media/${NAME}`,
    ...args,
  };
  return [...without, { type: "cloudtower:ElfImage", name: "image", args: own, options: { dependsOn: ["cluster"] } }];
}

/** A connected cluster, and the file. */
async function begin(
  version?: (typeof TOWER_VERSIONS)[number],
  options?: Partial<LabOptions>,
  settings?: Record<string, string>,
): Promise<void> {
  site = await beginSite(version, options, settings);
  await site.up(without);
  layFile();
  site.writes();
}
const uploads = () => site.lab.site.model.cloudtower?.uploads ?? [];
const chunksSent = () => site.sent("uploadElfImage").length;

/** One image stands, and every chunk of it is the file's. */
function expectWhole(name = NAME): void {
  const images = imagesOf(site);
  expect(images.map((each) => [each.name, each.size])).toEqual([[name, file.length]]);
  const { chunks = {}, chunkSize = CHUNK } = images[0] ?? {};
  const wanted = Array.from({ length: Math.ceil(file.length / chunkSize) }, (_, at) =>
    sha256(file.subarray(at * chunkSize, (at + 1) * chunkSize)),
  );
  expect(Object.values(chunks).map((chunk) => chunk.sha256)).toEqual(wanted);
}

/** Somebody has uploaded an image of the file's name and size. */
function addTheirs(more: { description?: string; size?: number } = {}): void {
  site.lab.site.change(({ cluster }) => {
    const chunks = { 0: { size: 1, sha256: "" } };
    const size = file.length;
    const own = { kind: "iso", uuid: "theirs", volume: "v", lun: 9, name: NAME, description: "", md5: null } as const;
    cluster?.images.push({ ...own, size, chunkSize: 2 ** 30, chunks, createdAt: 0, ...more });
  });
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s gets an image in order, one chunk at a time, which is changed in place and deleted",
  async (version) => {
    await begin(version);
    expect(await site.up(image({ sha256: sha256(file).toUpperCase() }))).toMatch(
      /uploading linux\.iso to TOWER: 8\.0 MiB of 8\.0 MiB/,
    );
    expectWhole();
    expect(chunksSent()).toBe(3);
    expect(imagesOf(site)[0]?.description).toMatch(/^\[sitewright:[^\]]*\/image\]$/);
    const { localId, taken } = site.outputsOf("image");
    expect([localId, taken]).toEqual([imagesOf(site)[0]?.uuid, false]);
    site.writes();
    await site.up(image({ sha256: sha256(file) }), true);
    expect(site.writes()).toEqual([]);

    await site.up(image({ sha256: sha256(file), name: "linux-9.iso", description: "of web servers" }));
    expect(site.writes()).toEqual(["updateElfImage"]);
    expect(imagesOf(site)[0]?.description).toMatch(/^of web servers \[sitewright:/);
    expectWhole("linux-9.iso");
    site.lab.site.change(({ cluster }) => {
      for (const each of cluster?.images ?? []) each.name = "by hand";
    });
    await site.engine.refresh();
    await site.up(image({ sha256: sha256(file), name: "linux-9.iso", description: "of web servers" }));
    expect(site.writes()).toEqual(["updateElfImage"]);
    await site.up(without);
    expect([site.writes(), imagesOf(site)]).toEqual([["deleteElfImage"], []]);
  },
);

test.each([
  { currentChunk: "taken" },
  { uploadArgs: "empty" },
  { towerChunkSize: 8_388_608 },
  { sameElfImage: "refused" },
] as const)("an image is whole however CloudTower counts and answers: %o", async (switches) => {
  await begin("4.6.0", { switches });
  await site.up(image());
  expectWhole();
  // Of the larger ones there are two, and before them one that was too small.
  expect(chunksSent()).toBe(3);
  expect(uploads().filter(({ status }) => status === "UPLOADING")).toEqual([]);
});

test("a lost answer to any chunk is no second one where it has come, and one where it has not", async () => {
  for (const drop of ["after-commit", "before-commit"] as const) {
    await begin();
    await site.engine.kill();
    await site.lab.setFaults([{ operation: "uploadElfImage", skip: 1, drop, count: 1 }]);
    await site.up(image());
    expectWhole();
    expect([drop, chunksSent()]).toEqual([drop, drop === "after-commit" ? 3 : 4]);
    await site.up(without);
  }
});

test("a lost answer to the first chunk is looked for by the mark, and the upload begins anew", async () => {
  await begin();
  await site.engine.kill();
  await site.lab.setFaults([{ operation: "uploadElfImage", drop: "after-commit", count: 1 }]);
  await site.up(image());
  expectWhole();
  expect(uploads().map(({ status }) => status)).toEqual(["FAILED", "SUCCESSED"]);
});

/** Up until a chunk hangs; then the provider is killed. */
async function killedAtChunk(number: number): Promise<void> {
  await site.lab.setFaults([{ operation: "uploadElfImage", skip: number, hang: "before-commit" }]);
  const run = site.engine.up(image());
  await vi.waitUntil(() => chunksSent() === number + 1, { interval: 5, timeout: 20_000 });
  await site.engine.kill();
  expect((await run).ok).toBe(false);
  await site.lab.setFaults([]);
  site.writes();
}

/** A run that follows a kill waits, so many request time-outs long, for a chunk that may still come. */
const beginKilled = () => begin("4.6.0", {}, { requestTimeout: "400ms" });

test("an upload goes on after a kill where it was", async () => {
  await beginKilled();
  await killedAtChunk(2);
  expect(await site.up(image())).toMatch(/the upload of linux\.iso goes on where it was/);
  expect(chunksSent()).toBe(1);
  expectWhole();
});

test("an upload begins anew after a kill when the file has become another one, or CloudTower has ended it", async () => {
  await beginKilled();
  await killedAtChunk(1);
  layFile(SIZE, 2);
  utimesSync(fileOf(site, NAME), new Date(), new Date("2026-01-01"));
  expect(await site.up(image())).toMatch(/cannot go on: the file was another one when it was begun.*made anew/);
  expectWhole();
  await site.up(without);
  site.writes();

  await killedAtChunk(1);
  site.lab.cloudtower.change(({ uploads: all = [] }) => {
    for (const each of all) each.status = "FAILED";
  });
  expect(await site.up(image())).toMatch(/cannot go on: TOWER says that it has failed.*made anew/);
  expectWhole();
});

test("a chunk that is refused has the upload begin anew once, and one that is dropped ends it", async () => {
  await begin();
  await site.lab.setFaults([
    {
      operation: "uploadElfImage",
      skip: 1,
      count: 1,
      answer: { status: 400, body: { message: "disk full", status: 400 } },
    },
  ]);
  expect(await site.up(image())).toMatch(/chunk 1 of 0 to 2 failed: .*disk full.*made anew/);
  expectWhole();
  await site.up(without);
  site.writes();

  await site.lab.setFaults([{ operation: "getUploadTasks", answer: { status: 403, body: {} } }]);
  await site.errorsOf(image());
  expect(uploads().at(-1)).toMatchObject({ status: "UPLOADING", chunks: [{}] });
  await site.lab.setFaults([]);
  await site.up(without);
  expect(uploads().every(({ status }) => status !== "UPLOADING")).toBe(true);
  expect(imagesOf(site)).toEqual([]);
});

test("a file that is not the planned one is refused before anything is sent", async () => {
  await begin();
  expect(await site.errorsOf(image({ sha256: "0".repeat(64) }))).toMatch(
    /media\/linux\.iso has the SHA-256 [0-9a-f]{64}, planned is 0{64}/,
  );
  expect(await site.errorsOf(image({ size: SIZE + 1 }))).toMatch(/has 8389608 bytes now, and had 8389609/);
  expect(site.writes()).toEqual([]);
});

test("an image of that name and size is taken as it is, and left when the resource goes", async () => {
  await begin();
  addTheirs({ description: "theirs" });
  expect(await site.up(image())).toMatch(/stands on TOWER already, with the file's size; CloudTower tells nothing/);
  await site.up(image(), true);
  expect(site.outputsOf("image")).toMatchObject({ taken: true, localId: "theirs" });
  expect(await site.errorsOf(image({ name: "other.iso" }))).toMatch(
    /was uploaded by somebody else, and is not renamed/,
  );
  expect(await site.up(without)).toMatch(/linux\.iso stays on TOWER: it was not uploaded by this stack/);
  await site.up(image());
  expect(site.writes()).toEqual([]);
  expect(imagesOf(site)).toMatchObject([{ description: "theirs" }]);
});

test("an image of another stack is refused, one of another size is another one, and our own is known by its mark", async () => {
  await begin();
  addTheirs({ description: "[sitewright:another/stack/image]" });
  expect(await site.errorsOf(image())).toMatch(/ElfImage\/linux\.iso stands already on TOWER/);
  site.lab.site.change(({ cluster }) => {
    for (const each of cluster?.images ?? []) Object.assign(each, { size: 7, chunkSize: 7 });
  });
  site.writes();
  await site.up(image());
  expect(imagesOf(site)).toHaveLength(2);
  await site.forget();
  site.writes();
  site.engine.settings = { ...site.engine.settings, adopt: "all" };
  await site.up(image());
  expect(site.sent("uploadElfImage")).toEqual([]);
});

test("an image that a machine has in its drive is not deleted, and says why", async () => {
  await begin();
  await site.up(image());
  const path = site.outputsOf("image")["path"] as string;
  site.lab.site.change(({ cluster }) => {
    cluster?.vms.push({
      name: "web-01",
      uuid: "vm",
      cdroms: [{ path, disabled: false }],
      disks: [],
      nics: [],
    } as never);
  });
  const { errors } = await site.engine.up(without);
  expect(errors.join()).toMatch(/image linux\.iso is mounted in web-01/);
  expect(imagesOf(site)).toHaveLength(1);
});

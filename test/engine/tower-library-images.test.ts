import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import type { LabOptions } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";
import { imagesOf } from "./image-site";
import type { LabSite } from "./lab-site";
import { connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const CHUNK = 4 * 1024 * 1024;
const without = connectedTower();
const cluster = { $ref: "cluster.clusterId" };
const URL = "http://10.0.0.9/media/debian.iso";

const beginSite = towerSites("4.6.0");
let site: LabSite;
/** Two chunks. */
const file = Buffer.concat([Buffer.alloc(CHUNK, 1), Buffer.alloc(1_000, 2)]);
const fromFile = { size: file.length, file: "media/debian.iso" };

function one(kind: string, args: Record<string, unknown>): ResourceSpec[] {
  const own = { connection, name: "debian.iso", ...args };
  return [...without, { type: `cloudtower:${kind}`, name: "image", args: own, options: { dependsOn: ["cluster"] } }];
}
const image = (args: Record<string, unknown> = {}) =>
  one("ContentLibraryImage", { clusters: [cluster], ...("url" in args ? {} : fromFile), ...args });
const tools = (args: Record<string, unknown> = {}) => one("SvtImage", { cluster, ...fromFile, ...args });

async function begin(options?: Partial<LabOptions>, settings?: Record<string, string>): Promise<void> {
  site = await beginSite("4.6.0", options, settings);
  await site.up(without);
  site.layMedia("debian.iso", file);
  site.writes();
}
const library = () => site.lab.site.model.cloudtower?.libraryImages ?? [];
const uploads = () => site.lab.site.model.cloudtower?.uploads ?? [];

function expectWhole(): void {
  const wanted = [file.subarray(0, CHUNK), file.subarray(CHUNK)].map((bytes) =>
    createHash("sha256").update(bytes).digest("hex"),
  );
  expect(imagesOf(site).map(({ chunks }) => Object.values(chunks).map(({ sha256 }) => sha256))).toEqual([wanted]);
}

/** CloudTower has another cluster, of the same hosts. */
function addCluster(): void {
  site.lab.cloudtower.change(({ clusters }) => {
    clusters.push({ ...structuredClone(clusters[0] as (typeof clusters)[number]), id: "c-other" });
  });
}

test("the library gets an image, which is changed in place, put back, given to clusters, and deleted", async () => {
  await begin();
  await site.up(image());
  expectWhole();
  expect(library()).toMatchObject([{ name: "debian.iso", description: expect.stringMatching(/^\[sitewright:/) }]);
  site.writes();
  await site.up(image(), true);
  expect(site.writes()).toEqual([]);

  addCluster();
  const changed = image({ name: "debian-13.iso", description: "Debian", clusters: [cluster, "c-other"] });
  await site.up(changed);
  expect(site.writes()).toEqual(["updateContentLibraryImage", "distributeContentLibraryImageClusters"]);
  expect(Object.keys(library()[0]?.images ?? {})).toHaveLength(2);
  site.lab.cloudtower.change(({ libraryImages = [] }) => {
    for (const each of libraryImages) each.description = "by hand";
  });
  await site.engine.refresh();
  await site.up(changed);
  expect(site.writes()).toEqual(["updateContentLibraryImage"]);
  await site.up(image({ name: "debian-13.iso", description: "Debian" }));
  expect(site.writes()).toEqual(["removeContentLibraryImageClusters"]);
  expectWhole();
  await site.up(without);
  expect([site.writes(), library(), imagesOf(site)]).toEqual([["deleteContentLibraryImage"], [], []]);
});

test("an image comes into all of its clusters where an upload takes one alone", async () => {
  await begin({ switches: { libraryUploadClusters: "id" } });
  addCluster();
  await site.up(image({ clusters: [cluster, "c-other"] }));
  expect(Object.keys(library()[0]?.images ?? {})).toHaveLength(2);
  expect(uploads().map(({ status }) => status)).toEqual(["SUCCESSED"]);
});

test("an upload to the library goes on after a kill where it was", async () => {
  await begin({}, { requestTimeout: "400ms" });
  const operation = "uploadContentLibraryImage";
  await site.lab.setFaults([{ operation, skip: 1, hang: "before-commit" }]);
  const run = site.engine.up(image());
  await vi.waitUntil(() => site.sent(operation).length === 2, { interval: 5, timeout: 20_000 });
  await site.engine.kill();
  expect((await run).ok).toBe(false);
  await site.lab.setFaults([]);
  site.writes();
  await site.up(image());
  expect(site.sent(operation)).toHaveLength(1);
  expectWhole();
});

test("an upload that was begun anew, and of which nobody was told, is ended", async () => {
  await begin({ switches: { towerChunkSize: 8_388_608 } });
  site.layMedia("debian.iso", Buffer.alloc(9_000_000));
  await site.lab.setFaults([{ operation: "uploadContentLibraryImage", skip: 1, hang: "after-commit" }]);
  const run = site.engine.up(image({ size: 9_000_000 }));
  await vi.waitUntil(() => uploads().length === 2, { interval: 5, timeout: 20_000 });
  await site.engine.kill();
  await run;
  await site.lab.setFaults([]);
  await site.up(image({ size: 9_000_000 }));
  expect(uploads().filter(({ status }) => status === "UPLOADING")).toEqual([]);
  expect(library()).toHaveLength(1);
});

test("a half-made upload of an image that sites share is ended when the plan drops it", async () => {
  await begin();
  await site.lab.setFaults([{ operation: "getUploadTasks", answer: { status: 403, body: {} } }]);
  await site.errorsOf(image({ shared: true }));
  expect(uploads().at(-1)).toMatchObject({ status: "UPLOADING" });
  await site.lab.setFaults([]);
  await site.up(without);
  expect(uploads().every(({ status }) => status !== "UPLOADING")).toBe(true);
  expect(library()).toEqual([]);
});

test.each(["told", "empty"] as const)(
  "CloudTower fetches an image once, whether an upload is %s",
  async (uploadArgs) => {
    await begin({ switches: { uploadArgs } });
    await site.engine.kill();
    await site.lab.setFaults([{ operation: "importContentLibraryImage", drop: "after-commit", count: 1 }]);
    await site.up(image({ url: URL }));
    expect(site.sent("importContentLibraryImage")).toHaveLength(1);
    expect(library()).toHaveLength(1);
    expect(site.outputsOf("image")).toMatchObject({ taken: false });
    await site.up(image({ url: URL }), true);
    await site.up(without);
    expect([library(), imagesOf(site)]).toEqual([[], []]);
  },
);

test("what cannot be fetched is tried once more, and what is no source is refused at preview", async () => {
  await begin();
  await site.lab.setFaults([{ operation: "importContentLibraryImage", task: "fails", count: 1 }]);
  expect(await site.up(image({ url: URL }))).toMatch(/the upload of debian\.iso has failed.*made anew/);
  expect(library()).toHaveLength(1);
  for (const [args, said] of [
    [{ url: URL, file: "media/debian.iso" }, /either file or url/],
    [{ url: "http://root:secret@10.0.0.9/debian.iso" }, /name and password do not belong in it/],
    [{ url: URL, size: 1 }, /neither size nor sha256/],
  ] as const)
    expect((await site.engine.preview(image(args))).errors.join()).toMatch(said);
  const unsized = one("ContentLibraryImage", { clusters: [cluster], file: fromFile.file });
  expect((await site.engine.preview(unsized)).errors.join()).toMatch(
    /of a file that is uploaded the plan has the size/,
  );
});

test("an image of the library that stands is taken, keeps its clusters, and is left", async () => {
  await begin();
  addCluster();
  site.lab.site.change(({ cluster: standing, cloudtower }) => {
    const of = { name: "debian.iso", description: "theirs", size: file.length, createdAt: 0 };
    const chunks = { 0: { size: file.length, sha256: "" } };
    const iso = { ...of, kind: "iso", uuid: "theirs", volume: "v", lun: 9, md5: null, chunkSize: 2 ** 30 } as const;
    standing?.images.push({ ...iso, chunks });
    if (cloudtower) cloudtower.libraryImages = [{ ...of, id: "c-theirs", images: { "c-other": "theirs" } }];
  });
  expect(await site.up(image())).toMatch(/stands on TOWER already, with the file's size/);
  expect(site.writes()).toEqual(["distributeContentLibraryImageClusters"]);
  await site.up(image(), true);
  expect(await site.up(without)).toMatch(/debian\.iso stays on TOWER: it was not uploaded by this stack/);
  expect(library()).toMatchObject([{ description: "theirs", images: { "c-other": expect.any(String) } }]);

  await site.up(image({ shared: true }));
  expect(await site.up(without)).toMatch(/debian\.iso stays on TOWER: it is shared with other sites/);
  expect(site.writes()).toEqual([]);
});

test("a cluster gets an image of the tools, which nothing deletes; another file is another one", async () => {
  await begin();
  await site.up(tools({ version: 7 }));
  expectWhole();
  expect(imagesOf(site)).toMatchObject([{ kind: "tools", version: 7 }]);
  site.writes();
  await site.up(tools({ version: 7 }), true);
  expect(site.writes()).toEqual([]);
  expect(await site.up(without)).toMatch(/debian\.iso stays on TOWER: CloudTower has no call that deletes it/);
  await site.up(tools({ version: 7 }));
  expect(site.writes()).toEqual([]);

  site.layMedia("debian.iso", Buffer.alloc(7));
  expect(await site.up(tools({ version: 7, size: 7 }))).toMatch(/debian\.iso stays on TOWER/);
  expect(imagesOf(site).map(({ size }) => size)).toEqual([file.length, 7]);
});

test("a lost answer to a chunk of the tools' image is no second one, and to the first one begins anew", async () => {
  await begin();
  await site.engine.kill();
  await site.lab.setFaults([{ operation: "uploadSvtImage", skip: 1, drop: "after-commit", count: 1 }]);
  await site.up(tools());
  expectWhole();

  // No mark tells whose an upload of the tools is that nobody was told of.
  await begin();
  await site.engine.kill();
  await site.lab.setFaults([{ operation: "uploadSvtImage", drop: "after-commit", count: 1 }]);
  expect(await site.errorsOf(tools())).toMatch(/the connection was reset before an answer came/);
  await site.up(tools());
  expectWhole();
  expect(uploads().map(({ status }) => status)).toEqual(["UPLOADING", "SUCCESSED"]);
});

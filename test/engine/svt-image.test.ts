import { utimesSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import type { FaultRule } from "../../lab/faults";
import { labPlan } from "../../lab/lab.fixture";
import type { ResourceSpec } from "../kit/program";
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

const OLD = "SMTX_VMTOOLS-3.2.0-2501210639.iso";
const NEW = "SMTX_VMTOOLS-3.2.1-2503010101.iso";
/** Six chunks, the last one shorter. */
const SIZE = 5 * CHUNK + 12_345;

const beginSite = labSites(() => clusterTemplate());
let site: LabSite;
const begin = async (...of: Parameters<BeginSite>) => {
  site = await beginSite(...of);
};

/** What was laid last to be uploaded. */
let file: Buffer<ArrayBuffer>;
function makeFile(name = OLD, size = SIZE, seed = name): void {
  file = imageBytes(size, seed);
  site.layMedia(name, file);
}

function program({ name = OLD, size = SIZE, password = "Canary-Root-1" } = {}): ResourceSpec[] {
  const plan = labPlan();
  const addresses = plan.hosts.map(({ management }) => management);
  const connection = { name: plan.cluster.name, addresses, username: "root", password };
  return [{ type: "smtxos:SvtImage", name: "svt", args: { connection, name, size, file: `media/${name}` } }];
}

describe("an image of the tools", () => {
  beforeEach(() => begin());

  test("is uploaded byte by byte, told on its row, kept by a second run, and deleted by destroy", async () => {
    makeFile();
    expect(await site.up(program())).toMatch(
      /uploading SMTX_VMTOOLS-3\.2\.0-2501210639\.iso to HCI-01: 40 MiB of 40 MiB, /,
    );
    expectWhole(site, OLD, file);
    expect(chunksSent(site, "uploadSvtChunk")).toEqual([0, 1, 2, 3, 4, 5]);
    const [image] = imagesOf(site);
    expect(site.engine.state[0]).toMatchObject({
      id: `${image?.uuid}/${image?.volume}`,
      outputs: { uuid: image?.uuid, volume: image?.volume, listed: true },
    });
    site.writes();
    await site.up(program(), true);
    expect(site.writes()).toEqual([]);
    expect((await site.engine.destroy()).errors).toEqual([]);
    expect(imagesOf(site)).toEqual([]);
  });

  test("goes on after a kill with the chunks that are missing, on the same volume", async () => {
    makeFile();
    await killedAfterOne(site, "uploadSvtChunk", program());
    const missing = [0, 1, 2, 3, 4, 5].filter((number) => !imagesOf(site)[0]?.chunks[number]);
    expect(missing).toHaveLength(5);
    expect(await site.up(program())).toMatch(/goes on where it was/);
    expect(chunksSent(site, "uploadSvtChunk")).toEqual(missing);
    expect(site.sent("createSvtVolume")).toEqual([]);
    expectWhole(site, OLD, file);
  });

  test("begins anew after a kill when the file has become another one of the same size", async () => {
    makeFile();
    await killedAfterOne(site, "uploadSvtChunk", program());
    makeFile(OLD, SIZE, "another");
    utimesSync(fileOf(site, OLD), new Date(), new Date("2026-01-01"));
    expect(await site.up(program())).toMatch(/cannot go on: the file was another one when it was begun.*made anew/);
    expect(chunksSent(site, "uploadSvtChunk")).toEqual([0, 1, 2, 3, 4, 5]);
    expectWhole(site, OLD, file);
  });

  // Two at a time, so that no chunk can be met three times.
  test.each<[string, FaultRule, FaultRule]>([
    ["a lost chunk and a lost answer, whose chunk comes twice", { chunkLost: true }, { drop: "after-commit" }],
    ["a connection that breaks and half an answer", { drop: "before-commit" }, { halfBody: true }],
    [
      "a session that ends and a chunk that is told to be there and is not",
      { expireSession: true },
      { lostUpdate: true },
    ],
  ])("comes through %s", async (_what, ...rules) => {
    makeFile();
    await site.lab.setFaults(rules.map((rule) => ({ ...rule, operation: "uploadSvtChunk", count: 1 })));
    await site.up(program());
    expect(site.lab.faultsApplied()).toEqual([1, 1]);
    expectWhole(site, OLD, file);
    expect(site.sent("createSvtVolume")).toHaveLength(1);
  });

  test("stands once when the answer to its volume is lost", async () => {
    makeFile();
    await site.lab.setFaults([{ operation: "createSvtVolume", drop: "after-commit", count: 1 }]);
    await site.up(program());
    expectWhole(site, OLD, file);
    site.writes();
    await site.up(program(), true);
    expect(site.writes()).toEqual([]);
  });

  test("is deleted and uploaded once more when a chunk fails three times", async () => {
    makeFile();
    await site.lab.setFaults([
      { operation: "uploadSvtChunk", skip: 5, count: 3, answer: { status: 200, body: { ec: "EIO", error: {} } } },
    ]);
    expect(await site.up(program())).toMatch(/chunk \d of 0 to 5 failed 3 times.*refused with EIO.*made anew/);
    expect([site.sent("createSvtVolume"), site.sent("deleteImage")].map(({ length }) => length)).toEqual([2, 1]);
    expectWhole(site, OLD, file);
  });

  test("leaves nothing behind when it fails the second time too, and a later run makes it", async () => {
    makeFile();
    await site.lab.setFaults([
      { operation: "uploadSvtChunk", answer: { status: 200, body: { ec: "EIO", error: { msg: "disk" } } } },
    ]);
    const { errors } = await site.engine.up(program());
    expect(errors.join()).toMatch(/Unable to upload SMTX.* to HCI-01: chunk \d of 0 to 5 failed 3 times: .*EIO: disk/);
    expect(site.sent("createSvtVolume")).toHaveLength(2);
    expect(imagesOf(site)).toEqual([]);
    expect(site.engine.state).toEqual([]);
    await site.lab.setFaults([]);
    await site.up(program());
    expectWhole(site, OLD, file);
  });

  test("stays half made in the state when it cannot go on, and goes on in the next run", async () => {
    makeFile();
    await site.lab.setFaults([{ operation: "uploadSvtChunk", skip: 1, answer: { status: 403 } }]);
    expect(await site.errorsOf(program())).toMatch(/Unable to send chunk \d of SMTX.*403/);
    expect(site.engine.state).toMatchObject([{ name: "svt", initErrors: [expect.anything()] }]);
    expect(imagesOf(site)).toHaveLength(1);
    await site.engine.kill();
    await site.lab.setFaults([]);
    site.writes();
    await site.up(program());
    expect(site.sent("createSvtVolume")).toEqual([]);
    expect(chunksSent(site, "uploadSvtChunk")).toHaveLength(5);
    expectWhole(site, OLD, file);
  });

  test("is made anew when a half made one has been deleted by hand", async () => {
    makeFile();
    await site.lab.setFaults([{ operation: "uploadSvtChunk", skip: 2, answer: { status: 403 } }]);
    expect((await site.engine.up(program())).ok).toBe(false);
    await site.engine.kill();
    await site.lab.setFaults([]);
    deleteImages(site);
    await site.up(program());
    expectWhole(site, OLD, file);
    site.writes();
    await site.up(program(), true);
    expect(site.writes()).toEqual([]);
    expect((await site.engine.destroy()).errors).toEqual([]);
    expect(imagesOf(site)).toEqual([]);
  });

  test("is refused while its file is not whole, and names the file", async () => {
    const { errors } = await site.engine.up(program());
    expect(errors.join()).toMatch(/media\/SMTX_VMTOOLS-3.2.0-2501210639.iso, which is to be uploaded, is not there/);
    makeFile(OLD, CHUNK);
    expect(await site.errorsOf(program())).toMatch(/has 8388608 bytes now, and had 41955385 when/);
    expect(imagesOf(site)).toEqual([]);
    makeFile();
    await site.up(program());
    expectWhole(site, OLD, file);
  });

  test("of a newer file replaces the older one", async () => {
    makeFile();
    makeFile(NEW, CHUNK + 1);
    await site.up(program());
    const newer = program({ name: NEW, size: CHUNK + 1 });
    expect((await site.engine.preview(newer)).steps).toEqual(["delete-replaced svt", "create svt"]);
    await site.up(newer);
    expectWhole(site, NEW, file);
  });

  test("that was deleted by hand is uploaded again, whether the state still has it or not", async () => {
    makeFile();
    await site.up(program());
    deleteImages(site);
    await site.up(program(), true);
    expectWhole(site, OLD, file);
    deleteImages(site);
    site.engine.state = [];
    await site.up(program());
    expectWhole(site, OLD, file);
  });

  test("is found by a run whose state has lost it, and nothing is sent", async () => {
    makeFile();
    await site.up(program());
    site.engine.state = [];
    site.writes();
    await site.up(program());
    expect(site.writes()).toEqual([]);
    expectWhole(site, OLD, file);
  });

  test("of another maker is refused, taken over as it is when adopted, and refused when it differs", async () => {
    makeFile();
    await site.up(program());
    await site.forget();
    site.writes();
    const { errors } = await site.engine.up(program());
    expect(errors.join()).toMatch(/SvtImage\/SMTX.*stands already on HCI-01 .*pulumi config set adopt SvtImage\/SMTX/);
    site.engine.settings = { ...site.engine.settings, adopt: "all" };
    await site.engine.kill();
    makeFile(OLD, CHUNK);
    expect(await site.errorsOf(program({ size: CHUNK }))).toMatch(/size stands as 41955385, planned is 8388608/);
    makeFile();
    await site.up(program());
    expect(site.writes()).toEqual([]);
    expect(site.engine.state).toMatchObject([{ name: "svt", outputs: { listed: true } }]);
  });

  test("is not touched by another log-in of its connection", async () => {
    makeFile();
    await site.up(program());
    site.lab.smtxos.setRootPassword("Canary-Root-2");
    await site.engine.kill();
    site.writes();
    await site.up(program({ password: "Canary-Root-2" }));
    expect(site.writes()).toEqual([]);
    expect((await site.engine.destroy()).errors).toEqual([]);
    expect(imagesOf(site)).toEqual([]);
  });
});

describe.each(["finished", "never"] as const)("where the list of images shows the tools' %s", (svtListed) => {
  beforeEach(() => begin({ switches: { svtListed } }));

  test("an upload goes on after a kill, and is not done twice when the state has lost it", async () => {
    makeFile();
    await killedAfterOne(site, "uploadSvtChunk", program());
    const told = await site.up(program());
    expect(chunksSent(site, "uploadSvtChunk")).toHaveLength(5);
    expect(site.sent("createSvtVolume")).toEqual([]);
    expectWhole(site, OLD, file);
    expect(/does not show SMTX.*drift of it cannot be seen/.test(told)).toBe(svtListed === "never");
    site.writes();
    await site.up(program(), true);
    site.engine.state = [];
    await site.up(program());
    expect(site.writes()).toEqual([]);
    expect((await site.engine.destroy()).errors).toEqual([]);
    expect(imagesOf(site)).toEqual([]);
  });
});

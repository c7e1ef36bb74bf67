import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Lab, startLab } from "../lab";
import { ask, labPlan, type Session, sendChunk, sessionOf, standing, type Volume, withLab } from "../lab.fixture";

const CHUNK = 8_388_608;
const NAME = "SMTX_VMTOOLS-3.2.0-2501210639.iso";

const create = (session: Session, size: number) =>
  session.data<Volume>("POST", `/svt_image/create_volume?name=${NAME}&size=${size}`);
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const listed = async (session: Session) =>
  (await session.data<{ images: Record<string, unknown>[] }>("GET", "/images")).images;

const send = (lab: Lab, token: string, volume: Volume, number: number, bytes: Buffer<ArrayBuffer>, field?: string) =>
  sendChunk(lab, token, "/svt_image/upload_template", volume, number, bytes, field);

test("an image is uploaded in chunks, in any order, until none is missing; its digests are kept, its bytes are not", async () => {
  await withLab({}, async (lab, dir) => {
    const session = await standing(lab);
    const parts = [Buffer.alloc(CHUNK, 1), Buffer.alloc(CHUNK, 2), Buffer.from("\r\n--the end\r\n")] as const;
    const size = 2 * CHUNK + parts[2].length;
    const volume = await create(session, size);
    expect(volume).toMatchObject({
      chunk_size: CHUNK,
      image_path: `/usr/share/smartx/images/vmtools/${volume.image_uuid}`,
      to_upload: [0, 1, 2],
    });
    const seen: unknown[] = [];
    for (const number of [2, 0, 0, 1] as const)
      seen.push((await send(lab, session.token, volume, number, parts[number])).body.data);
    expect(seen).toEqual([
      { chunk_num: 2, to_upload: [0, 1] },
      { chunk_num: 0, to_upload: [1] },
      { chunk_num: 0, to_upload: [1] },
      { chunk_num: 1, to_upload: [] },
    ]);
    const [image] = lab.site.model.cluster?.images ?? [];
    expect(Object.values(image?.chunks ?? {})).toEqual(
      parts.map((part) => ({ size: part.length, sha256: sha256(part) })),
    );
    expect(await listed(session)).toEqual([
      expect.objectContaining({
        uuid: volume.image_uuid,
        zbs_volume_id: volume.zbs_volume_id,
        name: NAME,
        size,
        path: volume.image_path,
        resource_state: "in-use",
        type: "ISO_IMAGE",
      }),
    ]);
    expect(statSync(join(dir, "state.json")).size).toBeLessThan(100_000);
    const sent = lab.requests().filter(({ operation }) => operation === "uploadSvtChunk");
    expect(sent[0]?.rawBody).toEqual({
      file: { filename: "image.iso", size: parts[2].length, sha256: sha256(parts[2]) },
    });
  });
});

test("the sample's volume of 317816832 bytes has chunks 0 to 37", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    expect((await create(session, 317_816_832)).to_upload).toEqual([...Array(38).keys()]);
  });
});

test("what is missing outlives a restart, and the upload goes on", async () => {
  await withLab({}, async (first, dir) => {
    const session = await standing(first);
    const last = Buffer.from("end");
    const volume = await create(session, CHUNK + last.length);
    await send(first, session.token, volume, 1, last);
    await first.stop();
    const second = await startLab({ plan: labPlan(), dir, speed: "instant" });
    try {
      const again = sessionOf(second, session.token);
      expect(await listed(again)).toMatchObject([{ resource_state: "creating" }]);
      const reply = await send(second, session.token, volume, 1, last);
      expect(reply.body.data).toEqual({ chunk_num: 1, to_upload: [0] });
    } finally {
      await second.stop();
    }
  });
});

test("a chunk that is lost is named again; one whose answer is lost counts", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const bytes = Buffer.from("all");
    const volume = await create(session, bytes.length);
    const again = async () => (await send(lab, session.token, volume, 0, bytes)).body.data?.["to_upload"];
    await lab.setFaults([{ operation: "uploadSvtChunk", chunkLost: true, count: 1 }]);
    expect(await again()).toEqual([0]);
    await lab.setFaults([{ operation: "uploadSvtChunk", lostUpdate: true, count: 1 }]);
    // Told to be there, and it is not.
    expect(await again()).toEqual([]);
    expect(await listed(session)).toMatchObject([{ resource_state: "creating" }]);
    await lab.setFaults([{ operation: "uploadSvtChunk", drop: "after-commit", count: 1 }]);
    await expect(again()).rejects.toThrow(/ECONNRESET|hang up/);
    expect(await listed(session)).toMatchObject([{ resource_state: "in-use" }]);
  });
});

test("a chunk that comes again replaces the one before", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const volume = await create(session, 3);
    await send(lab, session.token, volume, 0, Buffer.from("one"));
    await send(lab, session.token, volume, 0, Buffer.from("two"));
    expect(lab.site.model.cluster?.images[0]?.chunks[0]?.sha256).toBe(sha256(Buffer.from("two")));
  });
});

test("chunks that do not fit are refused and nothing is kept", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const volume = await create(session, 3);
    const three = Buffer.from("one");
    const stranger = { ...volume, zbs_volume_id: "none" };
    const replies = [
      await send(lab, session.token, volume, 1, three),
      await send(lab, session.token, volume, 0, Buffer.from("too long")),
      await send(lab, session.token, volume, 0, three, "data"),
      await send(lab, session.token, stranger, 0, three),
      await session.call("POST", "/svt_image/create_volume?name=x"),
      await session.call("POST", "/svt_image/create_volume?size=1"),
      await session.call("POST", "/svt_image/create_volume?name=x&size=0"),
    ];
    expect(replies.map(({ status, body }) => [status, body.ec])).toEqual([
      [200, "EINVAL"],
      [200, "EINVAL"],
      [200, "EINVAL"],
      [200, "ENOTFOUND"],
      [200, "EINVAL"],
      [200, "EINVAL"],
      [200, "EINVAL"],
    ]);
    expect(lab.site.model.cluster?.images).toHaveLength(1);
    expect(lab.site.model.cluster?.images[0]?.chunks).toEqual({});
  });
});

test("a form that ends in the middle is refused", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const volume = await create(session, 3);
    const query = `zbs_volume_id=${volume.zbs_volume_id}&chunk_num=0&image_uuid=${volume.image_uuid}`;
    const half = Buffer.from('--edge\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\none');
    const headers = { "content-type": "multipart/form-data; boundary=edge" };
    const path = `/api/v2/svt_image/upload_template?${query}`;
    const reply = await ask(lab, "POST", path, { token: session.token, headers, body: half });
    expect(reply.body).toMatchObject({ ec: "EINVAL", error: { msg: expect.stringContaining("multipart/form-data") } });
  });
});

test("an image is deleted, whether whole or not, once", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const { image_uuid } = await create(session, 3);
    await session.data("DELETE", `/images/${image_uuid}`);
    expect(await listed(session)).toEqual([]);
    expect((await session.call("DELETE", `/images/${image_uuid}`)).body.ec).toBe("ENOTFOUND");
  });
});

test.each([
  ["always", 1, 1],
  ["finished", 0, 1],
  ["never", 0, 0],
] as const)("with svtListed %s an unfinished image is listed %i times, a finished one %i", async (...row) => {
  const [svtListed, before, after] = row;
  await withLab({ switches: { svtListed } }, async (lab) => {
    const session = await standing(lab);
    const volume = await create(session, 3);
    expect(await listed(session)).toHaveLength(before);
    await send(lab, session.token, volume, 0, Buffer.from("one"));
    expect(await listed(session)).toHaveLength(after);
  });
});

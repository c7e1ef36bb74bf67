import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { startLab } from "../lab";
import { isoVolume, labPlan, type Session, sendChunk, sessionOf, standing, wholeIso, withLab } from "../lab.fixture";

const CHUNK = 8_388_608;
const NAME = "cloudtower-v4.6.2.oe2003.x86_64";
const UPLOAD = "/images/upload";

const md5 = (bytes: Buffer) => createHash("md5").update(bytes).digest("hex");
const listed = async (session: Session) =>
  (await session.data<{ images: Record<string, unknown>[] }>("GET", "/images")).images;

test("an ISO image is uploaded in chunks in any order, and listed with its MD5 once it is whole", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const parts = [Buffer.alloc(CHUNK, 1), Buffer.alloc(CHUNK, 2), Buffer.from("the end")] as const;
    const volume = await isoVolume(session, NAME, 2 * CHUNK + parts[2].length);
    expect(volume).toMatchObject({ chunk_size: CHUNK, to_upload: [0, 1, 2] });
    expect(volume.image_path).toMatch(
      /^iscsi:\/\/iqn\.2016-02\.com\.smartx:system:zbs-iscsi-datastore-[0-9a-f-]{36}\/\d+$/,
    );
    expect(await listed(session)).toMatchObject([{ resource_state: "creating", md5: null }]);
    const seen: unknown[] = [];
    for (const number of [2, 0, 0, 1] as const)
      seen.push((await sendChunk(lab, session.token, UPLOAD, volume, number, parts[number])).body.data?.["to_upload"]);
    expect(seen).toEqual([[0, 1], [1], [1], []]);
    expect(await listed(session)).toEqual([
      expect.objectContaining({
        uuid: volume.image_uuid,
        zbs_volume_id: volume.zbs_volume_id,
        name: NAME,
        size: 2 * CHUNK + parts[2].length,
        md5: md5(Buffer.concat(parts)),
        path: volume.image_path,
        resource_state: "in-use",
        type: "ISO_IMAGE",
        vms_count: 0,
      }),
    ]);
  });
});

test("the sample's volume of 7873968128 bytes has chunks 0 to 938", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    expect((await isoVolume(session, NAME, 7_873_968_128)).to_upload).toEqual([...Array(939).keys()]);
  });
});

test("an image whose chunk was replaced, or whose upload outlives a restart, has no MD5", async () => {
  await withLab({}, async (first, dir) => {
    const session = await standing(first);
    const last = Buffer.from("end");
    const replaced = await isoVolume(session, "replaced", CHUNK + last.length);
    for (const bytes of [Buffer.alloc(CHUNK, 1), Buffer.alloc(CHUNK, 2)])
      await sendChunk(first, session.token, UPLOAD, replaced, 0, bytes);
    await sendChunk(first, session.token, UPLOAD, replaced, 1, last);
    const cut = await isoVolume(session, "cut", CHUNK + last.length);
    await sendChunk(first, session.token, UPLOAD, cut, 1, last);
    await first.stop();
    const second = await startLab({ plan: labPlan(), dir, speed: "instant" });
    try {
      const again = sessionOf(second, session.token);
      await sendChunk(second, session.token, UPLOAD, cut, 0, Buffer.alloc(CHUNK, 1));
      expect(await listed(again)).toMatchObject([
        { name: "replaced", resource_state: "in-use", md5: null },
        { name: "cut", resource_state: "in-use", md5: null },
      ]);
    } finally {
      await second.stop();
    }
  });
});

test("volumes and chunks that do not fit are refused", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const volume = await isoVolume(session, NAME, 3);
    const three = Buffer.from("one");
    const replies = [
      await session.call("POST", "/images/upload/volume?size=3&device=nfs&task_id=2"),
      await session.call("POST", "/images/upload/volume?name=x&device=nfs&task_id=2"),
      await session.call("POST", "/images/upload/volume?name=x&size=3&device=zbs&task_id=2"),
      await session.call("POST", "/images/upload/volume?name=x&size=3&device=nfs"),
      await sendChunk(lab, session.token, UPLOAD, volume, 1, three),
      await sendChunk(lab, session.token, UPLOAD, volume, 0, Buffer.from("too long")),
      // An ISO image takes no chunk by the call of the tools.
      await sendChunk(lab, session.token, "/svt_image/upload_template", volume, 0, three),
    ];
    expect(replies.map(({ body }) => body.ec)).toEqual([
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "ENOTFOUND",
    ]);
    expect(await listed(session)).toMatchObject([{ name: NAME, resource_state: "creating" }]);
  });
});

test("the switches change when an image is listed, how it is named and whether its MD5 is given", async () => {
  const switches = { isoListed: "finished", isoName: "with-iso", imageMd5: "null" } as const;
  await withLab({ switches }, async (lab) => {
    const session = await standing(lab);
    await isoVolume(session, "half.ISO", 3);
    expect(await listed(session)).toEqual([]);
    await wholeIso(lab, session, NAME, Buffer.from("one"));
    expect(await listed(session)).toMatchObject([{ name: `${NAME}.iso`, md5: null }]);
  });
});

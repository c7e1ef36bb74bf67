import { expect, test } from "vitest";
import { type Connected, changed, madeVm, vmRequest, withConnected } from "./machines.fixture";
import { TOWER_VERSIONS } from "./tower-model";

const CHUNK = 4_194_304;

interface Upload {
  id: string;
  status: string;
  current_chunk: number;
  [field: string]: unknown;
}

const part = (size: number) => ({ filename: "linux.iso", size, sha256: "0".repeat(64) });

/** Begins an upload of three chunks, the last of which has one byte. */
async function begun({ tower, cluster }: Connected, more: object = {}): Promise<Upload> {
  const fields = { cluster_id: cluster, name: "linux.iso", size: String(2 * CHUNK + 1), description: "an image" };
  const [upload] = await tower.data<Upload[]>("/upload-elf-image", { file: part(CHUNK), ...fields, ...more });
  return upload as Upload;
}

const next = ({ tower }: Connected, id: string, size = CHUNK) =>
  tower.post<Upload[]>("/upload-elf-image", { file: part(size), upload_task_id: id });

const images = ({ tower }: Connected) => tower.data<{ id: string; name: string }[]>("/get-elf-images");

/** An image, uploaded whole. */
async function uploaded(at: Connected, more?: object): Promise<string> {
  const { id } = await begun(at, more);
  await next(at, id);
  await next(at, id, 1);
  return (await images(at)).at(-1)?.id as string;
}

test.each(TOWER_VERSIONS)("an image stands once its last chunk has come (%s)", async (cloudtowerVersion) => {
  await withConnected({ cloudtowerVersion }, async (at) => {
    const upload = await begun(at);
    expect(upload).toMatchObject({
      resource_type: "ELF_IMAGE",
      status: "UPLOADING",
      chunk_size: CHUNK,
      current_chunk: 2,
      args: { name: "linux.iso", description: "an image" },
      finished_at: null,
    });
    const { id } = upload;
    expect((await next(at, id)).body).toMatchObject([{ id, current_chunk: 3, status: "UPLOADING" }]);
    expect(await images(at)).toEqual([]);
    expect((await next(at, id, 2)).status).toBe(400);
    expect((await next(at, id, 1)).body).toMatchObject([{ id, current_chunk: 4, status: "SUCCESSED" }]);
    expect(await at.tower.data("/get-upload-tasks", { where: { id } })).toMatchObject([{ status: "SUCCESSED" }]);
    expect(await images(at)).toMatchObject([{ name: "linux.iso", description: "an image", size: 2 * CHUNK + 1 }]);
    expect((await next(at, id, 1)).status).toBe(400);
  });
});

test("an upload counts, tells and cuts as its switches say", async () => {
  const switches = { currentChunk: "taken", uploadArgs: "empty", towerChunkSize: 8_388_608 } as const;
  await withConnected({ switches }, async (at) => {
    const { id, ...upload } = await begun(at);
    expect(upload).toMatchObject({ current_chunk: 1, args: {}, chunk_size: 8_388_608 });
    // The first chunk was too short: at the end there are fewer bytes than the image has.
    expect((await next(at, id, 1)).body).toMatchObject([{ current_chunk: 2, status: "FAILED" }]);
    expect(await images(at)).toEqual([]);
  });
});

test("an upload that is cancelled takes no more, and one that has ended is not cancelled", async () => {
  await withConnected({}, async (at) => {
    const { id } = await begun(at);
    const cancel = () => at.tower.post("/cancel-upload-task", { where: { id } });
    expect(await cancel()).toMatchObject({ status: 200, body: [id] });
    expect((await next(at, id)).status).toBe(400);
    expect((await cancel()).status).toBe(304);
    expect(await images(at)).toEqual([]);
  });
});

test("an image is changed and deleted by tasks, and not while a machine has it in its drive", async () => {
  await withConnected({}, async (at) => {
    const id = await uploaded(at);
    const where = { id };
    const data = { name: "linux-2.iso", description: "more" };
    expect(await changed(at, "/update-elf-image", { where, data })).toMatchObject({ status: "SUCCESSED" });
    expect(await images(at)).toMatchObject([{ id, ...data, entityAsyncStatus: null }]);
    const request = { ...vmRequest(at), status: "STOPPED" };
    const drive = { mount_cd_roms: [{ boot: 2, elf_image_id: id }] };
    const { id: vm } = await madeVm(at, { ...request, vm_disks: { ...request.vm_disks, ...drive } });
    expect((await at.tower.post("/delete-elf-image", { where })).status).toBe(400);
    await changed(at, "/delete-vm", { where: { id: vm } });
    await at.tower.lab.setFaults([{ operation: "deleteElfImage", task: "fails", count: 1 }]);
    expect(await changed(at, "/delete-elf-image", { where })).toMatchObject({ status: "FAILED" });
    expect(await changed(at, "/delete-elf-image", { where })).toMatchObject({ status: "SUCCESSED" });
    expect(await images(at)).toEqual([]);
  });
});

test.each(["made", "refused"] as const)("a second image of one name is %s", async (sameElfImage) => {
  await withConnected({ switches: { sameElfImage } }, async (at) => {
    await uploaded(at);
    const status = sameElfImage === "made" ? 200 : 400;
    const fields = { cluster_id: at.cluster, name: "linux.iso", size: "1" };
    expect((await at.tower.post("/upload-elf-image", { file: part(1), ...fields })).status).toBe(status);
    const id = await uploaded(at, { name: "other.iso" });
    const renamed = await at.tower.post("/update-elf-image", { where: { id }, data: { name: "linux.iso" } });
    expect(renamed.status).toBe(status);
  });
});

test("what is not there, or is no chunk, is refused", async () => {
  await withConnected({}, async (at) => {
    expect((await next(at, "none")).status).toBe(404);
    const post = (body: object) => at.tower.post("/upload-elf-image", body);
    expect((await post({ file: part(1), cluster_id: "none", name: "linux.iso", size: "1" })).status).toBe(404);
    expect((await post({ cluster_id: at.cluster, name: "linux.iso", size: "1" })).status).toBe(400);
    expect((await at.tower.post("/delete-elf-image", { where: { id: "none" } })).status).toBe(404);
  });
});

/** The fields of the library's form. */
const inLibrary = ({ cluster }: Connected, clusters = JSON.stringify({ id: cluster })) => ({
  name: "debian.iso",
  size: String(CHUNK + 1),
  clusters,
});

test("an image of the library stands in its clusters, is changed there too, and goes with them", async () => {
  await withConnected({}, async (at) => {
    const { tower, cluster } = at;
    const { clusters, ...rest } = inLibrary(at);
    const send = (fields: object) => tower.post<Upload[]>("/upload-content-library-image", fields);
    expect((await send({ ...rest, file: part(CHUNK) })).status).toBe(400);
    expect((await send({ ...rest, clusters: cluster, file: part(CHUNK) })).status).toBe(400);
    const [upload] = (await send({ ...rest, clusters, file: part(CHUNK) })).body as Upload[];
    expect(upload).toMatchObject({ resource_type: "CONTENT_LIBRARY_IMAGE", status: "UPLOADING" });
    const upload_task_id = upload?.id;
    // Of another kind of upload it is none.
    expect((await next(at, upload_task_id as string, 1)).status).toBe(404);
    expect((await send({ clusters, upload_task_id, file: part(1) })).body).toMatchObject([{ status: "SUCCESSED" }]);
    const list = () => tower.data<{ id: string }[]>("/get-content-library-images");
    const [image] = await list();
    const [iso] = await images(at);
    expect(image).toMatchObject({ name: "debian.iso", size: CHUNK + 1, clusters: [{ id: cluster }] });
    expect(image).toMatchObject({ elf_images: [{ id: iso?.id }] });
    expect(iso).toMatchObject({ content_library_image: { id: image?.id } });

    const where = { id: image?.id };
    await changed(at, "/update-content-library-image", { where, data: { name: "debian-13.iso" } });
    expect(await images(at)).toMatchObject([{ id: iso?.id, name: "debian-13.iso" }]);
    const none = { where, data: { clusters: { id: cluster } } };
    expect((await tower.post("/remove-content-library-image-clusters", none)).status).toBe(400);
    await changed(at, "/delete-content-library-image", { where });
    expect([await list(), await images(at)]).toEqual([[], []]);
  });
});

test("clusters of an upload to the library are an id where the switch says so", async () => {
  await withConnected({ switches: { libraryUploadClusters: "id" } }, async (at) => {
    const send = (clusters?: string) =>
      at.tower.post("/upload-content-library-image", { ...inLibrary(at, clusters), file: part(CHUNK) });
    expect((await send()).status).toBe(400);
    expect((await send(at.cluster)).status).toBe(200);
  });
});

test("what CloudTower fetches stands after a while, and not where that fails", async () => {
  await withConnected({}, async (at) => {
    const { tower, cluster } = at;
    const data = { url: "http://10.0.0.9/debian.iso", name: "debian.iso", cluster: { id: cluster } };
    const fetched = async () => {
      const { body } = await tower.post<Upload>("/import-content-library-image", { data });
      return (await tower.data<Upload[]>("/get-upload-tasks", { where: { id: body.id } }))[0]?.status;
    };
    await tower.lab.setFaults([{ operation: "importContentLibraryImage", task: "fails", count: 1 }]);
    expect(await fetched()).toBe("FAILED");
    expect(await fetched()).toBe("SUCCESSED");
    expect(await images(at)).toMatchObject([{ name: "debian.iso" }]);
  });
});

test("an image of the tools stands with its version once its last chunk has come", async () => {
  await withConnected({}, async (at) => {
    const { tower, cluster: cluster_id } = at;
    const fields = { cluster_id, name: "tools.iso", size: "1", version: "7", file: part(1) };
    expect(await tower.data("/upload-svt-image", fields)).toMatchObject([
      { resource_type: "SVT_IMAGE", status: "SUCCESSED" },
    ]);
    expect(await tower.data("/get-svt-images")).toMatchObject([{ name: "tools.iso", size: 1, version: 7 }]);
    expect(await images(at)).toEqual([]);
  });
});

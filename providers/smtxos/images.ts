import { z } from "zod";
import { type Chunk, uploadInChunks } from "../kernel/chunked-upload";
import { NotFound } from "../kernel/errors";
import type { SaysNotFound } from "../kernel/http-answer";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import type { UploadSource } from "../kernel/upload-source";
import { fisheye } from "./client";
import { listOf } from "./list-of";

/** The calls that take an image's bytes: those of the tools and those of ISO images differ in path and query alone. */
export interface ImageCalls {
  /** Makes the volume, by POST with this query and no body. */
  volume: { path: Path; query: Record<string, string | number> };
  /** Takes a chunk, by POST. */
  chunk: Path;
}

/** Where an image's bytes go. */
export interface Volume {
  image: string;
  volume: string;
}

/** An image as GET /api/v2/images shows it (runbook, stage 04 检查是否已经存在iso). */
export interface ListedImage extends Volume {
  name: string;
  /** Bytes; undefined where the site does not tell. */
  size: number | undefined;
  /** Where it lies: what a virtual machine's drive is given. */
  path: string | undefined;
  /** Hex; undefined where the site gives none. */
  md5: string | undefined;
  /** `in-use` in the sample, of an image that is whole. */
  state: string | undefined;
}

const IMAGES = pathTo`/api/v2/images`;

/** Both stand in one id, with a slash between them. */
const idSchema = z.string().regex(/^[^/]+$/, "an id has no slash");

const listSchema = listOf(
  z
    .looseObject({
      uuid: idSchema,
      name: z.string().nullish(),
      size: z.number().nullish(),
      zbs_volume_id: z.union([idSchema, z.literal("")]).nullish(),
      path: z.string().nullish(),
      md5: z.string().nullish(),
      resource_state: z.string().nullish(),
    })
    .transform(
      ({ uuid, name, size, zbs_volume_id, path, md5, resource_state }): ListedImage => ({
        image: uuid,
        volume: zbs_volume_id ?? "",
        name: name ?? "",
        size: size ?? undefined,
        path: path || undefined,
        md5: md5?.toLowerCase() || undefined,
        state: resource_state || undefined,
      }),
    ),
  "images",
);

const volumeSchema = z.looseObject({
  chunk_size: z.int().min(1),
  image_uuid: idSchema,
  zbs_volume_id: idSchema,
  image_path: z.string().nullish(),
  to_upload: z.array(z.int()),
});

/** The runbook shows no answer to a chunk of the tools; to one of an ISO image it shows to_upload. */
const chunkSchema = z.looseObject({ to_upload: z.array(z.int()).nullish() }).nullish();

/** 404, or an ec that says so: the documents name none (facts, part B 5B). */
const saysNotFound: SaysNotFound = (status, data) =>
  status === 404 || (ecSchema.safeParse(data).data?.ec ?? "").replace(/_/g, "").toUpperCase().includes("NOTFOUND");
const ecSchema = z.looseObject({ ec: z.string() });

/** All images of the cluster; whether those of the tools are among them, no document says. */
export async function listImages(context: Context): Promise<ListedImage[]> {
  const { data } = await fisheye(context).request({
    operation: `list the images of ${context.connection.name}`,
    method: "GET",
    path: IMAGES,
    schema: listSchema,
    signal: context.signal,
  });
  return data;
}

/** Makes an empty image of the size that the query says. Not repeated: two images may have one name. */
export async function createVolume(context: Context, name: string, { volume: { path, query } }: ImageCalls) {
  const { data } = await fisheye(context).request({
    operation: `make a volume for ${name} on ${context.connection.name}`,
    method: "POST",
    path,
    query,
    schema: volumeSchema,
    signal: context.signal,
  });
  return {
    image: data.image_uuid,
    volume: data.zbs_volume_id,
    path: data.image_path || undefined,
    /** Bytes. */
    chunkSize: data.chunk_size,
    missing: data.to_upload,
  };
}

/** How many times the request time-out a chunk may take: at 8 MiB and 10 s, lines from 2 Mbit/s on. */
const CHUNK_PATIENCE = 12;

/** Fills a volume; throws what uploadInChunks throws. `missing` as there. */
export async function fillVolume(
  context: Context,
  { image, volume, chunkSize, missing }: Volume & { chunkSize: number; missing: readonly number[] | undefined },
  { name, source, calls }: { name: string; source: UploadSource; calls: ImageCalls },
): Promise<void> {
  const { connection, workspace } = context;
  await uploadInChunks({
    what: `${name} to ${connection.name}`,
    source,
    chunkSize,
    missing,
    send,
    clock: workspace.clock,
    signal: context.signal,
    progress: context.progress,
  });

  async function send({ number, form }: Chunk, signal: AbortSignal): Promise<readonly number[] | undefined> {
    const { type, bytes } = form({ field: "file", filename: name });
    const { data } = await fisheye(context).request({
      operation: `send chunk ${number} of ${name} to ${connection.name}`,
      method: "POST",
      path: calls.chunk,
      query: { zbs_volume_id: volume, chunk_num: number, image_uuid: image },
      body: bytes,
      headers: { "content-type": type },
      // Any chunk may come again (facts, part B 5B 13); uploadInChunks sends it again, so that the client need not.
      lateIsHarmless: true,
      timeoutMs: workspace.transport.timeoutMs * CHUNK_PATIENCE,
      schema: chunkSchema,
      notFound: saysNotFound,
      signal,
    });
    return data?.to_upload ?? undefined;
  }
}

/** Deletes an image, whole or not (runbook, stage 04 删除该上传卷). Not there any more is well. */
export async function deleteImage(context: Context, image: string, name: string): Promise<void> {
  try {
    await fisheye(context).request({
      operation: `delete the image ${name} of ${context.connection.name}`,
      method: "DELETE",
      path: pathTo`${IMAGES}/${image}`,
      notFound: saysNotFound,
      signal: context.signal,
    });
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
}

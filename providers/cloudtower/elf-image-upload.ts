import { z } from "zod";
import { createChunkRoom } from "../kernel/chunk-form";
import { ChunkFailed } from "../kernel/chunked-upload";
import { BadAnswer, BadFile, CannotReach, NotFound, TaskFailed } from "../kernel/errors";
import { digestOf } from "../kernel/file-md5";
import { uploadInOrder } from "../kernel/ordered-upload";
import { pathTo } from "../kernel/path";
import { type Context, Discarded } from "../kernel/resource";
import { openPlanned, type UploadSource } from "../kernel/upload-source";
import { cloudtower, oneOrMany } from "./client";
import {
  arrivedAfterLoss,
  cancelUpload,
  findUpload,
  hasEnded,
  listUploads,
  takenOf,
  type UploadSeen,
  uploadRow,
} from "./upload-task";
import { isMarked, marked } from "./vm-mark";

/** A file that becomes an ISO image. */
export interface ImageFile {
  cluster: string;
  name: string;
  description: string;
  size: number;
  sha256?: string | undefined;
  file: string;
}

/** Bytes of the first chunk: it leaves before CloudTower has told chunk_size, which in the samples is this (facts, part A 9). */
const FIRST = 4 * 1024 * 1024;

/** What the journal keeps of an upload that goes on. */
const begunSchema = z.object({
  /** Bytes of the first chunk. */
  chunkSize: z.int().min(1),
  /** current_chunk once the first chunk was taken. */
  first: z.int(),
  /** Size and time of the file that was begun with: no chunk of another one may follow. */
  size: z.number(),
  modified: z.number(),
});

const PREFIX = "upload/";
/** The id of an image that this resource uploads: that of the upload, since CloudTower tells no other until its end. */
export const uploadOf = (id: string) => (id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined);

/** Sends the first chunk, and has the journal know of the upload. Returns its id. */
export async function beginUpload(context: Context, image: ImageFile): Promise<string> {
  const source = await openPlanned(context.workspace.root, image);
  try {
    await checkBytes(context, source, image);
    const upload = await begin(context, source, image, FIRST);
    if (upload.chunk_size === FIRST || source.size <= Math.min(FIRST, upload.chunk_size)) return PREFIX + upload.id;
    // Of another size than all others a chunk would be in the way.
    await cancelUpload(context, upload.id, image.name);
    return PREFIX + (await begin(context, source, image, upload.chunk_size)).id;
  } finally {
    await source.close();
  }
}

async function begin(context: Context, source: UploadSource, image: ImageFile, chunkSize: number): Promise<UploadSeen> {
  const { cluster, name, description } = image;
  const length = Math.min(chunkSize, source.size);
  const room = createChunkRoom(length);
  await source.read(0, room.chunk(length));
  const fields = {
    cluster_id: cluster,
    name,
    size: String(source.size),
    size_unit: "B",
    description: marked(description, context),
  };
  const [upload] = await cloudtower(context).upload({
    operation: `begin the upload of ${name}`,
    path: pathTo`/upload-elf-image`,
    form: room.pack(length, { field: "file", filename: name, fields }),
    schema: oneOrMany(uploadRow),
  });
  if (!upload) throw new BadAnswer(`Unable to upload ${name}: CloudTower answered without an upload task`);
  const { size, modified } = source;
  context.checkpoint(PREFIX + upload.id, { chunkSize, first: upload.current_chunk, size, modified });
  return upload;
}

/**
 * Sends what is missing of an upload, and waits for its end. Throws Discarded where nothing can be made of what is there,
 * and has cancelled it.
 */
export async function goOnUploading(context: Context, id: string, image: ImageFile): Promise<void> {
  const { name } = image;
  const { workspace, connection } = context;
  const upload = await findUpload(context, id);
  if (upload?.status === "SUCCESSED") return;
  const source = await openPlanned(workspace.root, image);
  try {
    const begun = begunSchema.safeParse(context.entry?.memo).data;
    if (!begun) throw await unusable("nothing is known of how it was begun");
    if (!upload) throw await unusable(`${connection.name} knows no upload ${id}`);
    if (upload.status === "FAILED") throw await unusable(`${connection.name} says that it has failed`);
    if (begun.size !== source.size || begun.modified !== source.modified)
      throw await unusable("the file was another one when it was begun");
    const { chunkSize, first } = begun;
    if (upload.chunk_size !== chunkSize && source.size > chunkSize)
      throw await unusable(`its first chunk has ${chunkSize} bytes instead of ${upload.chunk_size}`);
    const count = Math.ceil(source.size / chunkSize);
    const taken = takenOf(upload, first, count);
    if (taken > 1) context.info(`the upload of ${name} goes on where it was`);
    await uploadInOrder({
      what: `${name} to ${connection.name}`,
      source,
      chunkSize,
      taken,
      async send({ number, form }) {
        const [now] = await cloudtower(context).upload({
          operation: `send chunk ${number} of ${name}`,
          path: pathTo`/upload-elf-image`,
          form: form({ field: "file", filename: name, fields: { upload_task_id: id } }),
          schema: oneOrMany(uploadRow).refine((rows) => rows.length > 0, "an upload task"),
        });
        return takenOf(now as UploadSeen, first, count);
      },
      arrived: (before) =>
        arrivedAfterLoss(context, before, async () => {
          const now = await findUpload(context, id);
          return now ? takenOf(now, first, count) : before;
        }),
      clock: workspace.clock,
      signal: context.signal,
      progress: context.progress,
    }).catch(startAgain);
  } finally {
    await source.close();
  }
  await context.wait<void>(
    `CloudTower to be done with the upload of ${name}`,
    async () => {
      const now = await findUpload(context, id);
      if (now?.status === "SUCCESSED") return { done: undefined };
      if (now?.status === "FAILED")
        throw new Discarded(new TaskFailed(`the upload of ${name} has failed: CloudTower gives no reason`));
      return { pending: now?.status ?? "the upload is not listed" };
    },
    { interval: 500, cap: 2_000 },
  );

  async function unusable(why: string): Promise<Discarded> {
    await cancelUpload(context, id, name);
    return new Discarded(new NotFound(`the upload of ${name} cannot go on: ${why}`, "run up again"));
  }

  /** A chunk that was refused, or that CloudTower has otherwise than it was sent. */
  async function startAgain(error: unknown): Promise<never> {
    // What could not be reached goes on once it can.
    if (!(error instanceof ChunkFailed) || (error.cause instanceof CannotReach && !error.cause.sent)) throw error;
    await cancelUpload(context, id, name);
    throw new Discarded(error);
  }
}

/** The id of an upload that an earlier run has begun and was not told of: it bears this resource's mark. */
export async function markedUpload(context: Context, { name, size }: ImageFile): Promise<string | undefined> {
  const uploads = await listUploads(context, { resource_type: "ELF_IMAGE", size });
  const own = uploads.find(
    (each) => !hasEnded(each) && each.args?.name === name && isMarked(each.args.description ?? "", context),
  );
  return own && PREFIX + own.id;
}

/** Throws BadFile where the file is not the one that the plan means. */
async function checkBytes(context: Context, source: UploadSource, { sha256, file }: ImageFile): Promise<void> {
  if (sha256 === undefined) return;
  context.progress(`taking the SHA-256 of ${file}`);
  const found = await digestOf("sha256", source, context.signal);
  if (found === sha256.toLowerCase()) return;
  throw new BadFile(
    `${file} has the SHA-256 ${found}, planned is ${sha256}`,
    "put the right file there, or its SHA-256 into the plan, then run up again",
  );
}

import { z } from "zod";
import { createChunkRoom } from "../kernel/chunk-form";
import { ChunkFailed } from "../kernel/chunked-upload";
import { BadAnswer, BadFile, CannotReach, NotFound, Refused, TaskFailed } from "../kernel/errors";
import { digestOf } from "../kernel/file-md5";
import { uploadInOrder } from "../kernel/ordered-upload";
import type { Path } from "../kernel/path";
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
import { isMarked } from "./vm-mark";

/** How CloudTower is given an image. */
interface ImageSource {
  name: string;
  /** What CloudTower calls such uploads: `ELF_IMAGE`. */
  resourceType: string;
  path: Path;
}

/** By a file that is uploaded. */
export interface ImageFile extends ImageSource {
  size: number;
  sha256?: string | undefined;
  file: string;
  /** What the form of the first chunk has beside name and size. */
  fields: Record<string, string>;
  /** What that of every chunk has: the first of these that is not refused. */
  always?: Record<string, string>[];
}

/** By a URL from which CloudTower gets it by itself. */
export interface ImageUrl extends ImageSource {
  url: string;
  body: object;
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
  /** What every chunk's form has. */
  always: z.record(z.string(), z.string()).default({}),
});

const PREFIX = "upload/";
/** The id of an image that this resource uploads: that of the upload, since CloudTower tells no other until its end. */
export const uploadOf = (id: string) => (id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined);

/** Sends the first chunk, or the URL, and has the journal know of the upload. Returns its id. */
export async function beginUpload(context: Context, image: ImageFile | ImageUrl): Promise<string> {
  if ("url" in image) return PREFIX + (await beginImport(context, image));
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

async function beginImport(context: Context, { name, path, body }: ImageUrl): Promise<string> {
  const answers = await cloudtower(context).write({
    operation: `have ${name} fetched`,
    path,
    body,
    schema: oneOrMany(uploadRow),
  });
  const [upload] = answers ?? [];
  if (!upload) throw new BadAnswer(`Unable to have ${name} fetched: CloudTower answered without an upload task`);
  context.checkpoint(PREFIX + upload.id);
  return upload.id;
}

async function begin(context: Context, source: UploadSource, image: ImageFile, chunkSize: number): Promise<UploadSeen> {
  const { name, path } = image;
  const length = Math.min(chunkSize, source.size);
  const room = createChunkRoom(length);
  await source.read(0, room.chunk(length));
  const first = { ...image.fields, name, size: String(source.size), size_unit: "B" };
  const send = async (always: Record<string, string>) => {
    const [upload] = await cloudtower(context).upload({
      operation: `begin the upload of ${name}`,
      path,
      form: room.pack(length, { field: "file", filename: name, fields: { ...first, ...always } }),
      schema: oneOrMany(uploadRow),
    });
    if (!upload) throw new BadAnswer(`Unable to upload ${name}: CloudTower answered without an upload task`);
    const { size, modified } = source;
    context.checkpoint(PREFIX + upload.id, { chunkSize, first: upload.current_chunk, size, modified, always });
    return upload;
  };
  const [usual = {}, ...others] = image.always ?? [];
  return others.reduce(
    (tried, always) =>
      tried.catch((error) => {
        // A refusal is an answer: nothing was begun.
        if (!(error instanceof Refused) || error.status !== 400) throw error;
        return send(always).catch((again) => {
          throw again instanceof Refused ? error : again;
        });
      }),
    send(usual),
  );
}

/**
 * Sends what is missing of an upload, and waits for its end. Throws Discarded where nothing can be made of what is there,
 * and has cancelled it.
 */
export async function goOnUploading(context: Context, id: string, image: ImageFile | ImageUrl): Promise<void> {
  const { name } = image;
  const { workspace, connection } = context;
  const upload = await findUpload(context, id);
  if (upload?.status === "SUCCESSED") return;
  if ("url" in image) {
    if (!upload) throw await unusable(`${connection.name} knows no upload ${id}`);
    await untilDone(context, id, name);
    return;
  }
  const source = await openPlanned(workspace.root, image);
  try {
    const begun = begunSchema.safeParse(context.entry?.memo).data;
    if (!begun) throw await unusable("nothing is known of how it was begun");
    if (!upload) throw await unusable(`${connection.name} knows no upload ${id}`);
    if (upload.status === "FAILED") throw await unusable(`${connection.name} says that it has failed`);
    if (begun.size !== source.size || begun.modified !== source.modified)
      throw await unusable("the file was another one when it was begun");
    const { chunkSize, first, always } = begun;
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
          path: image.path,
          form: form({ field: "file", filename: name, fields: { upload_task_id: id, ...always } }),
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
  await untilDone(context, id, name);

  async function unusable(why: string): Promise<Discarded> {
    await cancelUploads(context, id, image);
    return new Discarded(new NotFound(`the upload of ${name} cannot go on: ${why}`, "run up again"));
  }

  /** A chunk that was refused, or that CloudTower has otherwise than it was sent. */
  async function startAgain(error: unknown): Promise<never> {
    // What could not be reached goes on once it can.
    if (!(error instanceof ChunkFailed) || (error.cause instanceof CannotReach && !error.cause.sent)) throw error;
    await cancelUploads(context, id, image);
    throw new Discarded(error);
  }
}

async function untilDone(context: Context, id: string, name: string): Promise<void> {
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
}

/** The id of an upload that an earlier run has begun and was not told of: it bears this resource's mark. */
export async function markedUpload(context: Context, image: ImageFile | ImageUrl): Promise<string | undefined> {
  const [own] = await goingUploads(context, image);
  return own && PREFIX + own.id;
}

/** Ends the upload of that id, and those that bear the mark: one that was begun anew may have been told to nobody. */
export async function cancelUploads(context: Context, id: string, image: ImageFile | ImageUrl): Promise<void> {
  await cancelUpload(context, id, image.name);
  for (const own of await goingUploads(context, image)) await cancelUpload(context, own.id, image.name);
}

/** Uploads that go on and bear this resource's mark. */
async function goingUploads(context: Context, image: ImageFile | ImageUrl): Promise<UploadSeen[]> {
  const { name, resourceType: resource_type } = image;
  const uploads = await listUploads(context, { resource_type, ...("url" in image ? {} : { size: image.size }) });
  return uploads.filter(
    (each) => !hasEnded(each) && each.args?.name === name && isMarked(each.args.description ?? "", context),
  );
}

/**
 * Waits for what CloudTower gets by itself and tells no name of: it may be what an earlier run has begun and was not told
 * of, and then the image that comes of it bears the mark.
 */
export async function untilFetched(context: Context, { name, resourceType: resource_type }: ImageUrl): Promise<void> {
  await context.wait<void>(
    `the images that CloudTower fetches, of which ${name} may be one`,
    async () => {
      const uploads = await listUploads(context, { resource_type });
      const going = uploads.filter((each) => !hasEnded(each) && typeof each.args?.name !== "string");
      return going.length === 0 ? { done: undefined } : { pending: `${going.length} go on` };
    },
    { interval: 500, cap: 2_000 },
  );
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

import { resolve } from "node:path";
import { z } from "zod";
import { ChunkFailed } from "../kernel/chunked-upload";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { BadFile, CannotReach, NotFound } from "../kernel/errors";
import { type Context, Discarded } from "../kernel/resource";
import { replaces } from "../kernel/schema";
import { openUploadSource, type UploadSource } from "../kernel/upload-source";
import { createVolume, deleteImage, fillVolume, type ImageCalls, listImages, type Volume } from "./images";

const inputs = z.strictObject({
  connection: connectionSchema,
  name: replaces(z.string().min(1)).describe("name of the image: the file's, SMTX_VMTOOLS-<version>.iso"),
  size: replaces(z.int().min(1)).describe("bytes of the file"),
  file: z.string().min(1).describe("where the file lies, from the project's folder; read while it is uploaded alone"),
});
type Inputs = z.output<typeof inputs>;

/** What the journal keeps of an upload that goes on: the site tells the size of its chunks once. */
const begunSchema = z.object({
  chunkSize: z.int().min(1),
  /** Size and time of the file that was begun with: no chunk of another one may follow. */
  size: z.number(),
  modified: z.number(),
});
/** What the journal keeps of one that has ended. */
const endedSchema = z.object({ listed: z.boolean() });

/** The image of the virtual machines' tools (SVT). */
export const SvtImage = defineResource({
  type: "smtxos:SvtImage",
  sort: "object",
  doc: "The image of the virtual machines' tools (SVT): a volume by `POST /api/v2/svt_image/create_volume`, then the file in chunks by `POST /api/v2/svt_image/upload_template`, as the site asks for them (runbook, stage 03 上传虚拟机工具). An upload that was cut goes on where it was. Whether `GET /api/v2/images` shows such an image is not documented; where it does not, the image cannot be observed and no drift is claimed.",
  inputs,
  outputs: z.strictObject({
    uuid: z.string().describe("image_uuid"),
    volume: z.string().describe("zbs_volume_id"),
    listed: z.boolean().describe("whether the site's list of images shows it"),
  }),
  key: ({ name }) => name,
  timeouts: { create: 60 * 60_000, update: 60 * 60_000 },

  async find(context, { name }) {
    const listed = (await listImages(context)).filter((image) => image.name === name);
    if (listed.length > 0) return listed.map((image) => ({ id: idOf(image) }));
    const { id, stage, memo } = context.journal ?? {};
    // A site that has shown it shows it no more; what another one has, the journal alone knows.
    if (id === undefined || stage === "gone" || endedSchema.safeParse(memo).data?.listed) return [];
    return [{ id }];
  },

  async create(context, wanted) {
    const source = await open(context, wanted);
    try {
      const made = await createVolume(context, wanted.name, callsOf(wanted));
      const { size, modified } = source;
      const id = idOf(made);
      context.checkpoint(id, { chunkSize: made.chunkSize, size, modified });
      toUpload(context, id, made.missing);
      return id;
    } finally {
      await source.close();
    }
  },

  async sync(context, id, wanted, prior) {
    if (prior) return { uuid: prior.uuid, volume: prior.volume, listed: prior.listed };
    // One that was made anew in an update is known by another id than the state has.
    const volume = volumeOf(context.journal?.id ?? id);
    if (isHalfMade(context)) await goOn(context, volume, wanted);
    const listed = (await listImages(context)).some(({ image }) => image === volume.image);
    context.checkpoint(idOf(volume), { listed });
    if (!listed) sayUnobserved(context, wanted.name);
    return { uuid: volume.image, volume: volume.volume, listed };
  },

  async read(context, id, prior) {
    const { image, volume } = standing(context, id, prior);
    const seen = (await listImages(context)).find((each) => each.image === image);
    if (seen) {
      const { name, size } = seen;
      // Of one that is half made the size is no drift: it is made anew if the file's is another.
      const isWhole = prior.uuid !== undefined || !isHalfMade(context);
      return { inputs: isWhole ? { name, size } : { name }, outputs: { uuid: image, volume, listed: true } };
    }
    if (prior.listed) return undefined;
    if (prior.uuid !== undefined) sayUnobserved(context, prior.name);
    return { inputs: {}, outputs: { uuid: image, volume } };
  },

  async delete(context, id, prior) {
    await deleteImage(context, standing(context, id, prior).image, prior.name);
  },
});

/** Sends what is missing; throws Discarded where nothing can be made of what is there, and has removed it. */
async function goOn(context: Context, volume: Volume, wanted: Inputs): Promise<void> {
  const { name } = wanted;
  const source = await open(context, wanted);
  try {
    const begun = begunSchema.safeParse(context.journal?.memo).data;
    if (!begun) throw await unusable("nothing is known of how it was begun");
    if (begun.size !== source.size || begun.modified !== source.modified)
      throw await unusable("the file was another one when it was begun");
    const missing = toUpload(context, idOf(volume));
    if (!missing) context.info(`the upload of ${name} goes on where it was`);
    const upload = { ...volume, chunkSize: begun.chunkSize, missing };
    await fillVolume(context, upload, { name, source, calls: callsOf(wanted) }).catch(startAgain);
  } finally {
    await source.close();
  }

  async function unusable(why: string): Promise<Discarded> {
    await deleteImage(context, volume.image, name);
    return new Discarded(new NotFound(`the upload of ${name} cannot go on: ${why}`, "run up again"));
  }

  /** Deleted and uploaded once more: the runbook, stage 04, of a chunk that has failed three times. */
  async function startAgain(error: unknown): Promise<never> {
    if (!(error instanceof NotFound || isOfTheVolume(error))) throw error;
    try {
      await deleteImage(context, volume.image, name);
    } catch {
      throw error; // the upload goes on with the next run
    }
    throw new Discarded(error);
  }
}

/** A chunk that failed, unless the site could not be reached: then it goes on once it can. */
function isOfTheVolume(error: unknown): error is ChunkFailed {
  return error instanceof ChunkFailed && !(error.cause instanceof CannotReach && !error.cause.sent);
}

/** Opens the file, which must be the one that the program saw. */
async function open({ workspace: { root } }: Context, { file, size }: Inputs): Promise<UploadSource> {
  const path = resolve(root, file);
  const source = await openUploadSource(path);
  if (source.size === size) return source;
  await source.close();
  throw new BadFile(
    `${path} has ${source.size} bytes now, and had ${size} when the program looked at it`,
    "wait until it is whole, as after a copy, then run up again",
  );
}

/** Whether the journal last saw it being made. One that is taken over is as it is. */
function isHalfMade({ journal }: Context): boolean {
  if (journal?.stage !== "intended" && journal?.stage !== "made") return false;
  return !endedSchema.safeParse(journal.memo).success;
}

/** What the site asked for when this process made the volume; undefined for one that was begun before. */
function toUpload({ workspace }: Context, id: string, missing?: readonly number[]): readonly number[] | undefined {
  return workspace.client(`svt volume ${id}`, () => missing);
}

/** The state knows best; of one that is half made the journal knows more. */
function standing(context: Context, id: string, { uuid, volume }: { uuid?: string; volume?: string }): Volume {
  if (uuid !== undefined) return { image: uuid, volume: volume ?? "" };
  return volumeOf(context.journal?.id ?? id);
}

function callsOf({ name, size }: Inputs): ImageCalls {
  return {
    volume: { path: "/api/v2/svt_image/create_volume", query: { name, size } },
    chunk: "/api/v2/svt_image/upload_template",
  };
}

function idOf({ image, volume }: Volume): string {
  return `${image}/${volume}`;
}

function volumeOf(id: string): Volume {
  const [image = "", volume = ""] = id.split("/");
  return { image, volume };
}

/** Said where the list of images does not show the tools'. */
function sayUnobserved(context: Context, name: string): void {
  context.info(`the site's list of images does not show ${name}; drift of it cannot be seen`);
}

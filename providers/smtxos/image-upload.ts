import { z } from "zod";
import { ChunkFailed } from "../kernel/chunked-upload";
import { CannotReach, NotFound } from "../kernel/errors";
import { type Context, Discarded, type Found } from "../kernel/resource";
import { openPlanned } from "../kernel/upload-source";
import { createVolume, deleteImage, fillVolume, type ImageCalls, type Volume } from "./images";

/** A file that becomes an image. */
export interface ImageFile {
  name: string;
  /** Bytes that the program saw. */
  size: number;
  /** From the project's folder. */
  file: string;
  calls: ImageCalls;
}

/** What the journal keeps of an upload that goes on: the site tells the size of its chunks once. */
const begunSchema = z.object({
  chunkSize: z.int().min(1),
  /** Size and time of the file that was begun with: no chunk of another one may follow. */
  size: z.number(),
  modified: z.number(),
  /** Where the image lies, where the site told. */
  path: z.string().optional(),
});
/** What the journal keeps of one that has ended: whether the site's list of images shows it. */
const endedSchema = z.object({ listed: z.boolean() });

/** Makes the volume of an image, and has the journal know of it. Returns its id. */
export async function beginUpload(context: Context, image: ImageFile): Promise<string> {
  const source = await openPlanned(context.workspace.root, image);
  try {
    const made = await createVolume(context, image.name, image.calls);
    const { size, modified } = source;
    const id = idOf(made);
    context.checkpoint(id, { chunkSize: made.chunkSize, size, modified, ...(made.path && { path: made.path }) });
    toUpload(context, id, made.missing);
    return id;
  } finally {
    await source.close();
  }
}

/** Sends what is missing; throws Discarded where nothing can be made of what is there, and has removed it. */
export async function goOnUploading(context: Context, volume: Volume, image: ImageFile): Promise<void> {
  const { name, calls } = image;
  const source = await openPlanned(context.workspace.root, image);
  try {
    const begun = begunSchema.safeParse(context.entry?.memo).data;
    if (!begun) throw await unusable("nothing is known of how it was begun");
    if (begun.size !== source.size || begun.modified !== source.modified)
      throw await unusable("the file was another one when it was begun");
    const missing = toUpload(context, idOf(volume));
    if (!missing) context.info(`the upload of ${name} goes on where it was`);
    const upload = { ...volume, chunkSize: begun.chunkSize, missing };
    await fillVolume(context, upload, { name, source, calls }).catch(startAgain);
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

/** Whether the upload of the image is begun and has not ended. An image that is taken over is not uploaded. */
export function isUploading({ entry, isBegun }: Context): boolean {
  return isBegun && !endedSchema.safeParse(entry?.memo).success;
}

/** What the journal knows where the site's list shows nothing: a list may leave out what it has never shown. */
export function knownByJournal({ entry }: Context): Found[] {
  const { id, stage, memo } = entry ?? {};
  // A site that has shown it shows it no more; what another one has, the journal alone knows.
  if (id === undefined || stage === "gone" || endedSchema.safeParse(memo).data?.listed) return [];
  return [{ id }];
}

/** Where the site said that the image of a volume lies, when it was made. */
export function pathByJournal({ entry }: Context): string | undefined {
  return begunSchema.safeParse(entry?.memo).data?.path;
}

/** What the site asked for when this process made the volume; undefined for one that was begun before. */
function toUpload({ workspace }: Context, id: string, missing?: readonly number[]): readonly number[] | undefined {
  return workspace.shared(`image volume ${id}`, () => missing);
}

/** The volume as the state's outputs have it; of an upload that has not ended, which has none yet, by the id. */
export function volumeInState(
  id: string,
  { uuid, volume }: { uuid?: string | undefined; volume?: string | undefined },
): Volume {
  return uuid === undefined ? volumeOf(id) : { image: uuid, volume: volume ?? "" };
}

export function idOf({ image, volume }: Volume): string {
  return `${image}/${volume}`;
}

export function volumeOf(id: string): Volume {
  const [image = "", volume = ""] = id.split("/");
  return { image, volume };
}

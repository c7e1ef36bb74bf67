import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { BadAnswer, NotFound, PlanConflict } from "../kernel/errors";
import { sizeOf } from "../kernel/example";
import { md5Of } from "../kernel/file-md5";
import { pathTo } from "../kernel/path";
import { type Context, Discarded, type Found } from "../kernel/resource";
import { byMeaning, replaces } from "../kernel/schema";
import { openPlanned } from "../kernel/upload-source";
import {
  beginUpload,
  goOnUploading,
  idOf,
  isUploading,
  knownByJournal,
  pathByJournal,
  volumeInState,
  volumeOf,
} from "./image-upload";
import { deleteImage, type ImageCalls, type ListedImage, listImages, type Volume } from "./images";

const inputs = z.strictObject({
  connection: connectionSchema,
  name: replaces(byMeaning(z.string().min(1), (name) => bare(String(name)))).describe(
    "name of the image: the file's; upper and lower case, and a final .iso, make no difference",
  ),
  size: replaces(z.int().min(1)).describe("bytes of the file"),
  file: z
    .string()
    .min(1)
    .describe("where the file lies, from the project's folder; read while it is uploaded or compared alone"),
});
type Inputs = z.output<typeof inputs>;

/** resource_state of an image that is whole (runbook, stage 04 检查是否已经存在iso). */
const WHOLE = "in-use";

/** An ISO image that virtual machines are installed from. */
export const IsoImage = defineResource({
  type: "smtxos:IsoImage",
  sort: "object",
  doc: "An ISO image: a volume by `POST /api/v2/images/upload/volume`, then the file in chunks by `POST /api/v2/images/upload`, as the site asks for them (runbook, stage 04 上传cloudtower ISO). An upload that was cut goes on where it was. An image of the same name and size that stands already is not uploaded again: it is taken where its MD5 is the file's or, with a warning, where the site gives none; such an image is left where it is when the resource goes.",
  inputs,
  outputs: z.strictObject({
    uuid: z.string().describe("image_uuid"),
    volume: z.string().describe("zbs_volume_id"),
    path: z.string().describe("image_path: what a virtual machine's drive is given"),
    listed: z.boolean().describe("whether the site's list of images shows it"),
    taken: z.boolean().describe("whether it stood already and was not uploaded by this stack"),
  }),
  example: {
    args: {
      name: "cloudtower-v4.6.0.iso",
      size: sizeOf("media/cloudtower-v4.6.0.iso"),
      file: "media/cloudtower-v4.6.0.iso",
    },
  },
  key: ({ name }) => bare(name),
  timeouts: { create: 4 * 60 * 60_000, update: 4 * 60 * 60_000 },

  async find(context, wanted) {
    const same = (await listImages(context)).filter(
      ({ name, size }) => bare(name) === bare(wanted.name) && (size ?? wanted.size) === wanted.size,
    );
    if (same.length === 0) return knownByJournal(context);
    const own = same.filter((image) => isOwn(context, image));
    if (own.length > 0) return own.map((image) => ({ id: idOf(image) }));
    // Of somebody else's of which neither size nor MD5 is told nothing says that it is the file.
    const comparable = same.filter(({ size, md5 }) => size !== undefined || md5);
    return comparable.length > 0 ? takable(context, comparable, wanted) : knownByJournal(context);
  },

  create: (context, wanted) => beginUpload(context, { ...wanted, calls: callsOf(wanted) }),

  async sync(context, id, wanted, prior) {
    if (prior) return outputsOf(prior);
    const volume = volumeOf(id);
    const begunAt = pathByJournal(context);
    const fresh = isUploading(context);
    const taken = !fresh && isTaken(context);
    if (fresh) await goOnUploading(context, volume, { ...wanted, calls: callsOf(wanted) });
    const seen = (await listImages(context)).find(({ image }) => image === volume.image);
    if (fresh) await refuseOtherBytes(context, volume, seen, wanted);
    const path = seen?.path ?? begunAt;
    if (!path)
      throw new NotFound(
        `${context.label} is not in the list of images of ${context.connection.name}`,
        "look at Fisheye's list of images, then run up again",
      );
    context.checkpoint(idOf(volume), { listed: seen !== undefined, ...(taken && { taken }) });
    return { uuid: volume.image, volume: volume.volume, path, listed: seen !== undefined, taken };
  },

  async read(context, id, prior) {
    const { image, volume } = volumeInState(id, prior);
    const seen = (await listImages(context)).find((each) => each.image === image);
    if (!seen) {
      if (prior.listed || (prior.uuid !== undefined && !isUploading(context))) return undefined;
      return { inputs: {}, outputs: { uuid: image, volume } };
    }
    const { name, size } = seen;
    // Of one that is half made the size is no drift: it is made anew if the file's is another.
    const isWhole = prior.uuid !== undefined || !isUploading(context);
    return {
      inputs: isWhole && size !== undefined ? { name, size } : { name },
      outputs: { uuid: image, volume, listed: true, ...(seen.path && { path: seen.path }) },
    };
  },

  async delete(context, id, prior) {
    if (prior.taken) {
      context.warn(`${prior.name} stays on ${context.connection.name}: it was not uploaded by this stack`);
      return "kept";
    }
    await deleteImage(context, volumeInState(id, prior).image, prior.name);
    return "gone";
  },
});

/** A name as it is compared: the runbook's list has it with .iso, its upload without (facts, part B 5B 12). */
function bare(name: string): string {
  return name.toLowerCase().replace(/\.iso$/, "");
}

/**
 * Whether the journal knows it, begun or whole. Where it knows no more than that a volume was asked for, no chunk of ours
 * has left: one that is whole is somebody else's. A site that tells neither state nor MD5 cannot say that it is.
 */
function isOwn({ entry }: Context, image: ListedImage): boolean {
  if (!entry || entry.stage === "gone") return false;
  if (entry.stage === "intended") return image.state === undefined ? !image.md5 : image.state !== WHOLE;
  return volumeOf(entry.id ?? "").image === image.image;
}

/** Of an image that somebody else has uploaded the journal knows either nothing beside the id, or just that. */
function isTaken({ entry }: Context): boolean {
  return entry?.memo === undefined || entry.memo["taken"] === true;
}

/** Which of the images that somebody else has uploaded is the file. Throws PlanConflict where none can be. */
async function takable(context: Context, same: ListedImage[], wanted: Inputs): Promise<Found[]> {
  const where = `on ${context.connection.name}`;
  const whole = same.filter(({ state }) => state === undefined || state === WHOLE);
  const [first] = same;
  if (whole.length === 0)
    throw new PlanConflict(
      `${context.label}: an image of that name and size stands ${where} (id ${first?.image}), is not whole (${first?.state}), and was not begun by this stack`,
      "wait until its upload has ended, or delete it in Fisheye, then run up again",
    );
  if (whole.some(({ md5 }) => md5)) {
    const md5 = await fileMd5(context, wanted);
    const match = whole.find((image) => image.md5 === md5);
    if (match) {
      context.info(`${wanted.name} stands ${where} already, with the file's MD5: it is not uploaded again`);
      return [{ id: idOf(match), ours: true, whole: true }];
    }
    const other = whole.find((image) => image.md5);
    if (whole.every((image) => image.md5))
      throw new PlanConflict(
        `${context.label}: an image of that name and size stands ${where} (id ${other?.image}), and its MD5 is ${other?.md5}, the file's ${md5}`,
        "delete or rename it in Fisheye if it is of no use, or name the right file in the plan, then run up again",
      );
  }
  const [unproved] = whole.filter((image) => !image.md5);
  context.warn(
    `${wanted.name} stands ${where} already, with the file's size; the site gives no MD5 of it, so that its bytes cannot be compared: it is taken as it is`,
  );
  return unproved ? [{ id: idOf(unproved), ours: true, whole: true }] : [];
}

/** Removes an image whose bytes have not arrived as they left; it is made anew, once. */
async function refuseOtherBytes(
  context: Context,
  volume: Volume,
  seen: ListedImage | undefined,
  wanted: Inputs,
): Promise<void> {
  if (!seen?.md5) return;
  const md5 = await fileMd5(context, wanted);
  if (seen.md5 === md5) return;
  await deleteImage(context, volume.image, wanted.name);
  throw new Discarded(
    new BadAnswer(
      `${wanted.name} has not arrived whole on ${context.connection.name}: its MD5 is ${seen.md5} there, the file's ${md5}`,
      "run up again; if it stays so, look at the network between here and the site",
    ),
  );
}

async function fileMd5(context: Context, wanted: Inputs): Promise<string> {
  context.progress(`taking the MD5 of ${wanted.file}`);
  const source = await openPlanned(context.workspace.root, wanted);
  try {
    return await md5Of(source, context.signal);
  } finally {
    await source.close();
  }
}

function callsOf({ name, size }: Inputs): ImageCalls {
  return {
    // device takes nfs alone; task_id is 2 by the runbook's text and 1 in its sample (facts, part B 5B 12).
    volume: {
      path: pathTo`/api/v2/images/upload/volume`,
      query: { name, size, description: "", device: "nfs", task_id: 2 },
    },
    chunk: pathTo`/api/v2/images/upload`,
  };
}

type Outputs = { uuid: string; volume: string; path: string; listed: boolean; taken: boolean };

function outputsOf({ uuid, volume, path, listed, taken }: Outputs): Outputs {
  return { uuid, volume, path, listed, taken };
}

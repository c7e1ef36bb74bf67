import { z } from "zod";
import { defineResource } from "../kernel/define";
import { NotFound, PlanConflict } from "../kernel/errors";
import { output, sha256Of, sizeOf } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context, Found } from "../kernel/resource";
import { byMeaning, replaces } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { beginUpload, goOnUploading, markedUpload, uploadOf } from "./elf-image-upload";
import { type TowerList, towerRows } from "./rows";
import { deleteWhere, untilShown } from "./settle";
import { awaitTask } from "./task";
import { cancelUpload } from "./upload-task";
import { isMarked, marked, otherStack, unmarked } from "./vm-mark";

const imageRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  size: z.int(),
  path: z.string(),
  local_id: z.string(),
  entityAsyncStatus: z.string().nullish(),
});
type ImageRow = z.output<typeof imageRow>;
const images = { what: "ISO images", path: pathTo`/get-elf-images`, row: imageRow } satisfies TowerList<ImageRow>;

const inputs = z.strictObject({
  connection: cloudtowerConnection,
  cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
  name: z.string().min(1).describe("name of the image; changed in place"),
  description: z.string().trim().default("").describe("free text, before the mark; changed in place"),
  size: replaces(z.int().min(1)).describe("bytes of the file; a change replaces"),
  sha256: replaces(
    byMeaning(z.string().regex(/^[0-9a-fA-F]{64}$/, "no SHA-256, hexadecimal"), (hash) => String(hash).toLowerCase()),
  )
    .optional()
    .describe(
      "SHA-256 of the file, which is compared before it is uploaded; a change replaces, and so does setting it later",
    ),
  file: z.string().min(1).describe("where the file lies, from the project's folder; read while it is uploaded alone"),
});
type Inputs = z.output<typeof inputs>;

/** An ISO image of a cluster that CloudTower is given. */
export const ElfImage = defineResource({
  type: "cloudtower:ElfImage",
  sort: "object",
  doc: "An ISO image of a cluster, uploaded through CloudTower by `POST /v2/api/upload-elf-image` (the vendor's schema): one chunk after another, each once, since CloudTower appends what comes; `/get-upload-tasks` tells how far it is. An upload that was cut goes on where it was. Known by its name, its size and the mark in its description (`[sitewright:project/stack/resource]`). One of the same name and size that stands already is not uploaded again: it is taken with a warning, since CloudTower tells nothing of its bytes, and left where it is when the resource goes. Where there is no CloudTower yet, `smtxos:IsoImage` uploads by Fisheye.",
  inputs,
  outputs: z.strictObject({
    imageId: z.string().describe("id of the image in CloudTower, elf_image_id of a CD-ROM"),
    localId: z.string().describe("the cluster's own id of the image"),
    path: z.string().describe("path of the image in the cluster"),
    taken: z.boolean().describe("whether it stood already and was not uploaded by this stack"),
  }),
  example: {
    args: {
      cluster: output(ClusterConnection, "clusterId"),
      name: "linux.iso",
      size: sizeOf("media/linux.iso"),
      sha256: sha256Of("media/linux.iso"),
      file: "media/linux.iso",
    },
    changed: { name: "linux-9.iso", description: "of web servers" },
  },
  key: ({ name }) => name,
  parents: ["cluster"],
  timeouts: { create: 4 * 60 * 60_000, update: 4 * 60 * 60_000 },

  async find(context, wanted) {
    const { entry, isBegun } = context;
    if (isBegun && entry?.id !== undefined && uploadOf(entry.id) !== undefined) return [{ id: entry.id }];
    const begun = isBegun && entry?.id === undefined ? await markedUpload(context, wanted) : undefined;
    if (begun !== undefined) return [{ id: begun, ours: true }];
    const { name, cluster, size } = wanted;
    const same = await listImages(context, { name, size, cluster: { id: cluster } });
    const own = same.filter((row) => isMarked(row.description, context));
    if (own.length > 0) return own.map(({ id }): Found => ({ id, ours: true, whole: true }));
    const [first, ...more] = same;
    if (first && more.length === 0 && otherStack(first.description, context) === undefined && entry?.id !== first.id)
      context.warn(
        `${name} stands on ${context.connection.name} already, with the file's size; CloudTower tells nothing of its bytes, so that they cannot be compared: it is taken as it is`,
      );
    return same.map(({ id, description }) => {
      const stack = otherStack(description, context);
      return { id, whole: true, ours: stack === undefined && more.length === 0, stack };
    });
  },

  create: (context, wanted) => {
    context.progress(`uploading ${wanted.name}`);
    return beginUpload(context, wanted);
  },

  async sync(context, id, wanted, prior) {
    const upload = uploadOf(id);
    if (!prior && upload !== undefined) await goOnUploading(context, upload, wanted);
    const row = prior ? await rowsOf(context).fresh(prior.imageId) : await standing(context, id, wanted);
    if (!row) throw new NotFound(`image ${wanted.name} stands no more`, "run pulumi refresh, then up");
    const taken = prior ? prior.taken : upload === undefined && !isMarked(row.description, context);
    await change(context, row, wanted, taken);
    return { imageId: row.id, localId: row.local_id, path: row.path, taken };
  },

  async read(context, id, prior) {
    const imageId = prior.imageId ?? (uploadOf(id) === undefined ? id : undefined);
    // Of one that is half made nothing is drift: the upload goes on, or begins anew.
    if (imageId === undefined) return { inputs: {}, outputs: {} };
    const row = await rowsOf(context).recent(imageId);
    if (!row) return undefined;
    const { name, description, size, local_id: localId, path } = row;
    return {
      inputs: { name, size, ...(prior.taken ? {} : { description: unmarked(description, context) }) },
      outputs: { imageId, localId, path },
    };
  },

  async delete(context, id, prior) {
    const { name } = prior;
    const upload = uploadOf(id);
    if (prior.taken) {
      context.warn(`${name} stays on ${context.connection.name}: it was not uploaded by this stack`);
      return "kept";
    }
    if (prior.imageId === undefined && upload !== undefined) await cancelUpload(context, upload, name);
    const row = prior.imageId !== undefined ? await rowsOf(context).fresh(prior.imageId) : await ownRow(context, prior);
    if (!row) return "gone";
    const other = otherStack(row.description, context);
    if (other !== undefined) {
      context.warn(`image ${name} (id ${row.id}) is let go and stays: by its mark it is now one of ${other}`);
      return "kept";
    }
    await deleteWhere(context, {
      what: `image ${name}`,
      path: pathTo`/delete-elf-image`,
      where: { id: row.id },
      isGone: async () => !(await rowsOf(context).fresh(row.id)),
    });
    return "gone";
  },
});

const rowsOf = (context: Context) => towerRows(context, images);

function listImages(context: Context, where: Record<string, unknown>): Promise<ImageRow[]> {
  return cloudtower(context).list({ ...images, where });
}

/** The image that bears this resource's mark; undefined: there is none. */
async function ownRow(
  context: Context,
  { name, cluster }: Pick<Inputs, "name" | "cluster">,
): Promise<ImageRow | undefined> {
  const rows = await listImages(context, { name, cluster: { id: cluster } });
  return rows.find(({ description }) => isMarked(description, context));
}

/** What has become of an upload that has ended, once it is listed; of an id that is an image's, that one. */
async function standing(context: Context, id: string, wanted: Inputs): Promise<ImageRow | undefined> {
  if (uploadOf(id) === undefined) return rowsOf(context).fresh(id);
  let row: ImageRow | undefined;
  await untilShown(context, `image ${wanted.name}`, async () => {
    row = await ownRow(context, wanted);
    return row ? undefined : "not listed so far";
  });
  return row;
}

/** Name and description; of one that others have uploaded the description is theirs. */
async function change(context: Context, row: ImageRow, wanted: Inputs, taken: boolean): Promise<void> {
  const { name } = wanted;
  const description = taken ? row.description : marked(wanted.description, context);
  const differs = (seen: ImageRow) => seen.name !== name || seen.description !== description;
  if (!differs(row)) return;
  if (taken)
    throw new PlanConflict(
      `image ${row.name} (id ${row.id}) was uploaded by somebody else, and is not renamed to ${name}`,
      "put the name back in the plan, or upload the file under the new one as another resource",
    );
  await untilShown(context, `the end of another client's change of image ${row.name}`, async () => {
    const status = (await rowsOf(context).fresh(row.id))?.entityAsyncStatus;
    return status ?? undefined;
  });
  const changed = await cloudtower(context).write({
    operation: `change image ${row.name}`,
    path: pathTo`/update-elf-image`,
    body: { where: { id: row.id }, data: { name, description } },
    schema: oneOrMany(started),
    idempotent: true,
  });
  await awaitTask(context, `changing image ${name}`, changed?.[0]?.task_id);
  await untilShown(context, `the change of image ${name}`, async () => {
    const seen = await rowsOf(context).fresh(row.id);
    if (!seen || seen.entityAsyncStatus) return String(seen?.entityAsyncStatus ?? "gone");
    return differs(seen) ? `name ${seen.name}` : undefined;
  });
}

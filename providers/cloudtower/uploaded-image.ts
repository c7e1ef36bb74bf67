import type { z } from "zod";
import { NotFound, PlanConflict } from "../kernel/errors";
import type { Path } from "../kernel/path";
import type { Context, Found, ObjectKind } from "../kernel/resource";
import { cloudtower, oneOrMany, started } from "./client";
import {
  beginUpload,
  cancelUploads,
  goOnUploading,
  type ImageFile,
  type ImageUrl,
  markedUpload,
  untilFetched,
  uploadOf,
} from "./image-upload";
import { type TowerList, towerRows } from "./rows";
import { deleteWhere, untilShown } from "./settle";
import { awaitTask } from "./task";
import { isKnown, isMarked, otherStack } from "./vm-mark";
import type { Where } from "./walk";

/** An image as its list shows it. */
type Row = { id: string; name: string; size: number; description?: string; entityAsyncStatus?: unknown };

type Inputs = z.ZodObject<{ name: z.ZodString }>;
type Outputs = z.ZodObject<{ imageId: z.ZodString; taken: z.ZodBoolean }>;

/** What differs between the kinds of images that CloudTower is given. */
interface UploadedImage<I extends Inputs, O extends Outputs, R extends Row>
  extends Pick<ObjectKind<I, O>, "doc" | "example" | "parents" | "refuses"> {
  type: `cloudtower:${string}`;
  inputs: I;
  outputs: O;
  list: TowerList<R>;
  /** Where an image of that name is looked for; undefined: in all of the list. */
  within(wanted: z.output<I>): Where;
  source(wanted: z.output<I>, context: Context): ImageFile | ImageUrl;
  /** The description with the mark; undefined where there is none: then name and size tell which one came of an upload. */
  described?(wanted: z.output<I>, context: Context): string;
  /** Whether other sites use it too. */
  isShared?(wanted: z.output<I>): boolean;
  /** Inputs as they stand beside name and size. `taken`: those of somebody else's. */
  seen?(row: R, context: Context, prior: z.output<I>, taken: boolean): Partial<z.output<I>>;
  outputsOf(row: R): Omit<z.output<O>, "taken">;
  /** What calls of its own change, of the image as it stands. */
  apart?(context: Context, row: R, wanted: z.output<I>, taken: boolean): Promise<void>;
  /** Undefined where CloudTower has no such call. */
  paths: { update?: Path; delete?: Path };
  /** Where there is none that deletes: how it is done otherwise. */
  otherwise?: string;
}

/**
 * The kind of an image that CloudTower is given: uploaded chunk by chunk, or fetched by itself; one of the same name and
 * size that stands already is taken as it is, and left.
 */
export function uploadedImage<I extends Inputs, O extends Outputs, R extends Row>(
  about: UploadedImage<I, O, R>,
): ObjectKind<I, O> {
  const { type, doc, inputs, outputs, example, list, paths } = about;
  const rowsOf = (context: Context) => towerRows(context, list);
  const isShared = (wanted: z.output<I>) => about.isShared?.(wanted) ?? false;
  const bearsMark = (wanted: z.output<I>) => about.described !== undefined && !isShared(wanted);
  const isOwn = (row: R, context: Context) => isMarked(row.description ?? "", context);

  /** Whether somebody else has uploaded it: what came of an upload of this resource has that upload's id. */
  const isTaken = (id: string, row: R, context: Context) => uploadOf(id) === undefined && !isOwn(row, context);

  /** Those of the planned name and, where the plan has one, size. */
  function sameOnes(context: Context, wanted: z.output<I>): Promise<R[]> {
    const source = about.source(wanted, context);
    const size = "url" in source ? {} : { size: source.size };
    return cloudtower(context).list({ ...list, where: { name: wanted.name, ...size, ...about.within(wanted) } });
  }

  /** What an upload of this resource has become; undefined: it is not listed. */
  async function ownRow(context: Context, wanted: z.output<I>): Promise<R | undefined> {
    const rows = bearsMark(wanted)
      ? await cloudtower(context).list({ ...list, where: { name: wanted.name, ...about.within(wanted) } })
      : await sameOnes(context, wanted);
    return bearsMark(wanted) ? rows.find((row) => isOwn(row, context)) : rows[0];
  }

  /** What has become of an upload that has ended, once it is listed; of an id that is an image's, that one. */
  async function standing(context: Context, id: string, wanted: z.output<I>): Promise<R | undefined> {
    if (uploadOf(id) === undefined) return rowsOf(context).fresh(id);
    let row: R | undefined;
    await untilShown(context, `image ${wanted.name}`, async () => {
      row = await ownRow(context, wanted);
      return row ? undefined : "not listed so far";
    });
    return row;
  }

  /** Name and description; of one that others have uploaded the description is theirs. */
  async function change(context: Context, row: R, wanted: z.output<I>, taken: boolean): Promise<void> {
    const { name } = wanted;
    const description = taken ? row.description : about.described?.(wanted, context);
    const differs = (seen: R) => seen.name !== name || seen.description !== description;
    if (!differs(row) || !paths.update) return;
    if (taken || (isShared(wanted) && row.name !== name))
      throw new PlanConflict(
        `image ${row.name} (id ${row.id}) was uploaded by somebody else, and is not renamed to ${name}`,
        "put the name back in the plan, or upload the file under the new one as another resource",
      );
    await untilSettled(context, row);
    const changed = await cloudtower(context).write({
      operation: `change image ${row.name}`,
      path: paths.update,
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

  function untilSettled(context: Context, row: R): Promise<void> {
    return untilShown(context, `the end of another client's change of image ${row.name}`, async () => {
      const status = (await rowsOf(context).fresh(row.id))?.entityAsyncStatus;
      return status ? String(status) : undefined;
    });
  }

  return {
    type,
    sort: "object",
    ...(about.described && { bearsMark: true }),
    doc,
    inputs,
    outputs,
    ...(example && { example }),
    key: ({ name }) => name,
    ...(about.parents && { parents: about.parents }),
    ...(about.refuses && { refuses: about.refuses }),
    timeouts: { create: 4 * 60 * 60_000, update: 4 * 60 * 60_000 },

    async find(context, wanted) {
      const { entry, isBegun } = context;
      if (isBegun && entry?.id !== undefined && uploadOf(entry.id) !== undefined) return [{ id: entry.id }];
      const source = about.source(wanted, context);
      const isUntold = isBegun && entry?.id === undefined;
      const begun = isUntold ? await markedUpload(context, source) : undefined;
      if (begun !== undefined) return [{ id: begun, ours: true }];
      if (isUntold && "url" in source) await untilFetched(context, source);
      const same = await sameOnes(context, wanted);
      const own = same.filter((row) => isOwn(row, context));
      if (own.length > 0) return own.map(({ id }): Found => ({ id, ours: true, whole: true }));
      const [first, ...more] = same;
      const stackOf = (row: R) => otherStack(row.description ?? "", context);
      if (
        first &&
        more.length === 0 &&
        stackOf(first) === undefined &&
        !isKnown(context, first.id) &&
        !isShared(wanted)
      )
        context.warn(
          `${wanted.name} stands on ${context.connection.name} already${"url" in source ? "" : ", with the file's size"}; CloudTower tells nothing of its bytes, so that they cannot be compared: it is taken as it is`,
        );
      return same.map((row) => {
        const stack = stackOf(row);
        return { id: row.id, whole: true, ours: stack === undefined && more.length === 0, stack };
      });
    },

    create(context, wanted) {
      context.progress(`uploading ${wanted.name}`);
      return beginUpload(context, about.source(wanted, context));
    },

    async sync(context, id, wanted, prior) {
      const upload = uploadOf(id);
      if (!prior && upload !== undefined) await goOnUploading(context, upload, about.source(wanted, context));
      const row = prior ? await rowsOf(context).fresh(prior.imageId) : await standing(context, id, wanted);
      if (!row) throw new NotFound(`image ${wanted.name} stands no more`, "run pulumi refresh, then up");
      const taken = prior ? prior.taken : isTaken(id, row, context);
      await change(context, row, wanted, taken);
      await about.apart?.(context, row, wanted, taken);
      return { ...about.outputsOf(row), taken } as z.output<O>;
    },

    async read(context, id, prior) {
      const imageId = prior.imageId ?? (uploadOf(id) === undefined ? id : undefined);
      // Of one that is half made nothing is drift: the upload goes on, or begins anew.
      if (imageId === undefined) return { inputs: {}, outputs: {} };
      const row = await rowsOf(context).recent(imageId);
      if (!row) return undefined;
      const { name, size } = row;
      const taken = prior.taken ?? isTaken(id, row, context);
      const isSized = (prior as { size?: number }).size !== undefined;
      const seen = { name, ...(isSized && { size }), ...about.seen?.(row, context, prior, taken) };
      const read = { ...about.outputsOf(row), taken };
      return { inputs: seen as Partial<z.output<I>>, outputs: read as Partial<z.output<O>> };
    },

    async delete(context, id, prior) {
      const { name } = prior;
      const { connection } = context;
      const upload = uploadOf(id);
      const stays = (why: string) => {
        context.warn(`${name} stays on ${connection.name}: ${why}`);
        return "kept" as const;
      };
      const imageId = prior.imageId ?? (upload === undefined ? id : undefined);
      if (imageId === undefined && upload !== undefined)
        await cancelUploads(context, upload, about.source(prior, context));
      const row = imageId !== undefined ? await rowsOf(context).fresh(imageId) : await ownRow(context, prior);
      if (!row) return "gone";
      if (isShared(prior)) return stays("it is shared with other sites");
      if (prior.taken ?? isTaken(id, row, context)) return stays("it was not uploaded by this stack");
      const other = otherStack(row.description ?? "", context);
      if (other !== undefined) {
        context.warn(`image ${name} (id ${row.id}) is let go and stays: by its mark it is now one of ${other}`);
        return "kept";
      }
      if (!paths.delete) return stays(`CloudTower has no call that deletes it; ${about.otherwise}`);
      await deleteWhere(context, {
        what: `image ${name}`,
        path: paths.delete,
        where: { id: row.id },
        isGone: async () => !(await rowsOf(context).fresh(row.id)),
      });
      return "gone";
    },
  };
}

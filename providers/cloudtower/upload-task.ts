import { z } from "zod";
import { TimedOut } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower } from "./client";
import { COMMITS_WITHIN } from "./settle";

export const uploadRow = z.looseObject({
  id: z.string().min(1),
  status: z.string(),
  current_chunk: z.int(),
  chunk_size: z.int().min(1),
  size: z.int(),
  args: z.looseObject({ name: z.string().nullish(), description: z.string().nullish() }).nullish(),
});
export type UploadSeen = z.output<typeof uploadRow>;

/** Vendor milliseconds between two looks. */
const LOOK = 2_000;

/** Uploads that a condition finds. */
export function listUploads(context: Context, where: object): Promise<UploadSeen[]> {
  const condition = where as Record<string, unknown>;
  return cloudtower(context).list({
    what: "uploads",
    path: pathTo`/get-upload-tasks`,
    where: condition,
    row: uploadRow,
  });
}

/** Undefined where CloudTower has none of that id. */
export async function findUpload(context: Context, id: string): Promise<UploadSeen | undefined> {
  return (await listUploads(context, { id }))[0];
}

/** Ends an upload that goes on; one that has ended, or is not there, is left. */
export async function cancelUpload(context: Context, id: string, what: string): Promise<void> {
  const upload = await findUpload(context, id);
  if (!upload || hasEnded(upload)) return;
  await cloudtower(context).write({
    operation: `cancel the upload of ${what}`,
    path: pathTo`/cancel-upload-task`,
    body: { where: { id } },
    schema: z.unknown(),
    idempotent: true,
  });
}

export function hasEnded({ status }: UploadSeen): boolean {
  return status === "SUCCESSED" || status === "FAILED";
}

/**
 * How many chunks an upload has, by its current_chunk, which with one chunk was `first`: whether it counts from 0 or 1,
 * and what, no document says. One that has ended well has them all.
 */
export function takenOf({ status, current_chunk }: UploadSeen, first: number, count: number): number {
  return status === "SUCCESSED" ? count : current_chunk - first + 1;
}

/** How many chunks there are once a lost one has come, or cannot come any more. */
export async function arrivedAfterLoss(context: Context, before: number, look: () => Promise<number>): Promise<number> {
  let seen = before;
  try {
    return await context.wait<number>(
      "a chunk whose answer was lost",
      async () => {
        seen = await look();
        return seen > before ? { done: seen } : { pending: `${seen} chunks` };
      },
      { interval: LOOK / 4, cap: LOOK, atMost: COMMITS_WITHIN, throughOutage: true },
    );
  } catch (error) {
    if (error instanceof TimedOut) return seen;
    throw error;
  }
}

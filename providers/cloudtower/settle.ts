import { Refused, TimedOut } from "../kernel/errors";
import type { Path } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { isAnswerLost } from "../kernel/wire-errors";
import { cloudtower, oneOrMany, started, type TowerCaller } from "./client";
import { awaitTask } from "./task";

/** Vendor milliseconds between two looks, and until a setting that does not show is called lost. */
const LOOK = 2_000;
const SHOWN_WITHIN = 60_000;
/** As long as the kernel looks for an object after a lost answer: the request may still be on its way. */
export const COMMITS_WITHIN = 20_000;

/** Waits until what was written is what CloudTower shows: an answer of its own is no proof that it was kept. */
export function untilShown(context: Context, what: string, look: () => Promise<string | undefined>): Promise<void> {
  return context.wait<void>(
    `${what} to be shown by ${context.connection.name}`,
    async () => {
      const differs = await look();
      return differs === undefined ? { done: undefined } : { pending: differs };
    },
    { interval: LOOK / 4, cap: LOOK, atMost: SHOWN_WITHIN },
  );
}

/**
 * A write that is not sent twice, and whose answer may be lost: then what it was to do is looked for, and is what
 * `look` finds. Throws the write's own error when nothing of it is to be seen.
 */
export async function lookAfterLoss<T>(
  context: Pick<Context, "progress" | "wait">,
  write: () => Promise<T>,
  look: () => Promise<T | undefined>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isAnswerLost(error)) throw error;
    context.progress("the answer to the request was lost; looking for what it did");
    try {
      return await context.wait<T>(
        "what a request whose answer was lost has done",
        async () => {
          const seen = await look();
          return seen === undefined ? { pending: "nothing to be seen" } : { done: seen };
        },
        { interval: LOOK / 2, cap: LOOK, atMost: COMMITS_WITHIN, throughOutage: true },
      );
    } catch (other) {
      throw other instanceof TimedOut ? error : other;
    }
  }
}

export interface Deletion {
  /** `datacenter DC-01`. */
  what: string;
  path: Path;
  where: Record<string, unknown>;
  /** Whether it is gone: CloudTower refuses to delete what is not there, as after a request that was sent twice. */
  isGone(): Promise<boolean>;
}

/** Deletes, and waits for the tasks, where there are any. Not there any more is well. */
export async function deleteWhere(context: TowerCaller, { what, path, where, isGone }: Deletion): Promise<void> {
  try {
    const deleted = await cloudtower(context).write({
      operation: `delete ${what}`,
      path,
      body: { where },
      schema: oneOrMany(started),
      idempotent: true,
    });
    for (const { task_id } of deleted ?? []) await awaitTask(context, `deleting ${what}`, task_id);
  } catch (error) {
    if (!(error instanceof Refused) || !(await isGone())) throw error;
  }
}

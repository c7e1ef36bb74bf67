import { TaskFailed, TimedOut } from "../kernel/errors";
import type { Context } from "../kernel/resource";
import { reasonOf } from "../kernel/wire-errors";

/** Codes of tasks that fail where a cluster has no room at this moment (facts, part B 5A 9). */
const NO_ROOM = /HostAvailableMemoryFilter|EAllocSpace/;
/** Vendor milliseconds between two tries, and for all of them: a public client waits five minutes for other machines to go. */
const ROOM = { interval: 30_000, cap: 5 * 60_000, atMost: 20 * 60_000 };

/**
 * Tries again, later and later, what fails for want of memory or space; then it fails with the vendor's words. `failed`
 * runs after each task that has failed so, and throws where nothing more is to be tried.
 */
export async function onceThereIsRoom<T>(
  context: Context,
  what: string,
  work: () => Promise<T>,
  failed: (error: TaskFailed) => Promise<void>,
): Promise<T> {
  let lacking: unknown;
  try {
    return await context.wait<T>(
      `room for ${what}`,
      async () => {
        try {
          return { done: await work() };
        } catch (error) {
          if (!(error instanceof TaskFailed) || !NO_ROOM.test(error.message)) throw error;
          lacking = error;
          await failed(error);
          return { pending: reasonOf(error) };
        }
      },
      ROOM,
    );
  } catch (error) {
    throw error instanceof TimedOut && lacking ? lacking : error;
  }
}

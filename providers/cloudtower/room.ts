import { TaskFailed } from "../kernel/errors";
import { NoRoom } from "../kernel/resource";

/** Codes of tasks that fail where a cluster has no room at this moment (facts, part B 5A 9). */
const NO_ROOM = /HostAvailableMemoryFilter|EAllocSpace/;

/**
 * Work of a task that may fail for want of memory or space, which is a NoRoom. `failed` runs before that, and throws where
 * nothing is to be tried again.
 */
export async function inNeedOfRoom<T>(
  work: () => Promise<T>,
  failed: (error: TaskFailed) => Promise<void>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TaskFailed) || !NO_ROOM.test(error.message)) throw error;
    await failed(error);
    throw new NoRoom(error);
  }
}

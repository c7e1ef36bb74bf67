import { TimedOut } from "./errors";
import { type Context, NoRoom } from "./resource";
import type { Look } from "./wait";
import { reasonOf } from "./wire-errors";

/** Vendor milliseconds between two tries, and for all of them: a public client waits five minutes for other machines to go. */
const ROOM = { interval: 30_000, cap: 5 * 60_000, atMost: 20 * 60_000 };

/** Tries again, later and later, what throws NoRoom; then it fails with the cause of the last one. */
export async function onceThereIsRoom<T>(
  { wait }: Pick<Context, "wait">,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  let lacking: NoRoom | undefined;
  const tried = async (): Promise<Look<T>> => {
    lacking = undefined;
    try {
      return { done: await work() };
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      lacking = error;
      return { pending: reasonOf(error.cause) };
    }
  };
  // Work that is never in want of room has the operation's whole time.
  let first: Look<T> | undefined = await tried();
  if ("done" in first) return first.done;
  try {
    return await wait<T>(
      `room for ${what}`,
      async () => {
        const look = first ?? (await tried());
        first = undefined;
        return look;
      },
      ROOM,
    );
  } catch (error) {
    // Of a time-out in the work itself, room is not what was lacking.
    throw error instanceof TimedOut && lacking ? lacking.cause : error;
  }
}

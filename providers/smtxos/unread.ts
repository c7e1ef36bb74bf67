import { Refused } from "../kernel/errors";
import type { Observed } from "../kernel/resource";

/** Whether the site has no such call: with an ec the answer would be a word on the object, and not on the call. */
export function isNoCall(error: unknown): error is Refused {
  return error instanceof Refused && !error.vendorCode && [404, 405, 501].includes(error.status ?? 0);
}

/** What a kind's read returns. Where the site has no call for it, `what` is said to be unread, and all stays as known. */
export async function orUnread<I, O>(
  what: string,
  read: () => Promise<Observed<I, O> | undefined>,
): Promise<Observed<I, O> | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isNoCall(error)) return { inputs: {}, outputs: {}, unread: what };
    throw error;
  }
}

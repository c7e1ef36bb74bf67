import { Refused, TimedOut } from "../kernel/errors";
import type { Context } from "../kernel/resource";
import { reasonOf } from "../kernel/wire-errors";

/** Vendor milliseconds that a job of a run that was cut may still need. */
const BUSY = 120_000;

/**
 * Sends a write once the site no longer says that another job is at the object, as one of a killed run may be. `again`
 * tells `write` that it was refused so before: it looks first whether there is still something to send, since that job
 * may have done it. The word for it stands in no document (facts, section 6): CloudTower's is ResourceLocked, so what
 * has BUSY or LOCKED in its code counts; any other refusal is one. Throws the last refusal when the object does not
 * become free. `object` is as a person would say it: `virtual switch vDS-Production`.
 */
export async function whenFree<T>(context: Context, object: string, write: (again: boolean) => Promise<T>): Promise<T> {
  let busy: Refused | undefined;
  try {
    return await context.wait<T>(
      `another job on ${object}`,
      async () => {
        try {
          return { done: await write(busy !== undefined) };
        } catch (error) {
          if (!(error instanceof Refused) || !isBusy(error)) throw error;
          busy = error;
          return { pending: reasonOf(error) };
        }
      },
      { interval: 1_000, cap: 10_000, atMost: BUSY },
    );
  } catch (error) {
    if (!busy || !(error instanceof TimedOut)) throw error;
    throw new Refused(reasonOf(busy), {
      status: busy.status,
      vendorCode: busy.vendorCode,
      hint: "look at its job in Fisheye's task list; once it has ended, up again",
      cause: busy,
    });
  }
}

/** Whether it is the site's word that another job is at the object. */
export function isBusy({ vendorCode }: Refused): boolean {
  return /BUSY|LOCKED/i.test(vendorCode ?? "");
}

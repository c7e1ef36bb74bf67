import {
  BadFile,
  CannotReach,
  NotAuthorised,
  NotTrusted,
  PasswordExpired,
  PlanConflict,
  Refused,
  type SitewrightError,
  TimedOut,
  UnknownPrompt,
} from "../errors";
import type { Operation } from "../operation";
import type { Context } from "../resource";
import { reasonOf } from "../wire-errors";

/**
 * The error of a creating write, after the journal was told where it says that nothing was made: a refusal does, a
 * deadline does not.
 */
export function retracted(operation: Operation, error: unknown): unknown {
  // A refusal after the write was accepted, as of a look at the vendor's job: the object is there, or comes to be.
  if (operation.context.entry?.stage !== "intended") return error;
  const surelyNot = [
    Refused,
    CannotReach,
    NotAuthorised,
    PasswordExpired,
    UnknownPrompt,
    NotTrusted,
    PlanConflict,
    BadFile,
  ];
  return surelyNot.some((kind) => error instanceof kind)
    ? alsoNoted(error as SitewrightError, () => operation.retracted())
    : error;
}

/**
 * Notes something in the journal, and returns the error. Where noting fails, the error says so, too: why the work
 * failed counts more.
 */
export function alsoNoted(error: SitewrightError, note: () => void): SitewrightError {
  try {
    note();
  } catch (failed) {
    const tail = error.hint ? ` — ${error.hint}` : "";
    error.message = `${reasonOf(error)}; and it could not be noted: ${(failed as Error).message}${tail}`;
  }
  return error;
}

/**
 * Looks for a while for what a write has brought about whose answer was lost: it may commit late. Undefined where
 * nothing came of it.
 */
export async function lookFor<T>(
  context: Context,
  what: string,
  look: () => Promise<T | undefined>,
  atMost = 20_000,
): Promise<T | undefined> {
  context.progress(`looking for ${what}`);
  try {
    return await context.wait(
      what,
      async () => {
        const seen = await look();
        return seen === undefined ? { pending: "not to be seen" } : { done: seen };
      },
      { interval: 1_000, cap: 5_000, atMost, throughOutage: true },
    );
  } catch (error) {
    if (error instanceof TimedOut) return undefined;
    throw error;
  }
}

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
import type { Context } from "../resource";
import type { Run } from "../run";
import { reasonOf } from "../wire-errors";

/** A refusal of the creating write is an answer: nothing was made. A deadline or a lost engine is none. */
export function retracted(run: Run, error: unknown): unknown {
  // Refused later, while the vendor's job is looked at: something is there, or comes to be.
  if (run.context.entry?.stage !== "intended") return error;
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
    ? alsoNoted(error as SitewrightError, () => run.retracted())
    : error;
}

/** The error, after it was noted; where that fails the error says so too, since why the work failed is what counts. */
export function alsoNoted(error: SitewrightError, note: () => void): SitewrightError {
  try {
    note();
  } catch (failed) {
    const tail = error.hint ? ` — ${error.hint}` : "";
    error.message = `${reasonOf(error)}; and it could not be noted: ${(failed as Error).message}${tail}`;
  }
  return error;
}

/** A request on its way may still commit: look for a while before saying that nothing came of it. */
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

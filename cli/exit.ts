import { constants } from "node:os";
import { PlanUnreadable } from "../plan/plan-unreadable";

/** 2 for what cannot be read or was asked wrongly, a shell's number for a signal, 1 for everything else that fails. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return 128 + constants.signals[error.signal];
  return error instanceof PlanUnreadable || error instanceof UsageError ? 2 : 1;
}

/** A command that cannot be carried out as it was written. */
export class UsageError extends Error {}

/** This process was told to stop, and what it had started has ended. */
export class Interrupted extends Error {
  constructor(
    what: string,
    readonly signal: NodeJS.Signals,
  ) {
    super(`stopped by ${signal}, and ${what} has ended`);
  }
}

import { PlanUnreadable } from "../plan/plan-unreadable";

/** 2 for what cannot be read or was asked wrongly, 1 for everything else that fails. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof PlanUnreadable || error instanceof UsageError ? 2 : 1;
}

/** A command that cannot be carried out as it was written. */
export class UsageError extends Error {}

import { existsSync, linkSync, renameSync } from "node:fs";
import { NotWritten } from "../base/file-problem";
import { writeWhole } from "../base/write-whole";
import { PlanUnreadable } from "./plan-unreadable";

/**
 * Writes a file that must not be there yet: what somebody has filled in is never overwritten. It appears whole or not
 * at all. `secret`: readable by its owner alone. Throws PlanUnreadable where it cannot be written.
 */
export function writeNewFile(path: string, bytes: Uint8Array | string, { secret = false } = {}): void {
  refuseStanding(path);
  try {
    writeWhole(path, bytes, { mode: secret ? 0o600 : 0o666, place: linkOrMove });
  } catch (error) {
    if (!(error instanceof NotWritten)) throw error;
    if (error.cause instanceof PlanUnreadable) throw error.cause;
    throw new PlanUnreadable(path, `it cannot be written: ${error.problem}`, error.hint);
  }
}

/** So that long work need not be done first. Throws PlanUnreadable. */
export function refuseStanding(path: string): void {
  if (!existsSync(path)) return;
  throw new PlanUnreadable(
    path,
    "there is a file of that name, and it is not overwritten",
    "name another, or remove it",
  );
}

/** A link fails where a file stands, a move replaces it; network shares often know no links. */
function linkOrMove(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    refuseStanding(to);
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    renameSync(from, to);
  }
}

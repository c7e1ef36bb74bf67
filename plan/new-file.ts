import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { PlanUnreadable } from "./plan-unreadable";

/**
 * Writes a file that must not be there yet: what somebody has filled in is never overwritten. It appears whole or not
 * at all. `secret`: readable by its owner alone. Throws PlanUnreadable where it cannot be written.
 */
export function writeNewFile(path: string, bytes: Uint8Array | string, { secret = false } = {}): void {
  refuseStanding(path);
  const unfinished = `${path}.${process.pid}.unfinished`;
  try {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    const handle = openSync(unfinished, flags, secret ? 0o600 : 0o666);
    try {
      writeFileSync(handle, bytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    linkOrMove(unfinished, path);
  } catch (error) {
    if (error instanceof PlanUnreadable) throw error;
    const hint = "see to it that its folder is there and may be written";
    throw new PlanUnreadable(path, `it cannot be written (${(error as NodeJS.ErrnoException).code})`, hint);
  } finally {
    rmSync(unfinished, { force: true });
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

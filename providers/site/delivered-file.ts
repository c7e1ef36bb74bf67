import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { BadFile, PlanConflict } from "../kernel/errors";

/** The bytes of a file of the user's; undefined when it is not there. */
export function readBytes(root: string, path: string): Buffer | undefined {
  try {
    return readFileSync(join(root, path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new BadFile(`${path} cannot be read: ${message}`, "see to it that it is a file and may be read");
  }
}

/** By whatever name, link or hard link: the user's own workbook is never written. */
export function refuseSameFile(root: string, source: string, target: string): void {
  const [a, b] = [source, target].map((path) => statSync(join(root, path), { throwIfNoEntry: false }));
  if (!a || !b || a.dev !== b.dev || a.ino !== b.ino) return;
  throw new PlanConflict(
    `${target} is ${source} itself, the plan: it is never written`,
    `remove the link ${target}, or give the copy another place`,
  );
}

/**
 * Replaces a file whole, readable by its owner alone: a kill leaves the old one or the new one, and what it may leave
 * beside them is taken away by the next call of this or of `removeUnfinished`.
 */
export function writePrivate(root: string, path: string, bytes: Uint8Array): void {
  const file = join(root, path);
  const unfinished = unfinishedOf(file);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rmSync(unfinished, { force: true });
    // Made by us and by nobody else: no link that somebody has put there is followed.
    const handle = openSync(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished, file);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new BadFile(
      `${path} cannot be written: ${(error as Error).message}`,
      "see to it that the folder may be written and the disk has room, then run up again",
    );
  }
}

/** Only one run writes to a stack at a time (writers.ts): whatever stands there, a killed one has left. */
export function removeUnfinished(root: string, path: string): void {
  rmSync(unfinishedOf(join(root, path)), { force: true });
}

function unfinishedOf(file: string): string {
  return `${file}.unfinished`;
}

/** The new name is on the disk only when the folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

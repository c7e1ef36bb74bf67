import { closeSync, constants, fchmodSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { NotWritten } from "./file-problem";
import { openFile, readPart } from "./open-file";
import { syncFolder, writeAll } from "./write-whole";

/**
 * Appends a line to a file of its owner's alone, and has it on disk before it returns; or throws NotWritten, and the
 * file ends as it did before. Follows no link. Several processes may append at a time: a line is written by one call, so
 * none tears another, unless the disk runs full; then what is left of a line costs no other one.
 */
export function appendLine(file: string, line: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const handle = openFile(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
    try {
      const { size, mode } = fstatSync(handle);
      if ((mode & 0o077) !== 0) forItsOwner(handle);
      while (!append(handle, `${line}\n`));
      if (size === 0) syncFolder(dirname(file));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw new NotWritten(file, error);
  }
}

/** False where another process's line has come between two parts of this one: then it counts for nothing. */
function append(handle: number, line: string): boolean {
  const { size } = fstatSync(handle);
  // A kill can leave half a line: begin on a new one, or both would be lost.
  const text = Buffer.from(endsInsideLine(handle, size) ? `\n${line}` : line, "utf8");
  try {
    writeAll(handle, text);
    fsyncSync(handle);
  } catch (error) {
    takeBack(handle, text, size);
    throw error;
  }
  const end = fstatSync(handle).size;
  return end === size + text.length || readPart(handle, size, end).includes(text);
}

/** What stands of a text from `size` on, as long as nobody else's stands behind it. */
function takeBack(handle: number, text: Buffer, size: number): void {
  try {
    const left = fstatSync(handle).size - size;
    if (left > 0 && left <= text.length && readPart(handle, size, size + left).equals(text.subarray(0, left)))
      ftruncateSync(handle, size);
  } catch {
    // Half a line stays, and the next one begins behind it: why this one was not written is what counts.
  }
}

/** Where it is another user's it stays as it is. */
function forItsOwner(handle: number): void {
  try {
    fchmodSync(handle, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

function endsInsideLine(handle: number, size: number): boolean {
  return size > 0 && readPart(handle, size - 1, size)[0] !== 0x0a;
}

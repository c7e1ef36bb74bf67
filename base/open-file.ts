import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** Opens a file that is one: no link, no pipe, no device. */
export function openFile(file: string, flags: number): number {
  const handle = openSync(file, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  if (fstatSync(handle).isFile()) return handle;
  closeSync(handle);
  throw new Error(`${file} is no file, but a folder, a pipe or a device`);
}

/** What a file holds from `start` to `end`, or to its end where that comes before. */
export function readPart(handle: number, start: number, end: number): Buffer {
  const buffer = Buffer.alloc(end - start);
  let length = 0;
  while (length < buffer.length) {
    const taken = readSync(handle, buffer, length, buffer.length - length, start + length);
    if (taken === 0) break;
    length += taken;
  }
  return buffer.subarray(0, length);
}

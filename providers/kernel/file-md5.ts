import { createHash } from "node:crypto";
import type { UploadSource } from "./upload-source";

/** Bytes read at a time. */
const PIECE = 4 * 1024 * 1024;

/**
 * The MD5 of a file, hexadecimal. One piece of the file lies in memory. Throws BadFile when it changes, or the signal's
 * reason.
 */
export async function md5Of(source: UploadSource, signal: AbortSignal): Promise<string> {
  const hash = createHash("md5");
  const buffer = Buffer.allocUnsafe(Math.min(PIECE, source.size));
  for (let offset = 0; offset < source.size; offset += PIECE) {
    signal.throwIfAborted();
    const piece = buffer.subarray(0, Math.min(PIECE, source.size - offset));
    await source.read(offset, piece);
    hash.update(piece);
  }
  return hash.digest("hex");
}

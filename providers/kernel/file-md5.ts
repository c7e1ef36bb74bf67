import { createHash } from "node:crypto";
import type { UploadSource } from "./upload-source";

/** Bytes read at a time. */
const PIECE = 4 * 1024 * 1024;

export function md5Of(source: UploadSource, signal: AbortSignal): Promise<string> {
  return digestOf("md5", source, signal);
}

/**
 * The digest of a file, hexadecimal. One piece of the file lies in memory. Throws BadFile when it changes, or the signal's
 * reason.
 */
export async function digestOf(
  algorithm: "md5" | "sha256",
  source: UploadSource,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(Math.min(PIECE, source.size));
  for (let offset = 0; offset < source.size; offset += PIECE) {
    signal.throwIfAborted();
    const piece = buffer.subarray(0, Math.min(PIECE, source.size - offset));
    await source.read(offset, piece);
    hash.update(piece);
  }
  return hash.digest("hex");
}

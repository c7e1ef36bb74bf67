import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { UsageError } from "./exit";

/**
 * Writes a file that must not be there yet: what somebody has filled in is never written over. Only its owner may read
 * it where it holds secrets. Throws UsageError.
 */
export async function writeNewFile(path: string, bytes: Uint8Array | string, secrets = false): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  try {
    const file = await open(path, flags, secrets ? 0o600 : 0o666);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new UsageError(`${path} is there already and is not written over: name another file`);
    if (code === "ENOENT" || code === "ENOTDIR") throw new UsageError(`${path}: its folder is not there`);
    throw new UsageError(`${path} cannot be written (${code})`);
  }
}

import { fstatSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { BadFile } from "./errors";

/** A file that is being uploaded, read piece by piece. */
export interface UploadSource {
  /** Bytes of the file. */
  size: number;
  /** When the file was last written, milliseconds since 1970; with the size this tells whether it is still the same. */
  modified: number;
  /** Fills `into` from `offset` on. Throws BadFile when the file is no longer what it was when it was opened. */
  read(offset: number, into: Uint8Array): Promise<void>;
  /** Throws BadFile when the file has been written to since it was opened. */
  unchanged(): void;
  close(): Promise<void>;
}

/** Opens a file for an upload. Throws BadFile, with what to do, when the file is missing or empty. */
export async function openUploadSource(file: string): Promise<UploadSource> {
  const handle = await opened(file);
  const { size, mtimeMs: modified } = await handle.stat();

  function unchanged(): void {
    const now = fstatSync(handle.fd);
    if (now.size === size && now.mtimeMs === modified) return;
    throw new BadFile(
      `${file} was changed while it was uploaded: it had ${size} bytes of ${at(modified)}, and has ${now.size} of ${at(now.mtimeMs)}`,
      "wait until it is whole, as after a copy, then run up again: the upload begins anew",
    );
  }

  return {
    size,
    modified,
    unchanged,
    async read(offset, into) {
      let filled = 0;
      while (filled < into.length) {
        const { bytesRead } = await handle.read(into, filled, into.length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      unchanged();
    },
    close: () => handle.close(),
  };
}

/** Opens a file of the project's, which must be the one that the program saw. */
export async function openPlanned(root: string, { file, size }: { file: string; size: number }): Promise<UploadSource> {
  const path = resolve(root, file);
  const source = await openUploadSource(path);
  if (source.size === size) return source;
  await source.close();
  throw new BadFile(
    `${path} has ${source.size} bytes now, and had ${size} when the program looked at it`,
    "wait until it is whole, as after a copy, then run up again",
  );
}

async function opened(file: string): Promise<FileHandle> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "is not there" : `cannot be read: ${error.message}`;
    throw new BadFile(`${file}, which is to be uploaded, ${why}`, "put the file there, then run up again");
  });
  try {
    const found = await handle.stat();
    if (found.isFile() && found.size > 0) return handle;
    const what = found.isFile() ? "is empty" : "is no file";
    throw new BadFile(`${file}, which is to be uploaded, ${what}`, "put the file there, whole, then run up again");
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}

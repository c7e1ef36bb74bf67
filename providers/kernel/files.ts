import { closeSync, constants, fstatSync, openSync, readFileSync, rmSync } from "node:fs";
import { appendLine } from "../../base/append-line";
import { fileProblem, NotWritten } from "../../base/file-problem";
import { type WriteOptions, writeWhole } from "../../base/write-whole";
import { BadFile } from "./errors";

/** The text of a file; undefined when the file is not there. Throws BadFile. */
export function readIfThere(file: string): string | undefined {
  try {
    return readRegular(file).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(file, error);
  }
}

/**
 * The bytes of a regular file, or of one that a link leads to. Anything else is refused: a pipe would be waited for
 * without end.
 */
export function readRegular(file: string): Buffer {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(handle);
    // Of a folder the system itself says what is wrong.
    if (found.isFile() || found.isDirectory()) return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
  throw new Error("it is no file, but a pipe or a device");
}

export function unreadable(file: string, error: unknown): BadFile {
  const { problem, hint } = fileProblem(file, error);
  return new BadFile(`${file} cannot be read: ${problem}`, hint, { cause: error });
}

/** Replaces a file whole, so that a kill or a full disk leaves the old one or the new one. Throws BadFile. */
export function replaceFile(file: string, content: string | Uint8Array, options: WriteOptions = {}): void {
  written(() => writeWhole(file, content, { makeFolder: true, ...options }));
}

/** Removes a file, if it is there. Throws BadFile. */
export function removeFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    const { problem, hint } = fileProblem(file, error);
    throw new BadFile(`${file} cannot be removed: ${problem}`, hint, { cause: error });
  }
}

/** Appends a line to a file that its owner alone may read; the line is on disk when this returns. Throws BadFile. */
export function addLine(file: string, line: string): void {
  written(() => appendLine(file, line));
}

function written(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof NotWritten)) throw error;
    throw new BadFile(`${error.file} cannot be written: ${error.problem}`, error.hint, { cause: error });
  }
}

import { readFileSync } from "node:fs";
import { appendLine } from "../../files/append-line";
import { fileProblem, NotWritten } from "../../files/file-problem";
import { type WriteOptions, writeWhole } from "../../files/write-whole";
import { BadFile } from "./errors";

/** The text of a file, undefined when it is not there. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(file, error);
  }
}

export function unreadable(file: string, error: unknown): BadFile {
  const { problem, hint } = fileProblem(file, error);
  return new BadFile(`${file} cannot be read: ${problem}`, hint, { cause: error });
}

/** Replaces a file whole, so that a kill or a full disk leaves the old one or the new one. Throws BadFile. */
export function replaceFile(file: string, content: string | Uint8Array, options: WriteOptions = {}): void {
  written(() => writeWhole(file, content, { makeFolder: true, ...options }));
}

/** Appends a line to a file of its owner's alone, and has it on disk before it returns. Throws BadFile. */
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

import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { NotWritten } from "./file-problem";

export interface WriteOptions {
  /** Its owner's alone unless told. */
  mode?: number;
  /** Makes its folder too, for its owner alone. */
  makeFolder?: boolean;
  /** Stands after a power cut, too; true unless told. */
  lasting?: boolean;
  /** Gives the finished file its name; by renaming unless told. */
  place?: (finished: string, file: string) => void;
}

/**
 * Writes a file whole, or throws NotWritten and leaves what stood. It is made beside its place under a name of this
 * process, exclusively and through no link, and then renamed: who reads it meanwhile, or kills this process, finds the
 * old one or the new one. A link at the file's own name is replaced, not followed.
 */
export function writeWhole(
  file: string,
  content: Uint8Array | string,
  { mode = 0o600, makeFolder = false, lasting = true, place = renameSync }: WriteOptions = {},
): void {
  const unfinished = `${file}.${process.pid}.new`;
  try {
    if (makeFolder) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    removeUnfinished(file);
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const handle = openSync(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    try {
      try {
        writeAll(handle, content);
        if (lasting) fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
      place(unfinished, file);
    } finally {
      rmSync(unfinished, { force: true });
    }
    if (lasting) syncFolder(dirname(file));
  } catch (error) {
    throw new NotWritten(file, error);
  }
}

/** Writes all of it from where the file stands: a call may take less than it was given. */
export function writeAll(handle: number, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  for (let at = 0; at < bytes.length; ) {
    const taken = writeSync(handle, bytes, at);
    if (taken === 0) throw Object.assign(new Error("the system takes nothing more"), { code: "ENOSPC" });
    at += taken;
  }
}

/** The longest that any of these files is worked on, in milliseconds: what is older was left behind. */
const LONGEST = 10 * 60_000;

/**
 * Takes away what killed processes have left beside a file. A link among it is removed, and what it points to is not
 * touched. What another process is at just now stays.
 */
export function removeUnfinished(file: string): void {
  const name = basename(file);
  for (const entry of entriesOf(dirname(file))) {
    const pid = entry.startsWith(`${name}.`) && /^\d+(?=\.new$)/.exec(entry.slice(name.length + 1))?.[0];
    if (!pid) continue;
    const path = join(dirname(file), entry);
    const age = Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (Number(pid) !== process.pid && age < LONGEST && isAlive(Number(pid))) continue;
    try {
      unlinkSync(path);
    } catch {} // a folder of that name, or gone by now
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // whether it may be written, the write itself tells
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** A new name is on the disk only when its folder is. */
export function syncFolder(folder: string): void {
  let handle: number;
  try {
    handle = openSync(folder, "r");
  } catch {
    return; // one that may be written and not read
  }
  try {
    fsyncSync(handle);
  } catch (error) {
    // Some file systems of other machines know no such call for folders.
    if (!["EINVAL", "ENOTSUP", "EBADF"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    closeSync(handle);
  }
}

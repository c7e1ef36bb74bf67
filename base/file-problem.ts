import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import { shellWord } from "./shell-word";

/** What is wrong with a file of ours, and what to do about it. */
export interface FileProblem {
  problem: string;
  hint: string;
}

/** A file that was not written: what stood there before stands as it was. The message names file, folder and cure. */
export class NotWritten extends Error implements FileProblem {
  readonly problem: string;
  readonly hint: string;
  constructor(
    readonly file: string,
    override readonly cause: unknown,
  ) {
    const { problem, hint } = fileProblem(file, cause);
    super(`${file} cannot be written: ${problem} — ${hint}`);
    this.problem = problem;
    this.hint = hint;
  }
}

/** In words, what a call of the system on a file has met. */
export function fileProblem(file: string, error: unknown): FileProblem {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  const folder = nearest(dirname(file));
  switch (code === "EEXIST" && syscall === "mkdir" ? "ENOTDIR" : code) {
    case "ENOSPC":
      return {
        problem: `the disk of ${folder} is full`,
        hint: `free space there (df -h ${shellWord(folder)}), then run it again`,
      };
    case "EDQUOT":
      return {
        problem: `this user's quota on the disk of ${folder} is used up`,
        hint: "remove files of yours there or have the quota raised, then run it again",
      };
    case "EFBIG":
      return {
        problem: "it would be larger than files may be here",
        hint: "raise the limit (ulimit -f), then run it again",
      };
    case "EROFS":
      return {
        problem: `${folder} lies on a disk that is mounted read-only`,
        hint: "mount it for writing, or work in a folder on another disk, then run it again",
      };
    case "EACCES":
    case "EPERM":
      return {
        problem: `${userName()} has no right to it, or to its folder ${folder}`,
        hint: `give this user the right to read and write both (ls -ld ${shellWord(folder)} ${shellWord(file)} shows whose they are), then run it again`,
      };
    case "ELOOP":
      return {
        problem: "it is a symbolic link, and none is followed there",
        hint: `put the file itself in the link's place in ${folder}, then run it again`,
      };
    case "EEXIST":
      return { problem: "something of its name stands there", hint: `look into ${folder}, then run it again` };
    case "ENOENT":
      return { problem: `there is no folder ${dirname(file)}`, hint: "make it, or name another" };
    case "ENOTDIR":
      return { problem: `${folder} is no folder`, hint: "put a folder in its place, or name another" };
    case "EISDIR":
      return { problem: "it is a folder", hint: "move it away, or name another file" };
    case "EIO":
      return { problem: `the disk of ${folder} reports an error`, hint: "look at the disk (dmesg), then run it again" };
    default:
      return { problem: message, hint: `see to it that ${folder} may be written, then run it again` };
  }
}

/** A container may run as a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}

/** The folder itself, or the last one on the way to it that there is. */
function nearest(folder: string): string {
  for (let at = folder; ; at = dirname(at)) if (existsSync(at) || at === dirname(at)) return at;
}

import { statSync } from "node:fs";
import { join } from "node:path";
import { PlanConflict } from "../kernel/errors";
import { readRegular, unreadable } from "../kernel/files";

/** The bytes of a file of the user's; undefined when it is not there. */
export function readBytes(root: string, path: string): Buffer | undefined {
  try {
    return readRegular(join(root, path));
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ENOTDIR"].includes(code)) return undefined;
    throw unreadable(join(root, path), error);
  }
}

/** By whatever name, link or hard link: the user's own workbook is never written. */
export function refuseSameFile(root: string, source: string, target: string): void {
  const [a, b] = [source, target].map((path) => statSync(join(root, path), { throwIfNoEntry: false }));
  if (!a || !b || a.dev !== b.dev || a.ino !== b.ino) return;
  throw new PlanConflict(
    `${target} is ${source} itself, the plan: it is never written`,
    `remove the link ${target}, or give the copy another place`,
  );
}

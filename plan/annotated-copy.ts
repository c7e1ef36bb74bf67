import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { type AnnotateOptions, annotateWorkbook } from "./annotate-workbook";
import type { Finding } from "./finding";
import { PlanUnreadable } from "./plan-unreadable";
import { WorkbookProblem } from "./workbook-problem";
import { ZipProblem } from "./zip";

/**
 * Writes a copy of a planning workbook with its findings in it; see annotate-workbook.ts. A file that stands there is
 * never overwritten, the plan least of all. The copy is readable by its owner alone, for the plan may hold passwords.
 *
 * @param planFile the workbook, as readPlan names it
 * @returns what the copy loses, to be printed; empty as a rule
 * Throws PlanUnreadable where the plan is no workbook, or the copy cannot be written.
 */
export async function writeAnnotatedCopy(
  planFile: string,
  copy: string,
  findings: readonly Finding[],
  options: AnnotateOptions = {},
): Promise<string[]> {
  if (extname(planFile).toLowerCase() !== ".xlsx") {
    throw new PlanUnreadable(planFile, "only a planning workbook has cells to annotate", "leave out --annotate");
  }
  if (extname(copy).toLowerCase() !== ".xlsx") {
    throw new PlanUnreadable(copy, "an annotated copy is a workbook", "name a file that ends with .xlsx");
  }
  refuseStanding(copy);
  const result = annotated(planFile, await readFile(planFile), findings, options);
  writeNew(copy, result.bytes);
  return result.lost;
}

function refuseStanding(copy: string): void {
  if (!existsSync(copy)) return;
  throw new PlanUnreadable(
    copy,
    "there is a file of that name, and it is not overwritten",
    "name another, or remove it",
  );
}

function annotated(file: string, bytes: Buffer, findings: readonly Finding[], options: AnnotateOptions) {
  try {
    return annotateWorkbook(bytes, findings, options);
  } catch (error) {
    if (!(error instanceof ZipProblem || error instanceof WorkbookProblem)) throw error;
    throw new PlanUnreadable(file, error.message, error.hint);
  }
}

/** The file appears whole or not at all, and only where there is none. */
function writeNew(copy: string, bytes: Uint8Array): void {
  const unfinished = `${copy}.${process.pid}.unfinished`;
  try {
    const handle = openSync(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      writeFileSync(handle, bytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    linkOrMove(unfinished, copy);
  } catch (error) {
    if (error instanceof PlanUnreadable) throw error;
    const hint = "see to it that its folder is there and may be written";
    throw new PlanUnreadable(copy, `it cannot be written (${(error as NodeJS.ErrnoException).code})`, hint);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** A link fails where a file stands, a move replaces it; network shares often know no links. */
function linkOrMove(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    refuseStanding(to);
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    renameSync(from, to);
  }
}

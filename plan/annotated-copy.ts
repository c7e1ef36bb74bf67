import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { printable } from "../base/printable";
import { type AnnotateOptions, annotateWorkbook } from "./annotate-workbook";
import type { Finding } from "./finding";
import { refuseStanding, writeNewFile } from "./new-file";
import { PlanUnreadable } from "./plan-unreadable";
import { WorkbookProblem } from "./workbook-problem";
import { ZipProblem } from "./zip";

/**
 * Writes a copy of a planning workbook with its findings in it; see annotate-workbook.ts. A file that stands there is
 * never overwritten, the plan least of all. The copy is readable by its owner alone, for the plan may hold passwords.
 *
 * @param planFile the workbook, as readPlan names it
 * @returns what is to be said of the copy, a sentence each; empty as a rule
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
  writeNewFile(copy, result.bytes, { secret: true });
  const remarks = [...result.lost.map((what) => `the copy loses ${what}`), ...result.said];
  return remarks.map((remark) => printable(remark, "line"));
}

function annotated(file: string, bytes: Buffer, findings: readonly Finding[], options: AnnotateOptions) {
  try {
    return annotateWorkbook(bytes, findings, options);
  } catch (error) {
    if (!(error instanceof ZipProblem || error instanceof WorkbookProblem)) throw error;
    throw new PlanUnreadable(file, error.message, error.hint);
  }
}

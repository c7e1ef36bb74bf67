/** A zip that is no workbook, or not the planning workbook. The caller names the file. */
export class WorkbookProblem extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.name = "WorkbookProblem";
    this.hint = hint;
  }
}

/** What would cost more to read than any planning workbook; `what` is the workbook's: "sheet 主机规划". */
export function tooLarge(what: string): WorkbookProblem {
  return new WorkbookProblem(
    `its ${what} is far larger than a planning workbook's`,
    "copy its values into an unchanged template",
  );
}

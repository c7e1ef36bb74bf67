/** A zip that is no workbook, or not the planning workbook. The caller names the file. */
export class WorkbookProblem extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.name = "WorkbookProblem";
    this.hint = hint;
  }
}

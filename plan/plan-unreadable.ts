import { printable } from "../base/printable";

/**
 * A plan that cannot be read at all, as against one that is read and wrong (a finding). The message is one line:
 * what, where, what to do. The command line ends with code 2 on it.
 */
export class PlanUnreadable extends Error {
  readonly code = "plan-unreadable";
  readonly file: string;
  readonly hint: string;

  /**
   * @param file path as the user gave it
   * @param what what is wrong with it, without a full stop
   * @param hint what to do next
   */
  constructor(file: string, what: string, hint: string, options?: ErrorOptions) {
    super(printable(`${file}: ${what} — ${hint}`.replace(/\s+/g, " "), "line"), options);
    this.name = "PlanUnreadable";
    this.file = file;
    this.hint = hint;
  }
}

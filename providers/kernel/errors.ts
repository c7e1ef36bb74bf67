import { words } from "./words";

/** The most characters of a message, and of its hint. */
const LONGEST = 4_000;

/**
 * What a user can act on, one small class each. A message says what was tried, on which object and where, what the
 * vendor answered (code and text), and what to do next. It is one line of plain text without a secret, whatever it was
 * made from.
 */
export abstract class SitewrightError extends Error {
  abstract readonly code: string;
  /** What the user does next; part of the message. */
  readonly hint: string | undefined;
  /**
   * Whether any attempt of the request may have been carried out, whatever the last one met. Undefined where the class
   * of the error tells.
   */
  arrived?: boolean;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    const [said, advice] = [words(message, LONGEST), hint && words(hint, LONGEST)];
    super(advice ? `${said} — ${advice}` : said, options);
    this.hint = advice;
  }
}

/**
 * No connection was made, or it broke. `sent` tells whether any attempt of the request may have reached the other side.
 */
export class CannotReach extends SitewrightError {
  readonly code = "cannot-reach";
  readonly sent: boolean;
  constructor(message: string, options: { sent: boolean; hint?: string; cause?: unknown }) {
    super(message, options.hint, { cause: options.cause });
    this.sent = options.sent;
  }
}

/** A certificate or host key that nothing vouches for. The hint carries the line to paste. */
export class NotTrusted extends SitewrightError {
  readonly code = "not-trusted";
}

/** The log-in was refused, or the session is still refused after a fresh log-in. */
export class NotAuthorised extends SitewrightError {
  readonly code = "not-authorised";
}

/** The log-in is right, but the machine wants its password changed before it does anything. */
export class PasswordExpired extends SitewrightError {
  readonly code = "password-expired";
}

/** The log-in asks for more than the password, as for a code; the message has the question. */
export class UnknownPrompt extends SitewrightError {
  readonly code = "unknown-prompt";
}

/** The vendor answered and said no. `status` is HTTP's, `vendorCode` the vendor's own (ec, code). */
export class Refused extends SitewrightError {
  readonly code = "refused";
  readonly status: number | undefined;
  readonly vendorCode: string | undefined;
  constructor(message: string, options: { status?: number; vendorCode?: string; hint?: string; cause?: unknown } = {}) {
    super(message, options.hint, { cause: options.cause });
    this.status = options.status;
    this.vendorCode = options.vendorCode;
  }
}

/** The vendor's own "not found", and nothing else: only this means gone. */
export class NotFound extends SitewrightError {
  readonly code = "not-found";
}

/** An answer that is not what the vendor documents: HTML, half a body, another shape. */
export class BadAnswer extends SitewrightError {
  readonly code = "bad-answer";
}

/** A job, task or deployment that the vendor reports as failed, in the vendor's own words. */
export class TaskFailed extends SitewrightError {
  readonly code = "task-failed";
}

/** A deadline has passed. The message names the step, the time, the last status and the setting to raise. */
export class TimedOut extends SitewrightError {
  readonly code = "timed-out";
}

/** An object of that name stands already and is not this stack's. The hint says how to adopt it. */
export class NotOurs extends SitewrightError {
  readonly code = "not-ours";
}

/** The plan cannot be carried out, or the site differs from it where nothing can be changed. */
export class PlanConflict extends SitewrightError {
  readonly code = "plan-conflict";
}

/** A run that only takes over what stands has come to what would be a write to the site, which did not leave. */
export class WritesNothing extends SitewrightError {
  readonly code = "writes-nothing";
}

/** The provider lost its engine and stops; nothing is written any more. */
export class Orphaned extends SitewrightError {
  readonly code = "orphaned";
}

/** A file that is not what it should be, or cannot be read or written: trust.yaml, reach.json, a secret file. */
export class BadFile extends SitewrightError {
  readonly code = "bad-file";
}

/** A stack setting has no value that it may have. The message names it. */
export class BadSetting extends SitewrightError {
  readonly code = "bad-setting";
}

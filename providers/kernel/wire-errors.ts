import {
  BadAnswer,
  CannotReach,
  NotAuthorised,
  NotTrusted,
  PasswordExpired,
  Refused,
  SitewrightError,
  UnknownPrompt,
} from "./errors";

/** Whether, in any attempt, the other side may have carried out a write whose answer did not come or was garbled. */
export function isAnswerLost(error: unknown): boolean {
  if (error instanceof SitewrightError && error.arrived !== undefined) return error.arrived;
  if (error instanceof CannotReach) return error.sent;
  if (error instanceof BadAnswer) return true;
  return error instanceof Refused && error.status !== undefined && error.status >= 500;
}

/** An error's message without its hint. */
export function reasonOf(error: SitewrightError): string {
  return error.hint ? error.message.slice(0, -` — ${error.hint}`.length) : error.message;
}

/** The same error with the request named before it, which an error from the wire does not know. */
export function about(describe: string, error: unknown): unknown {
  if (error instanceof CannotReach) {
    return new CannotReach(`${describe}: ${reasonOf(error)}`, { sent: error.sent, hint: error.hint, cause: error });
  }
  for (const Kind of [NotTrusted, NotAuthorised, PasswordExpired, UnknownPrompt, BadAnswer])
    if (error instanceof Kind) return new Kind(`${describe}: ${reasonOf(error)}`, error.hint, { cause: error });
  return error;
}

const REASONS: Record<string, [reason: string, hint?: string]> = {
  ECONNREFUSED: ["the connection was refused", "check that the service runs and listens on that port"],
  ENOTFOUND: ["there is no such host name", "check the name, and the DNS of this machine"],
  EAI_AGAIN: ["the host name could not be looked up", "check the DNS of this machine"],
  EHOSTUNREACH: ["the host cannot be reached", "check the address, the cabling and the route to it"],
  ENETUNREACH: ["there is no route to its network", "check this machine's network and routes"],
  ETIMEDOUT: ["the connection timed out", "check the address and the firewalls on the way"],
  ECONNRESET: ["the connection was reset"],
  EPIPE: ["the connection was closed"],
  EPROTO: ["it does not speak TLS there", "check scheme and port"],
};

/** What the error of a socket means, in words, and what the user should check. */
export function socketReason(error: unknown): { reason: string; hint: string | undefined } {
  const { code, message } = error as NodeJS.ErrnoException;
  const aggregate =
    error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined) : undefined;
  const known = REASONS[code ?? aggregate?.code ?? ""];
  if (known) return { reason: known[0], hint: known[1] };
  if (code?.startsWith("ERR_SSL")) return { reason: "it does not speak TLS there", hint: "check scheme and port" };
  return { reason: message || code || "the connection broke", hint: undefined };
}

import type { Clock } from "./clock";
import { CannotReach, SitewrightError } from "./errors";
import type { HttpAnswer, HttpRequest } from "./http-options";
import { type RetryPolicy, retryDelay } from "./http-retry";
import { isAnswerLost, reasonOf } from "./wire-errors";

/** How one attempt of a request goes out. */
export interface Attempt {
  /** Real milliseconds for connection and answer. */
  ms: number;
  /** On a connection that nothing has used before. */
  fresh: boolean;
}

/** What one attempt has come to. */
export type Outcome<T> =
  | { answer: HttpAnswer<T> }
  | {
      error: unknown;
      /** Whether another attempt may go better a moment later. */
      passing: boolean;
      /** Milliseconds that the server asked to wait. */
      retryAfter?: number;
    };

export interface Patience {
  policy: RetryPolicy;
  clock: Clock;
  /** Real milliseconds of an attempt, unless the request has its own. */
  timeoutMs: number;
  /** Between 0 and 1. */
  random: () => number;
}

/**
 * Attempts of a request, as `once` makes them, until one is answered or no further one is allowed: what may not be sent
 * twice has one. Throws the last attempt's error, which says how many there were and whether any may have been carried
 * out.
 */
export async function attempts<T>(
  request: HttpRequest<T>,
  { policy, clock, timeoutMs, random }: Patience,
  once: (attempt: Attempt) => Promise<Outcome<T>>,
): Promise<HttpAnswer<T>> {
  const watch = clock.stopwatch();
  const mayRepeat = request.idempotent ?? policy.methods.includes(request.method);
  const allowed = request.timeoutMs ?? timeoutMs;
  let arrived = false;
  for (let attempt = 1; ; attempt++) {
    // Later attempts stay within the budget; the first has its whole time-out.
    const ms = attempt === 1 ? allowed : Math.min(allowed, Math.max(1_000, policy.budget - watch.elapsed()));
    // Servers and balancers drop idle connections silently: a request that goes out on one may be lost.
    const fresh = attempt > 1 || !(mayRepeat || request.lateIsHarmless);
    const outcome = await once({ ms, fresh });
    if ("answer" in outcome) return outcome.answer;
    arrived ||= isAnswerLost(outcome.error);
    const pause = retryDelay(policy, attempt, outcome.retryAfter, random);
    const goesOn = mayRepeat && outcome.passing && attempt < policy.attempts;
    if (!goesOn || watch.elapsed() + pause > policy.budget) throw ended(outcome.error, attempt, arrived);
    await clock.sleep(pause, request.signal);
  }
}

/** The last attempt's error, with what is to be said of all attempts. */
function ended(error: unknown, attempts: number, arrived: boolean): unknown {
  if (!(error instanceof SitewrightError)) return error;
  if (attempts > 1) {
    const tail = error.hint ? ` — ${error.hint}` : "";
    error.message = `${reasonOf(error)} (after ${attempts} attempts)${tail}`;
  }
  if (!arrived || isAnswerLost(error)) return error;
  if (error instanceof CannotReach)
    return new CannotReach(reasonOf(error), { sent: true, hint: error.hint, cause: error.cause });
  error.arrived = true;
  return error;
}

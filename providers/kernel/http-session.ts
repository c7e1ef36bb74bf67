import { orAbort } from "./abort";
import { CannotReach, SitewrightError } from "./errors";
import { reasonOf } from "./wire-errors";

/** The one session of a client: logged in when first needed, shared by all, replaced when it has run out. */
export interface SessionKeeper<S> {
  /** The current session. All requests that wait for it share one log-in. */
  current(): Promise<Held<S>>;
  /** A session newer than a refused one: the current one if that is newer already, else a new log-in's. */
  newerThan(refused: Held<S>): Promise<Held<S>>;
  /** The last session that a log-in gave. */
  latest(): Held<S> | undefined;
}

export interface Held<S> {
  session: S;
  generation: number;
}

export function createSessionKeeper<S>(login: () => Promise<S>): SessionKeeper<S> {
  let generation = 0;
  let held: Promise<Held<S>> | undefined;
  let latest: Held<S> | undefined;

  function renew(): Promise<Held<S>> {
    const mine = ++generation;
    const made = login().then((session) => {
      latest = { session, generation: mine };
      return latest;
    });
    held = made;
    made.catch(() => {
      if (held === made) held = undefined; // the next request that asks tries anew
    });
    return made;
  }

  return {
    latest: () => latest,
    current: () => held ?? renew(),
    newerThan: (refused) => (held && generation > refused.generation ? held : renew()),
  };
}

/** No session could be had. The log-in has retried already, so that the request which wanted it does not. */
export class LoginFailed extends Error {
  constructor(readonly reason: unknown) {
    super("log-in failed");
  }
}

/** The session, once there is one. Throws LoginFailed, also when the signal is aborted first. */
export async function usable<S>(held: Promise<Held<S>>, signal: AbortSignal | undefined): Promise<Held<S>> {
  try {
    return await orAbort(held, signal);
  } catch (error) {
    throw new LoginFailed(ofOneWhoWaited(error));
  }
}

/**
 * A copy of a log-in's error for one request, which waited for it and was not sent. Other requests wait for the same
 * log-in, and this one's error is changed on its way.
 */
function ofOneWhoWaited(error: unknown): unknown {
  if (!(error instanceof SitewrightError)) return error;
  if (error instanceof CannotReach)
    return new CannotReach(reasonOf(error), { sent: false, hint: error.hint, cause: error });
  const own: SitewrightError = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error));
  own.arrived = false;
  return own;
}

import { orAbort } from "./abort";
import { CannotReach, SitewrightError } from "./errors";
import { reasonOf } from "./wire-errors";

/** The one session of a client: logged in when first needed, shared by all, replaced when it has run out. */
export interface SessionKeeper<S> {
  /** The current session; all who wait share one log-in. */
  current(): Promise<Held<S>>;
  /** A session newer than the one that was refused: the current one if it is newer already, else a new log-in. */
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
      if (held === made) held = undefined; // the next one who asks tries anew
    });
    return made;
  }

  return {
    latest: () => latest,
    current: () => held ?? renew(),
    newerThan: (refused) => (held && generation > refused.generation ? held : renew()),
  };
}

/** No session could be had: the log-in has retried already, so the request that wanted it does not. */
export class LoginFailed extends Error {
  constructor(readonly reason: unknown) {
    super("log-in failed");
  }
}

/** The session, unless the signal is aborted before; throws LoginFailed. */
export async function usable<S>(held: Promise<Held<S>>, signal: AbortSignal | undefined): Promise<Held<S>> {
  try {
    return await orAbort(held, signal);
  } catch (error) {
    throw new LoginFailed(ofOneWhoWaited(error));
  }
}

/**
 * A log-in's error as that of one request that waited for it, and was not sent. Others wait for the same log-in, and
 * what becomes of this request is not to be said of theirs.
 */
function ofOneWhoWaited(error: unknown): unknown {
  if (!(error instanceof SitewrightError)) return error;
  if (error instanceof CannotReach)
    return new CannotReach(reasonOf(error), { sent: false, hint: error.hint, cause: error });
  const own: SitewrightError = Object.create(Object.getPrototypeOf(error), Object.getOwnPropertyDescriptors(error));
  own.arrived = false;
  return own;
}

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

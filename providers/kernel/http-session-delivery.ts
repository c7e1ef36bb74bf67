import type { Deliver, Delivered } from "./http-addresses";
import type { Attempt } from "./http-attempts";
import { hide } from "./http-content";
import type { HttpClientOptions, HttpRequest } from "./http-options";
import { createSessionKeeper, type Held, usable } from "./http-session";
import { createSlots } from "./slots";

export type SessionAttempt = Attempt & {
  /** Whether the request logs in: then it carries no session and waits for no slot. */
  isLogin: boolean;
};

/**
 * Delivers requests in the client's one session, and within its limit on requests in flight. Throws LoginFailed where
 * no session can be had, and what `deliver` throws.
 */
export function createSessionDelivery<S>(
  options: HttpClientOptions<S>,
  deliver: Deliver,
  logIn: (() => Promise<S>) | undefined,
): <T>(request: HttpRequest<T>, attempt: SessionAttempt) => Promise<Delivered> {
  const slots = createSlots(options.limit ?? 8);
  const sessions = logIn && createSessionKeeper(logIn);

  /** Sends a request in the session, and once more in a new one where the answer says that the session has run out. */
  async function inSession<T>(request: HttpRequest<T>, attempt: SessionAttempt): Promise<Delivered> {
    if (!sessions || request.anonymous) return inSlot(request, attempt);
    const first = await inSlot(request, attempt, await usable(sessions.current(), request.signal));
    const expired = options.sessionExpired ?? ((status: number) => status === 401);
    if (!first.held || !expired(first.raw.status, first.raw.body)) return first;
    return inSlot(request, attempt, await usable(sessions.newerThan(first.held), request.signal));
  }

  async function inSlot<T>(
    request: HttpRequest<T>,
    { isLogin, ...attempt }: SessionAttempt,
    mine?: Held<S>,
  ): Promise<Delivered & { held: Held<S> | undefined }> {
    // A log-in goes past the limit: whoever holds a slot may be waiting for it.
    const release = isLogin ? () => {} : await slots.take(request.signal);
    try {
      // A request that waited long for a slot takes the session of now.
      const held = mine && (sessions?.latest() ?? mine);
      const isRead = isLogin || (request.read ?? ["GET", "HEAD"].includes(request.method));
      return { ...(await deliver(request, { ...attempt, isRead, granted: grantedBy(held) })), held };
    } finally {
      release();
    }
  }

  /** The headers that carry a session. */
  function grantedBy(held: Held<S> | undefined): Record<string, string> {
    const granted: Record<string, string> = {};
    if (held) options.authorise?.(granted, held.session);
    for (const value of Object.values(granted)) hide(value);
    return granted;
  }

  return inSession;
}

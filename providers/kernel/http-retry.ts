/** Which requests are tried again, how often and how long. Times are vendor milliseconds. */
export interface RetryPolicy {
  /** Methods that may be sent twice, unless a request says otherwise (RFC 9110, section 9.2.2). */
  methods: readonly string[];
  /** Statuses of answers after which another attempt may go better. */
  statuses: readonly number[];
  /** The most attempts in all. */
  attempts: number;
  /** The time from the first attempt within which a further one may begin. */
  budget: number;
  /** The longest pause after the first attempt; it doubles each time. */
  base: number;
  /** The longest pause. */
  cap: number;
}

export const retryPolicy: RetryPolicy = {
  methods: ["GET", "HEAD", "PUT", "DELETE"],
  statuses: [408, 429, 500, 502, 503, 504],
  attempts: 5,
  budget: 30_000,
  base: 500,
  cap: 8_000,
};

/**
 * The pause after so many attempts, in milliseconds: what the server asked for, else full jitter (anything
 * between nothing and a doubling bound), so that clients that failed together do not come back together.
 */
export function retryDelay(
  policy: RetryPolicy,
  attempt: number,
  retryAfter: number | undefined,
  random: () => number,
): number {
  return retryAfter ?? random() * Math.min(policy.cap, policy.base * 2 ** (attempt - 1));
}

/**
 * Retry-After in milliseconds, from seconds or a date (RFC 9110, section 10.2.3); by the server's own clock if told.
 */
export function parseRetryAfter(value: string | undefined, date: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1_000;
  const until = Date.parse(value);
  if (Number.isNaN(until)) return undefined;
  const now = Date.parse(date ?? "");
  return Math.max(0, until - (Number.isNaN(now) ? Date.now() : now));
}

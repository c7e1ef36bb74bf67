import type { Stopwatch } from "./clock";
import { formatDuration } from "./duration";
import { CannotReach, Refused, TimedOut } from "./errors";
import { words } from "./words";

/** One look at a job, task or "until": it is done with a value, or still pending with a word on how far. */
export type Look<T> = { done: T } | { pending: string };

export interface WaitOptions<T> {
  /** What is awaited, as a person would say it: `deployment of cluster HCI-01`. */
  what: string;
  /** Throws when the vendor says that it failed. Is told the vendor milliseconds since the wait began. */
  look: (elapsed: number) => Promise<Look<T>>;
  /** First pause between two looks; it grows by half each time. Vendor milliseconds, 1 s unless told. */
  interval?: number;
  /** The longest pause. Vendor milliseconds, 10 s unless told. */
  cap?: number;
  /** Vendor milliseconds from now until the wait is given up. */
  deadline: number;
  /** What the setting says, of which a part may have passed before; the deadline unless told. */
  limit?: number;
  /** The setting that raises the deadline, for the message. */
  knob: string;
  /** Lost connections are normal while this waits (a host that changes its network). */
  throughOutage?: boolean;
  progress?: (text: string) => void;
  signal?: AbortSignal;
}

/** A status that stays the same is said again so often (vendor ms): a log shall show that it goes on, not fill. */
const SAY_AGAIN = 5 * 60_000;
/**
 * So many changes of a status are said as they come. Each further one only once a twentieth of the time has passed since
 * the last that was said: what changes at every look, for hours, fills no log either.
 */
const SAID_AT_ONCE = 20;
const SHARE = 1 / 20;
/** Characters of a status. */
const LONGEST = 200;

/**
 * The one waiter: first look at once, then after growing pauses, until done, failed or out of time.
 * Throws TimedOut with the last status, and what `look` throws.
 */
export async function wait<T>(watch: Stopwatch, options: WaitOptions<T>): Promise<T> {
  const start = watch.elapsed();
  const cap = options.cap ?? 10_000;
  let pause = Math.min(options.interval ?? 1_000, cap);
  let said = { text: "", at: 0, times: 0 };
  for (;;) {
    options.signal?.throwIfAborted();
    const { look, outage } = await lookOnce(options, watch.elapsed() - start);
    if ("done" in look) return look.done;
    const elapsed = watch.elapsed() - start;
    if (elapsed >= options.deadline) {
      throw new TimedOut(
        `${options.what} has not ended after ${formatDuration(elapsed)}; last status: ${outage?.message ?? words(look.pending, LONGEST)}`,
        `if it needs longer, raise ${options.knob} (now ${formatDuration(options.limit ?? options.deadline)}) and run up again: it goes on where it is`,
      );
    }
    const status = words(look.pending, LONGEST);
    const since = elapsed - said.at;
    const isDue = said.times < SAID_AT_ONCE || since >= elapsed * SHARE;
    if (since >= SAY_AGAIN || (status !== said.text && isDue)) {
      said = { text: status, at: elapsed, times: said.times + 1 };
      options.progress?.(`${options.what}: ${status} (${formatDuration(elapsed)})`);
    }
    // What is left may be too little to move a clock by.
    await watch.sleep(Math.max(1, Math.min(pause, options.deadline - elapsed)), options.signal);
    pause = Math.min(pause * 1.5, cap);
  }
}

async function lookOnce<T>(options: WaitOptions<T>, elapsed: number): Promise<{ look: Look<T>; outage?: Error }> {
  try {
    return { look: await options.look(elapsed) };
  } catch (error) {
    if (options.throughOutage && isOutage(error)) return { look: { pending: "no answer for now" }, outage: error };
    throw error;
  }
}

/** What a system says while it restarts or loses its network: nothing, or its front end's 502 to 504. */
function isOutage(error: unknown): error is Error {
  return error instanceof CannotReach || (error instanceof Refused && [502, 503, 504].includes(error.status ?? 0));
}

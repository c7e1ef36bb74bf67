import type { Stopwatch } from "./clock";
import { formatDuration } from "./duration";
import { CannotReach, Refused, TimedOut } from "./errors";
import { words } from "./words";

/** What a look at a job, a task or another condition has shown: done, with a value, or pending, with the status. */
export type Look<T> = { done: T } | { pending: string };

export interface WaitOptions<T> {
  /** What is awaited, as a person would say it: `deployment of cluster HCI-01`. */
  what: string;
  /**
   * Looks once, and is told the vendor milliseconds since the wait began. Throws when the vendor says that the job
   * failed.
   */
  look: (elapsed: number) => Promise<Look<T>>;
  /** The first pause between two looks, which grows by half each time. Vendor milliseconds, 1 s unless told. */
  interval?: number;
  /** The longest pause. Vendor milliseconds, 10 s unless told. */
  cap?: number;
  /** Vendor milliseconds from now until the wait is given up. */
  deadline: number;
  /**
   * The whole time of the operation, for the message: a part of it may have passed before this wait. The deadline
   * unless told.
   */
  limit?: number;
  /** The setting that raises the deadline, for the message. */
  knob: string;
  /** Whether lost connections are normal during this wait, as of a host that changes its network. */
  throughOutage?: boolean;
  progress?: (text: string) => void;
  signal?: AbortSignal;
}

/** Vendor ms after which a status that stays the same is said again, so that a log shows that the wait goes on. */
const SAY_AGAIN = 5 * 60_000;
/**
 * So many changes of a status are said as they come. Each further one is said only once a twentieth of the wait's time
 * has passed since the last, so that a status which changes at every look, for hours, does not fill a log.
 */
const SAID_AT_ONCE = 20;
const SHARE = 1 / 20;
/** The most characters of a status that is said. */
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
    // The time that is left may be too short for a sleep to move the clock.
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

/**
 * Whether an error is what a system gives while it restarts or loses its network: no answer, or its front end's 502 to
 * 504.
 */
function isOutage(error: unknown): error is Error {
  return error instanceof CannotReach || (error instanceof Refused && [502, 503, 504].includes(error.status ?? 0));
}

import { setTimeout as delay } from "node:timers/promises";

/**
 * The one clock of the providers. Every sleep, back-off and vendor deadline goes through it, so that the
 * lab's speed (reach.json) shortens them all alike. Request time-outs stay real: the wire is not faster.
 */
export interface Clock {
  /** Sleeps so many milliseconds of vendor time; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds of vendor time since an arbitrary start; never runs backwards. */
  now(): number;
}

/**
 * A clock that sleeps `speed` times faster than it says. `now` counts a sleep at its face value and all
 * other time as it passes: a slow machine does not eat a deadline that the vendor's work was given.
 */
export function realClock(speed = 1): Clock {
  const start = performance.now();
  let skipped = 0;
  return {
    now: () => performance.now() - start + skipped,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      const real = ms / speed;
      try {
        await delay(real, undefined, signal ? { signal } : undefined);
      } catch {
        signal?.throwIfAborted();
      }
      skipped += ms - real;
    },
  };
}

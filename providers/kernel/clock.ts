import { sleepReal } from "./timer";

/**
 * The one clock of the providers. Every sleep, back-off and vendor deadline goes through it, so that the
 * lab's speed (reach.json) shortens them all alike. Request time-outs stay real, since the lab's wire is no faster.
 */
export interface Clock {
  /** Sleeps so many milliseconds of vendor time; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Starts counting vendor time for one piece of work. A sleep counts at its face value and all other time as it
   * passes, so that a slow machine does not use up a deadline that was given to the vendor's work.
   */
  stopwatch(): Stopwatch;
}

export interface Stopwatch {
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds of vendor time since the start. */
  elapsed(): number;
}

/** A clock that sleeps `speed` times faster than it says. */
export function realClock(speed = 1): Clock {
  const sleep = (ms: number, signal?: AbortSignal) => sleepReal(ms / speed, signal);
  return {
    sleep,
    stopwatch() {
      const start = performance.now();
      let skipped = 0;
      return {
        async sleep(ms, signal) {
          await sleep(ms, signal);
          skipped += ms - ms / speed;
        },
        elapsed: () => performance.now() - start + skipped,
      };
    },
  };
}

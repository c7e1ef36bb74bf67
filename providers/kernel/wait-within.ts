import type { Stopwatch } from "./clock";
import type { Context } from "./resource";
import { type WaitOptions, wait } from "./wait";

/** Waits of one operation, which all have to end within its time-out, vendor milliseconds. */
export function waitWithin(
  watch: Stopwatch,
  { timeout, ...how }: { timeout: number } & Pick<WaitOptions<unknown>, "knob" | "progress" | "signal">,
): Context["wait"] {
  return (what, look, hints) =>
    wait(watch, {
      what,
      look,
      interval: hints?.interval,
      cap: hints?.cap,
      throughOutage: hints?.throughOutage,
      deadline: Math.min(hints?.atMost ?? timeout, Math.max(0, timeout - watch.elapsed())),
      limit: timeout,
      ...how,
    });
}

import type { LabClock } from "./clock";

/** Those who wait for a moment of the site's time, or for anything to change before it. */
export class Waiting {
  private readonly wakers = new Set<() => void>();

  constructor(private readonly clock: LabClock) {}

  /** Lets everybody look again. */
  wake(): void {
    for (const waker of [...this.wakers]) waker();
  }

  /** Resolves at a moment of the site's time or at the next change before it; rejects when it is aborted. */
  until(moment: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new Error("nobody waits any more"));
      const real = Math.min(this.clock.realUntil(moment), 2 ** 31 - 1);
      // It does not keep a process alive that has nothing else to do.
      const timer = setTimeout(woken, real).unref();
      const over = () => {
        clearTimeout(timer);
        this.wakers.delete(woken);
        signal.removeEventListener("abort", aborted);
      };
      function woken() {
        over();
        resolve();
      }
      function aborted() {
        over();
        reject(new Error("nobody waits any more"));
      }
      this.wakers.add(woken);
      signal.addEventListener("abort", aborted);
    });
  }
}

import type { LabClock } from "./clock";
import { Waiting } from "./waiting";

const MINUTE = 60_000;

/** A site's own time: what is due, and who waits for it. */
export class SiteTime {
  private readonly waiting: Waiting;

  constructor(private readonly clock: LabClock) {
    this.waiting = new Waiting(clock);
  }

  /** Milliseconds. */
  get now(): number {
    return this.clock.now();
  }

  /** Whether work that is due at a moment is done: with `instant` at the first look. */
  isDue(moment: number): boolean {
    return this.clock.instant || this.now >= moment;
  }

  /** So many minutes go by at once. */
  pass(minutes: number): void {
    this.clock.pass(minutes * MINUTE);
    this.waiting.wake();
  }

  /** Resolves at a moment or at the next change before it; rejects when it is aborted. */
  until(moment: number, signal: AbortSignal): Promise<void> {
    return this.waiting.until(moment, signal);
  }

  /** Something has changed: all who wait look again. */
  changed(): void {
    this.waiting.wake();
  }

  /** The same time for a copy of the site, which wakes nobody. */
  apart(): SiteTime {
    return new SiteTime(this.clock);
  }
}

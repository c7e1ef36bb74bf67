/** The lab's time: it runs `speed` times faster than real, and goes on where it stood when the lab was stopped. */
export interface LabClock {
  /** Milliseconds of the site's own time. */
  now(): number;
  /** Whether work is done at the first look. */
  readonly instant: boolean;
  /** Lets so many milliseconds pass at once. */
  pass(milliseconds: number): void;
}

export function labClock(speed: number | "instant", from: number): LabClock {
  const start = performance.now();
  const factor = speed === "instant" ? 1_000 : speed;
  let passed = 0;
  return {
    now: () => from + passed + (performance.now() - start) * factor,
    instant: speed === "instant",
    pass(milliseconds) {
      passed += milliseconds;
    },
  };
}

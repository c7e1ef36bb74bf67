/** The lab's time: it runs `speed` times faster than real, and goes on where it stood when the lab was stopped. */
export interface LabClock {
  /** Milliseconds of the site's own time. */
  now(): number;
  /** Whether work is done at the first look. */
  readonly instant: boolean;
  /** Lets so many milliseconds pass at once. */
  pass(milliseconds: number): void;
  /** Real milliseconds until a moment of the site's time; Infinity while time stands still. */
  realUntil(moment: number): number;
}

export function labClock(speed: number | "instant", from: number): LabClock {
  const start = performance.now();
  const factor = speed === "instant" ? 1_000 : speed;
  let passed = 0;
  const now = () => from + passed + (performance.now() - start) * factor;
  return {
    now,
    instant: speed === "instant",
    realUntil(moment) {
      if (Number.isFinite(moment) && (speed === "instant" || moment <= now())) return 0;
      return (moment - now()) / factor;
    },
    pass(milliseconds) {
      passed += milliseconds;
    },
  };
}

/** A limit on how much is under way at once. Callers that wait get slots in their order of arrival. */
export interface Slots {
  /** Waits for a slot, and returns what gives it back. Rejects with the signal's reason when that is aborted. */
  take(signal: AbortSignal | undefined): Promise<() => void>;
}

export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting: (() => void)[] = [];

  function release(): void {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }

  return {
    async take(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free--;
      } else {
        await new Promise<void>((resolve, reject) => {
          const leave = () => {
            waiting.splice(waiting.indexOf(enter), 1);
            reject(signal?.reason);
          };
          const enter = () => {
            signal?.removeEventListener("abort", leave);
            resolve();
          };
          signal?.addEventListener("abort", leave, { once: true });
          waiting.push(enter);
        });
      }
      let held = true;
      return () => {
        if (held) release();
        held = false;
      };
    },
  };
}

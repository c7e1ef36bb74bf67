/** The longest time of Node's timers, 24.8 days: a longer one ends at once. */
const LONGEST = 2 ** 31 - 1;

/** Calls `work` once so many real milliseconds have passed, however many. Returns what disarms the timer. */
export function startTimer(ms: number, work: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (left: number) => {
    timer = setTimeout(() => (left > LONGEST ? arm(left - LONGEST) : work()), Math.min(left, LONGEST));
  };
  arm(ms);
  return () => clearTimeout(timer);
}

/** Sleeps so many real milliseconds, however many; rejects with the signal's reason when it is aborted. */
export function sleepReal(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const aborted = () => {
      stop();
      reject(signal?.reason);
    };
    const stop = startTimer(ms, () => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    });
    signal?.addEventListener("abort", aborted, { once: true });
  });
}

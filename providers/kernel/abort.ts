import { setMaxListeners } from "node:events";

/** Settles like the promise; where the signal is aborted first, rejects at once with the signal's reason. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  promise.catch(() => {}); // once the signal has won, nobody listens to the promise
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * A signal that is aborted with either of two. `release` takes its listeners away: `closing` outlives many requests.
 */
export function joined(
  own: AbortSignal | undefined,
  closing: AbortSignal,
): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const sources = own ? [own, closing] : [closing];
  setMaxListeners(0, ...sources); // each request listens, and there is no limit on those
  const follow = () => controller.abort(sources.find((source) => source.aborted)?.reason);
  for (const source of sources) source.addEventListener("abort", follow, { once: true });
  if (sources.some((source) => source.aborted)) follow();
  return {
    signal: controller.signal,
    release() {
      for (const source of sources) source.removeEventListener("abort", follow);
    },
  };
}

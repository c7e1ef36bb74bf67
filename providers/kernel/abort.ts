import { setMaxListeners } from "node:events";

/** Settles like the promise, unless the signal is aborted before: then rejects with its reason at once. */
export async function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  promise.catch(() => {}); // nobody may be listening any more when it rejects
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

/** A signal that follows both, and a way to stop following: the long-lived one must not gather listeners. */
export function joined(
  own: AbortSignal | undefined,
  closing: AbortSignal,
): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const sources = own ? [own, closing] : [closing];
  setMaxListeners(0, ...sources); // as many as there are requests
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

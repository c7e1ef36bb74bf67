import type { Clock } from "./clock";

export interface BatchOptions<K, V> {
  /** One request for some keys: what there is of each. A key of which there is nothing may be left out. */
  ask(keys: K[]): Promise<Map<K, V>>;
  /** The most keys of one request. */
  most?: number;
  /** Vendor milliseconds between the starts of two requests, for keys that many ask for again and again. */
  gap?: number;
  clock: Clock;
}

/**
 * Asks for one key, in one request with all others that are asked for at the same time. Undefined: there is nothing of
 * it. Rejects as the request does.
 */
export type Batch<K, V> = (key: K) => Promise<V | undefined>;

interface Waiting<V> {
  resolve(value: V | undefined): void;
  reject(error: unknown): void;
}

/**
 * Makes one request of what many ask for at once. The first asks at once; who comes while its request is under way, or
 * within the gap after its start, shares the next one. So an answer never is older than its question, and requests do not
 * grow with those who ask.
 */
export function createBatch<K, V>({ ask, most = 100, gap = 0, clock }: BatchOptions<K, V>): Batch<K, V> {
  const gathering = new Map<K, Waiting<V>[]>();
  let isUnderWay = false;

  async function run(): Promise<void> {
    isUnderWay = true;
    // All that is asked for in this turn of the event loop leaves together.
    await turn();
    while (gathering.size > 0) {
      const keys = [...gathering.keys()].slice(0, most);
      const asked = keys.map((key) => [key, gathering.get(key) ?? []] as const);
      for (const key of keys) gathering.delete(key);
      const pause = gap > 0 ? clock.sleep(gap) : undefined;
      const answer = await answers(keys);
      for (const [key, waiting] of asked) for (const each of waiting) answer(key, each);
      await pause;
      await turn();
    }
    isUnderWay = false;
  }

  async function answers(keys: K[]): Promise<(key: K, to: Waiting<V>) => void> {
    try {
      const found = await ask(keys);
      return (key, { resolve }) => resolve(found.get(key));
    } catch (error) {
      return (_key, { reject }) => reject(error);
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      gathering.set(key, [...(gathering.get(key) ?? []), { resolve, reject }]);
      if (!isUnderWay) void run();
    });
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

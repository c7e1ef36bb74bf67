import { createBatch } from "./batch";
import type { Clock, Stopwatch } from "./clock";

/** How objects of one list are read; a key is what one is asked for by, as its id. */
export interface ReadSource<V> {
  /** Those of some keys, as far as there are. */
  ask(keys: string[]): Promise<Map<string, V>>;
  /** Every one of the scope, page by page. */
  walk(): Promise<Map<string, V>>;
}

/** What many resources read of one list at once. */
export interface SharedReads<V> {
  /** What there is of a key, by a request that leaves after this call. */
  fresh(key: string): Promise<V | undefined>;
  /**
   * What there was of a key some seconds ago, or as long ago as it took to read, and never before the last `drop`. A
   * walk answers all who ask but the first; what it does not have is asked for by its key, so that nothing counts as gone
   * because a walk lacks it.
   */
  recent(key: string): Promise<V | undefined>;
  /** Forgets what was read: something has been written. */
  drop(): void;
}

/** Vendor milliseconds that what was read answers for at least. */
const HOLDS = 5_000;

interface Held<V> {
  /** Vendor time since it was read. */
  age: Stopwatch;
  /** Vendor milliseconds that it answers for: what takes long to read would else be read again and again. */
  holds: number;
  isReading: boolean;
  /** Those who ask in the same turn of the event loop as the first share its request. */
  isFirstTurn: boolean;
  walked?: Promise<Map<string, V>>;
}

/**
 * Reads one list for many resources: for the first who ask, by their keys; once more is asked for within some seconds,
 * as in a refresh of a whole stack, all of it by one walk.
 */
export function createSharedReads<V>({ ask, walk }: ReadSource<V>, clock: Clock): SharedReads<V> {
  const fresh = createBatch<string, V>({ ask, clock });
  let held: Held<V> | undefined;

  function begin(): Held<V> {
    const begun: Held<V> = { age: clock.stopwatch(), holds: HOLDS, isReading: false, isFirstTurn: true };
    setImmediate(() => {
      begun.isFirstTurn = false;
    });
    return begun;
  }

  async function walked(by: Held<V>): Promise<Map<string, V>> {
    const watch = clock.stopwatch();
    by.isReading = true;
    try {
      const all = await walk();
      Object.assign(by, { age: clock.stopwatch(), holds: Math.max(HOLDS, watch.elapsed()) });
      return all;
    } catch (error) {
      if (held === by) held = undefined;
      throw error;
    } finally {
      by.isReading = false;
    }
  }

  return {
    fresh,
    async recent(key) {
      if (!held || (!held.isReading && held.age.elapsed() > held.holds)) held = begin();
      if (held.isFirstTurn) return fresh(key);
      held.walked ??= walked(held);
      return (await held.walked).get(key) ?? fresh(key);
    },
    drop() {
      held = undefined;
    },
  };
}

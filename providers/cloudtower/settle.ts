import type { Context } from "../kernel/resource";

/** Vendor milliseconds between two looks, and until a setting that does not show is called lost. */
const LOOK = 2_000;
const SHOWN_WITHIN = 60_000;

/** Waits until what was written is what CloudTower shows: an answer of its own is no proof that it was kept. */
export function untilShown(context: Context, what: string, look: () => Promise<string | undefined>): Promise<void> {
  return context.wait<void>(
    `${what} to be shown by ${context.connection.name}`,
    async () => {
      const differs = await look();
      return differs === undefined ? { done: undefined } : { pending: differs };
    },
    { interval: LOOK / 4, cap: LOOK, atMost: SHOWN_WITHIN },
  );
}

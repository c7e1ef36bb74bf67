import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Turns of the event loop in which nothing more comes in. What a client has sent lies in this machine already: a chunk of
 * 8 MiB takes up to thirteen to be read.
 */
const QUIET = 50;
/** After so many it waits for something. */
const TURNS = 1_000;

/** Whether a server of this process comes to rest: nothing more comes in, and nothing waits for an answer. */
export async function comesToRest(asked: () => number, isBusy: () => boolean): Promise<boolean> {
  let known = -1;
  let quiet = 0;
  for (let turn = 0; turn < TURNS && quiet < QUIET; turn += 1) {
    await nextTurn();
    quiet = asked() === known && !isBusy() ? quiet + 1 : 0;
    known = asked();
  }
  return quiet === QUIET;
}

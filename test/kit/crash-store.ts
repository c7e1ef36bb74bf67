import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { CrashSite } from "./crash-matrix";
import { STACK } from "./project";
import { type Recorded, type StoreServer, type StoreState, startStore } from "./store-server";

/** Where programs find every store, whichever port it has: as reach.json leads there. */
const SHOP = "10.9.0.1:80";
/** Turns of the event loop in which nothing more comes in: what a client has sent lies in this machine already. */
const QUIET = 5;

/** A store as the other side of a crash matrix, from what was there before, or empty. */
export async function crashStore(
  way: (store: StoreServer) => Pick<CrashSite, "before" | "after" | "verify" | "environment">,
  before?: { state: StoreState; requests: Recorded[] },
): Promise<CrashSite> {
  const store = await startStore();
  const place = store.address;
  store.address = SHOP;
  if (before) {
    store.state = structuredClone(before.state);
    store.requests.push(...before.requests);
  }
  return {
    ...way(store),
    writes: () => store.writes().length,
    prepare: (folder) =>
      writeFileSync(
        join(folder, "stacks", STACK, "reach.json"),
        JSON.stringify({ lab: true, endpoints: { [SHOP]: place } }),
      ),
    async keep() {
      for (let seen = -1, quiet = 0; quiet < QUIET; quiet = seen === store.requests.length ? quiet + 1 : 0) {
        seen = store.requests.length;
        await nextTurn();
      }
      const kept = structuredClone({ state: store.state, requests: store.requests });
      return { open: () => crashStore(way, kept), drop() {} };
    },
    close: () => store.close(),
  };
}

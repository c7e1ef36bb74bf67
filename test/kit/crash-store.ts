import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { comesToRest } from "./at-rest";
import type { CrashSite } from "./crash-matrix";
import { STACK } from "./project";
import { type Recorded, type StoreServer, type StoreState, startStore } from "./store-server";

/** Where programs find every store, whichever port it has: as reach.json leads there. */
const SHOP = "10.9.0.1:80";

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
      const rests = await comesToRest(
        () => store.requests.length,
        () => false,
      );
      if (!rests) return undefined;
      const kept = structuredClone({ state: store.state, requests: store.requests });
      return { open: () => crashStore(way, kept), drop() {} };
    },
    close: () => store.close(),
  };
}

import type { ResourceSpec } from "./program";
import { STORE_LOGIN, type StoreServer } from "./store-server";

/** The connection to a store that runs in this process. */
export function connectionTo(store: StoreServer) {
  return { name: "shop", addresses: [store.address], ...STORE_LOGIN };
}

/** A thing of a test's program, named in small letters there and in capitals at the store. */
export function thing(
  store: StoreServer,
  name: string,
  args: Record<string, unknown> = {},
  options: ResourceSpec["options"] = {},
  type = "store:Thing",
): ResourceSpec {
  const own = { name: name.toUpperCase(), size: 3, tags: ["x", "y"], text: "one,two", ...args };
  return { type, name, args: { connection: connectionTo(store), ...own }, options };
}

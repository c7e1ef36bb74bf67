import { join } from "node:path";
import { type Clock, realClock } from "./clock";
import type { HttpClientOptions } from "./http-options";
import { readReach, speedFactor } from "./reach";
import { readSetting } from "./settings";
import { createTrust, type TrustOptions } from "./trust";

/** The options that every HTTP client of a stack is made with. */
export type Transport = Pick<HttpClientOptions, "reach" | "trust" | "clock" | "aroundWrite"> & {
  clock: Clock;
  /** Real milliseconds for connection and answer: the stack setting `requestTimeout`. */
  timeoutMs: number;
};

/** How the systems of a stack are reached, by its folder and its settings, which `config` reads. */
export function transportOf(
  folder: string,
  config: (key: string) => string | undefined,
  trusting: Pick<TrustOptions, "keepLater" | "notice">,
): Transport {
  const reach = reachOf(folder);
  return {
    reach,
    trust: createTrust({ folder, reach, mode: readSetting("trust", config), ...trusting }),
    clock: realClock(speedFactor(reach)),
    timeoutMs: readSetting("requestTimeout", config) ?? 10_000,
  };
}

/** reach.json of a stack's folder, or the one that SITEWRIGHT_REACH names. */
export function reachOf(folder: string) {
  return readReach(process.env.SITEWRIGHT_REACH ?? join(folder, "reach.json"));
}

/** What is made once under a key, at its first use, and what has been made so far. */
export function madeOnce() {
  const made = new Map<string, unknown>();
  return {
    made,
    shared<T>(key: string, make: () => T): T {
      if (!made.has(key)) made.set(key, make());
      return made.get(key) as T;
    },
  };
}

import type { SitePlan } from "../../plan/site-plan";
import type { SiteState } from "../site-state";
import type { Endpoint, Place, Serving } from "../system";
import { guestMachine } from "./machine";
import { towerGuest } from "./tower-guest";

/** The guest's key is one, whichever machine has the address (assumed). */
const KEY = "cloudtower";

export function guestEndpoints({ cloudtower }: SitePlan): Place[] {
  return cloudtower?.address === undefined ? [] : [{ address: cloudtower.address, port: 22 }];
}

/** SSH at CloudTower's planned address while a guest answers there. */
export function serveGuest(site: SiteState, stopped: AbortSignal): Serving {
  const places = guestEndpoints(site.options.plan);
  const machine = guestMachine(site, stopped);
  const up = () => (towerGuest(site.model) === undefined ? [] : places);
  return {
    listening: () => up().map((place): Endpoint => ({ serves: "ssh", ...place, machine, hostKey: () => KEY })),
    standing: () => up().map(({ address }) => address),
    hostKeys: () => places.map(({ address, port }) => [`${address}:${port}`, [KEY]]),
  };
}

import type { SiteState } from "./site-state";
import { systems } from "./systems";

/** What happens behind a client's back, by the name of the system that it happens to. */
export type ByHand = { [One in (typeof systems)[number] as One["name"]]: ReturnType<One["byHand"]> };

export function byHandOf(site: SiteState): ByHand {
  return Object.fromEntries(systems.map(({ name, byHand }) => [name, byHand(site)])) as unknown as ByHand;
}

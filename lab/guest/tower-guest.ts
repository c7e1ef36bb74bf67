import type { Model } from "../model";

/** The machine whose guest answers at CloudTower's address, by uuid; undefined: none does. */
export function towerGuest({ cluster }: Readonly<Model>): string | undefined {
  const guests = Object.entries(cluster?.guests ?? {});
  return guests.find(([, guest]) => guest.up)?.[0];
}

import { rackUnits } from "./layout";
import type { SitePlan } from "./site-plan";

/** Where a host stands. */
export interface RackPlace {
  host: string;
  rack: string;
  /** Its lowest height unit, and how many it takes. */
  unit: number;
  height: number;
}

/**
 * Where the planned hosts stand, those of which it is known: by sheet 机架位置, whose rows have a host's name in the
 * uppermost height unit it takes, and where that says nothing by columns P and Q of 主机规划, which have the lowest.
 * A host is taken to be of 2U, as the template's column R is (Q + 1), unless the two together, the device right below it
 * or the host right above say that it is of 1U. Of two hosts at one place, which is a warning of the plan's, the first
 * one is placed; what lies beyond the rack is left out.
 */
export function rackPlaces(plan: SitePlan): RackPlace[] {
  const placed = new Map<string, RackPlace>();
  const key = ({ rack, unit }: Pick<RackPlace, "rack" | "unit">) => `${unit} ${same(rack)}`;
  for (const place of saidPlaces(plan))
    if (place.unit <= rackUnits && !placed.has(key(place))) placed.set(key(place), place);
  return [...placed.values()].map((place) => {
    const above = { ...place, unit: place.unit + 1 };
    return above.unit > rackUnits || placed.has(key(above)) ? { ...place, height: 1 } : place;
  });
}

/** What the sheet or the columns say of each host, whatever they say of the others. */
function saidPlaces({ hosts, racks = [] }: SitePlan): RackPlace[] {
  return hosts.flatMap(({ name, rack: column }): RackPlace[] => {
    for (const rack of racks) {
      const found = Object.entries(rack.devices).find(([, device]) => same(device) === same(name));
      if (!found) continue;
      const top = Number(found[0]);
      const height = column?.unit === top || rack.devices[String(top - 1)] !== undefined || top === 1 ? 1 : 2;
      const rackName = rack.name ?? column?.name;
      return rackName ? [{ host: name, rack: rackName, unit: top - height + 1, height }] : [];
    }
    if (!column?.name || column.unit === undefined) return [];
    return [{ host: name, rack: column.name, unit: column.unit, height: 2 }];
  });
}

function same(name: string): string {
  return name.normalize("NFKC").replace(/\s+/g, "").toLowerCase();
}

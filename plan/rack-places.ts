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
 * A host is taken to be of 2U, as the template's column R is (Q + 1), unless the two together or the device right below
 * it say that it is of 1U.
 */
export function rackPlaces({ hosts, racks = [] }: SitePlan): RackPlace[] {
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

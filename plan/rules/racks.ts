import type { Draft, Path } from "../draft";
import { isHostName } from "../names";
import type { PartialPlan } from "./partial-plan";
import { hasFinding, report } from "./report";

/** A device of the rack sheet: the rack it stands in, and the uppermost height unit that it takes. */
interface Device {
  path: Path;
  name: string;
  unit: number;
  rack: { path: Path; name: string | undefined };
}

/**
 * The rack sheet against columns P and Q of the hosts. Both are papers for who mounts the servers, and CloudTower's rack
 * topology alone is made of them, so all of it is warnings. The sheet of hosts has the lowest height unit of a host and works out the next
 * one above (R = Q + 1, hosts of 2U); the rack sheet has the name in the uppermost row of the host. So a host of 1U
 * stands at Q there, one of 2U at Q + 1.
 */
export function checkRacks(draft: Draft, plan: PartialPlan): void {
  checkUnits(draft, plan);
  const devices = devicesOf(plan);
  const hosts = (plan.hosts ?? []).flatMap((host, i) =>
    typeof host?.name === "string" ? [{ path: ["hosts", i] as Path, name: host.name, rack: host.rack }] : [],
  );
  const complete = plan.hosts !== undefined && hosts.length === plan.hosts.length;
  const planned = new Set(hosts.map(({ name }) => same(name)));
  const placed = new Map<string, Device>();
  for (const device of devices) {
    const key = same(device.name);
    const other = placed.get(key);
    if (!planned.has(key)) {
      // Switches and panels have names with spaces, or say what they are. A host without a name may be this one.
      if (complete && isHostName(device.name) && !noHost.test(device.name)) {
        report(draft, "rack-device-unplanned", device.path, { value: device.name });
      }
    } else if (other) report(draft, "rack-device-twice", device.path, { value: device.name, other: other.path });
    else placed.set(key, device);
  }
  if (placed.size === 0) return;
  for (const [i, { path, name, rack }] of hosts.entries()) {
    // Of two hosts of one name, which is another finding, the rack sheet is taken to mean the first.
    if (hosts.findIndex((each) => same(each.name) === same(name)) < i) continue;
    const device = placed.get(same(name));
    if (!device) {
      report(draft, "rack-host-missing", [...path, "name"], { value: name, params: { host: name } });
      continue;
    }
    if (rack?.name && device.rack.name && same(rack.name) !== same(device.rack.name)) {
      report(draft, "rack-name-differs", [...path, "rack", "name"], {
        value: rack.name,
        other: device.rack.path,
        params: { host: name, rack: device.rack.name },
      });
    }
    if (typeof rack?.unit === "number" && ![rack.unit, rack.unit + 1].includes(device.unit)) {
      report(draft, "rack-unit-differs", [...path, "rack", "unit"], {
        value: String(rack.unit),
        other: device.path,
        params: { host: name, unit: device.unit },
      });
    }
  }
}

const noHost = /switch|router|firewall|panel|pdu|kvm|ups|^sw[-_]?\d/i;

function devicesOf(plan: PartialPlan): Device[] {
  return (plan.racks ?? []).flatMap((rack, i) =>
    Object.entries(rack?.devices ?? {}).flatMap(([unit, name]) => {
      if (typeof name !== "string") return [];
      const path = ["racks", i, "devices", unit];
      return [{ path, name, unit: Number(unit), rack: { path: ["racks", i, "name"], name: rack?.name } }];
    }),
  );
}

/** Half a place, and two hosts at one place. Hosts one above the other are left alone, for a host may be of 1U. */
function checkUnits(draft: Draft, plan: PartialPlan): void {
  const seen = new Map<string, Path>();
  plan.hosts?.forEach((host, i) => {
    if (!host?.rack) return;
    const half = halfOf(host.rack);
    const missing = half && ["hosts", i, "rack", half === "name" ? "unit" : "name"];
    // A unit that is no number is a finding of its own.
    if (missing && half && !hasFinding(draft, missing)) {
      report(draft, "rack-position-half", missing, { other: ["hosts", i, "rack", half] });
    }
    if (half || typeof host.rack.unit !== "number") return;
    const path = ["hosts", i, "rack", "unit"];
    const key = `${same(host.rack.name ?? "")} ${host.rack.unit}`;
    const other = seen.get(key);
    if (other) report(draft, "rack-unit-twice", path, { value: String(host.rack.unit), other });
    else seen.set(key, path);
  });
}

function halfOf(rack: { name?: string; unit?: number }): "name" | "unit" | undefined {
  if (rack.name && rack.unit === undefined) return "name";
  return rack.unit !== undefined && !rack.name ? "unit" : undefined;
}

function same(name: string): string {
  return name.normalize("NFKC").replace(/\s+/g, "").toLowerCase();
}

import ipaddr from "ipaddr.js";
import type { Path } from "../../plan/draft";
import type { SitePlan } from "../../plan/site-plan";
import { isMapped, type Reach, resolve } from "../../providers/kernel/reach";
import type { AddressRole, ProbeTarget, Role, Way } from "./target";

/** Ports that tell a machine: what a host, an SMTX OS cluster and CloudTower listen on (workbook, 防火墙 sheet). */
const webAndSsh = ["tcp 80", "tcp 22", "tcp 443"];

const portsOf: Record<Role, string[]> = {
  management: webAndSsh,
  // RMCP first: the one port that only a BMC has (IPMI 2.0, section 13.1).
  bmc: ["udp 623", "tcp 443", "tcp 80", "tcp 22"],
  dns: ["udp 53"],
  ntp: ["udp 123"],
  vip: webAndSsh,
  storage: webAndSsh,
  cloudtower: webAndSsh,
  observability: webAndSsh,
  backupService: webAndSsh,
  everoute: webAndSsh,
  everouteNode: webAndSsh,
  testRange: webAndSsh,
};

/** More addresses of a test range than this are not asked: a whole subnet would be a scan of the customer's network. */
export const mostTestAddresses = 64;

/** Everything that a probe of this plan asks, in the order of the plan. Nothing is sent. */
export function probeTargets(plan: SitePlan, reach: Reach): ProbeTarget[] {
  const target = (role: Role, address: string, path: Path, host?: string): ProbeTarget => {
    const ways = portsOf[role].map((text) => wayTo(reach, address, text));
    // What is reached by another machine's port has its echo and its ARP entry elsewhere too.
    const neighbour = isTaking(role) && !reach.only && ways.every((way) => !way.mapped);
    return { role, address, ...(host !== undefined && { host }), path, ways, neighbour };
  };
  const planned = (role: Role, path: Path, address: string | undefined) =>
    address === undefined ? [] : [target(role, address, path)];

  return [
    ...plan.hosts.map((host, i) => target("management", host.management, ["hosts", i, "management"], host.name)),
    ...plan.hosts.flatMap((host, i) =>
      host.bmc ? [target("bmc", host.bmc.address, ["hosts", i, "bmc", "address"], host.name)] : [],
    ),
    ...planned("vip", ["cluster", "vip"], plan.cluster.vip),
    ...plan.hosts.map((host, i) => target("storage", host.storage, ["hosts", i, "storage"], host.name)),
    ...planned("cloudtower", ["cloudtower", "address"], plan.cloudtower?.address),
    ...planned("observability", ["observability", "address"], plan.observability?.address),
    ...planned("backupService", ["backupService", "address"], plan.backupService?.address),
    ...planned("everoute", ["everoute", "vip"], plan.everoute?.vip),
    ...(plan.everoute?.nodes ?? []).map((node, i) => target("everouteNode", node, ["everoute", "nodes", i])),
    ...testAddresses(plan).map((address) => target("testRange", address, ["testRange", "first"])),
    ...plan.dns.map((server, i) => target("dns", server, ["dns", i])),
    ...plan.ntp.map((server, i) => target("ntp", server, ["ntp", i])),
  ];
}

/** Whether the site takes the address, so that nobody else may have it. */
export function isTaking(role: Role): role is AddressRole {
  return !["management", "bmc", "dns", "ntp"].includes(role);
}

function wayTo(reach: Reach, address: string, text: string): Way {
  const [protocol, port] = text.split(" ");
  const at = resolve(reach, address, Number(port));
  return {
    protocol: protocol as Way["protocol"],
    port: Number(port),
    ...(at && { at }),
    mapped: isMapped(reach, address, Number(port)),
  };
}

/** Whether the plan's test range is longer than what is asked of it. */
export function isRangeCut({ testRange }: SitePlan): boolean {
  return testRange !== undefined && sizeOf(testRange) > mostTestAddresses;
}

function sizeOf({ first, last }: NonNullable<SitePlan["testRange"]>): number {
  return numberOf(last) - numberOf(first) + 1;
}

/** The test range, from its first address, cut at mostTestAddresses; addresses that the plan gives away are left out. */
function testAddresses({ testRange, ...plan }: SitePlan): string[] {
  if (!testRange) return [];
  const first = numberOf(testRange.first);
  const count = Math.min(sizeOf(testRange), mostTestAddresses);
  const given = JSON.stringify(plan);
  return Array.from({ length: Math.max(0, count) }, (_, i) => addressOf(first + i)).filter(
    (address) => !given.includes(`"${address}"`),
  );
}

function numberOf(address: string): number {
  return ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((sum, byte) => sum * 256 + byte, 0);
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

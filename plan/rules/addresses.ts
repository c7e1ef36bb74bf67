import type { Draft, Path } from "../draft";
import { addressNumber, blockOf, isInside, isReserved, unusableRange } from "../ipv4";
import { networksOf, type PartialPlan } from "./partial-plan";
import { report } from "./report";

/** An address of the plan with its place. */
interface Role {
  path: Path;
  value: string;
  address: number;
}

/** Every address of the plan against its network, against the range of test addresses, and against every other. */
export function checkAddresses(draft: Draft, plan: PartialPlan): void {
  const gateways = roles(networksOf(plan).map(({ path, network }) => [[...path, "gateway"], network.gateway]));
  const machines = machinesOf(plan);
  const servers = roles([
    ...(plan.ntp ?? []).map((server, i): [Path, unknown] => [["ntp", i], server]),
    ...(plan.dns ?? []).map((server, i): [Path, unknown] => [["dns", i], server]),
  ]);
  const range = roles([
    [["testRange", "first"], plan.testRange?.first],
    [["testRange", "last"], plan.testRange?.last],
  ]);
  for (const { path, value, address } of [...gateways, ...machines, ...servers, ...range]) {
    const purpose = unusableRange(address);
    if (purpose) report(draft, "address-unusable", path, { value, params: { range: purpose } });
  }
  checkTwice(draft, plan, { gateways, machines, servers });
  for (const role of machines) checkSubnet(draft, plan, role, networksFor(plan, role.path));
  checkServers(draft, plan, servers);
  checkTestRange(draft, plan, range, [...gateways, ...machines, ...servers]);
}

/** What takes an address: hosts, VIPs and components. */
function machinesOf(plan: PartialPlan): Role[] {
  return roles([
    ...(plan.hosts ?? []).flatMap((host, i): [Path, unknown][] => [
      [["hosts", i, "management"], host?.management],
      [["hosts", i, "storage"], host?.storage],
      [["hosts", i, "bmc", "address"], host?.bmc?.address],
    ]),
    [["cluster", "vip"], plan.cluster?.vip],
    ...components.map((key): [Path, unknown] => [[key, "address"], plan[key]?.address]),
    [["everoute", "vip"], plan.everoute?.vip],
    ...(plan.everoute?.nodes ?? []).map((address, i): [Path, unknown] => [["everoute", "nodes", i], address]),
  ]);
}

const components = ["cloudtower", "observability", "backupService"] as const;

function roles(values: [Path, unknown][]): Role[] {
  return values.flatMap(([path, value]) => {
    const address = typeof value === "string" ? addressNumber(value) : undefined;
    return address === undefined ? [] : [{ path, value: String(value), address }];
  });
}

/**
 * The same address in two roles. Gateways among themselves are left to the rules on subnets: two that are the same
 * lie outside of one, or their subnets overlap. A gateway may answer for DNS and NTP, and one server for both; a
 * machine of the plan may not, since it is made after them.
 */
function checkTwice(draft: Draft, plan: PartialPlan, all: Record<"gateways" | "machines" | "servers", Role[]>): void {
  const seen = new Map<string, Path>();
  if (typeof plan.ipmi?.gateway === "string") seen.set(plan.ipmi.gateway, ["ipmi", "gateway"]);
  for (const { value, path } of all.gateways) seen.set(value, path);
  const planned = new Map<string, Path>();
  for (const { path, value } of all.machines) {
    const other = seen.get(value);
    if (other) report(draft, "address-twice", path, { value, other });
    else seen.set(value, path);
    if (!planned.has(value)) planned.set(value, path);
  }
  for (const { path, value } of all.servers) {
    const other = planned.get(value);
    if (other) report(draft, "address-twice", path, { value, other });
  }
}

/** A CloudTower that stands already, of another site, is where that site has it: only one that is made here is not. */
function isElsewhere(plan: PartialPlan, { path, address }: Role): boolean {
  const here = (["network", "extra"] as const).some((row) => {
    const { block } = subnetAt(plan, ["management", row]);
    return block && isInside(address, block);
  });
  return path[0] === "cloudtower" && !here;
}

/** The networks that a machine may lie in. Components lie in the extra management network where there is one. */
function networksFor(plan: PartialPlan, path: Path): Path[] {
  const last = path.at(-1);
  if (path[0] === "hosts" && last === "address") return plan.ipmi ? [["ipmi"]] : [];
  if (path[0] === "hosts" && last === "storage") return [["storage", "network"]];
  if (path[0] === "hosts" || path[0] === "cluster") return [["management", "network"]];
  return [plan.management?.extra ? ["management", "extra"] : ["management", "network"]];
}

/**
 * Reports an address that lies in none of the networks, or is no machine's there. Gives the network that it lies in.
 * Nothing is said where one of the networks is not known.
 */
function checkSubnet(draft: Draft, plan: PartialPlan, role: Role, networks: Path[]): Path | undefined {
  const blocks = networks.map((path) => ({ path, ...subnetAt(plan, path) }));
  const [first] = blocks;
  if (!first || blocks.some(({ block }) => !block) || unusableRange(role.address)) return undefined;
  const found = blocks.find(({ block }) => block && isInside(role.address, block)) ?? first;
  const inside = found.block && isInside(role.address, found.block);
  const informal = found.path[0] === "ipmi";
  const details = {
    value: role.value,
    other: [...found.path, "subnet"],
    params: { subnet: found.subnet, network: found.path.join(".") },
  };
  if (!inside) {
    const code = informal
      ? "bmc-outside-subnet"
      : isElsewhere(plan, role)
        ? "cloudtower-outside-subnets"
        : "address-outside-subnet";
    report(draft, code, role.path, details);
    return undefined;
  }
  if (found.block && isReserved(role.address, found.block)) {
    report(draft, informal ? "bmc-address-reserved" : "address-reserved", role.path, details);
  }
  return found.path;
}

function subnetAt(plan: PartialPlan, path: Path) {
  const network = path[0] === "ipmi" ? plan.ipmi : plan.management?.[path[1] === "extra" ? "extra" : "network"];
  const subnet = path[0] === "storage" ? plan.storage?.network?.subnet : network?.subnet;
  return { subnet: String(subnet), block: blockOf(subnet) };
}

/** DNS and NTP servers may lie anywhere, but not at a network or broadcast address of the plan's networks. */
function checkServers(draft: Draft, plan: PartialPlan, servers: Role[]): void {
  const networks = networksOf(plan).map((each) => ({ ...each, block: blockOf(each.network.subnet) }));
  for (const { path, value, address } of servers) {
    const network = networks.find(({ block }) => block && isReserved(address, block));
    if (!network) continue;
    const params = { subnet: String(network.network.subnet) };
    report(draft, "address-reserved", path, { value, other: [...network.path, "subnet"], params });
  }
}

/**
 * The range of test addresses lies in the management network or, where there is one, in the extra one, whole; the
 * workbook does not say in which. No address of the plan lies in it.
 */
function checkTestRange(draft: Draft, plan: PartialPlan, range: Role[], others: Role[]): void {
  const both: Path[] = [...(plan.management?.extra ? [["management", "extra"]] : []), ["management", "network"]];
  const [first, last] = range;
  let networks = both;
  for (const role of range) {
    const network = checkSubnet(draft, plan, role, networks);
    if (network) networks = [network];
  }
  if (!first || !last) return;
  if (first.address > last.address) {
    report(draft, "test-range-backwards", first.path, { value: first.value, other: last.path });
    return;
  }
  for (const { path, value, address } of others) {
    if (address < first.address || address > last.address) continue;
    const other = address === last.address ? last.path : first.path;
    report(draft, "address-in-test-range", path, {
      value,
      other,
      params: { range: `${first.value}–${last.value}` },
    });
  }
}

import { type Draft, fieldOf, type Path } from "./draft";
import { makeFinding } from "./finding";
import type { FindingCode } from "./finding-text";
import { isHostName, isNic, isServer, networkOf } from "./names";
import type { SitePlan } from "./site-plan";
import type { FindingParams } from "./text/text";

/** A plan of which any part may still be missing. */
type PartialPlan = DeepPartial<SitePlan>;
type PartialNetwork = DeepPartial<SitePlan["management"]["network"]>;
type DeepPartial<T> = T extends (infer E)[]
  ? DeepPartial<E>[]
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/**
 * What holds across cells, whatever the plan was written in. Goes over drafts too: a value that is missing is passed
 * over, so that one mistake does not hide another. Adds its findings to the draft.
 */
export function checkRules(draft: Draft): void {
  const plan = draft.tree as PartialPlan;
  const hosts = plan.hosts ?? [];
  const hostsPlace = draft.placeOf(["hosts"]);
  // Where the list itself is missing or wrong, or its sheet was not read, there is nothing to count.
  const counted = plan.hosts !== undefined || !hasError(draft, ["hosts"]);
  if (hosts.length < 3 && hostsPlace && counted) {
    draft.findings.push(makeFinding("too-few-hosts", hostsPlace, { params: { count: hosts.length } }));
  }
  checkNames(draft, plan);
  checkAddresses(draft, plan);
  checkTimeServers(draft, plan);
  checkSubnets(draft, plan);
  checkSwitches(draft, plan);
  checkBusinessSwitch(draft, plan);
}

function checkNames(draft: Draft, plan: PartialPlan): void {
  const seen = new Map<string, Path>();
  plan.hosts?.forEach((host, i) => {
    if (typeof host?.name !== "string" || host.name === "") return;
    const path = ["hosts", i, "name"];
    if (!isHostName(host.name)) report(draft, "hostname-invalid", path, host.name);
    const key = host.name.toLowerCase();
    const first = seen.get(key);
    if (first) reportTwice(draft, "host-name-twice", path, first, host.name);
    else seen.set(key, path);
  });
}

function checkTimeServers(draft: Draft, plan: PartialPlan): void {
  plan.ntp?.forEach((server, i) => {
    if (typeof server !== "string" || server === "" || isServer(server)) return;
    report(draft, "server-invalid", ["ntp", i], server, { field: "ntp" });
  });
}

/** A subnet may be written with any of its addresses; the plan holds the network. */
function checkSubnets(draft: Draft, plan: PartialPlan): void {
  const networks: [Path, PartialNetwork | undefined][] = [
    [["management", "network"], plan.management?.network],
    [["management", "extra"], plan.management?.extra],
    [["storage", "network"], plan.storage?.network],
    [["backup", "network"], plan.backup?.network],
    ...(plan.business?.networks ?? []).map((network, i): [Path, PartialNetwork] => [
      ["business", "networks", i],
      network,
    ]),
  ];
  for (const [path, network] of networks) {
    if (typeof network?.subnet !== "string") continue;
    const subnet = networkOf(network.subnet);
    if (subnet === undefined || subnet === network.subnet) continue;
    const at = [...path, "subnet"];
    report(draft, "subnet-host-bits", at, network.subnet, { field: fieldOf(at), subnet });
    network.subnet = subnet;
  }
}

/** Every address that a machine or service takes, by its place in the plan. */
function takenAddresses(plan: PartialPlan): { path: Path; address: unknown }[] {
  return [
    ...(plan.hosts ?? []).flatMap((host, i) => [
      { path: ["hosts", i, "management"], address: host?.management },
      { path: ["hosts", i, "storage"], address: host?.storage },
      { path: ["hosts", i, "bmc", "address"], address: host?.bmc?.address },
    ]),
    { path: ["cluster", "vip"], address: plan.cluster?.vip },
    { path: ["cloudtower", "address"], address: plan.cloudtower?.address },
    { path: ["observability", "address"], address: plan.observability?.address },
    { path: ["backupService", "address"], address: plan.backupService?.address },
    { path: ["everoute", "vip"], address: plan.everoute?.vip },
    ...(plan.everoute?.nodes ?? []).map((address, i) => ({ path: ["everoute", "nodes", i], address })),
  ];
}

function checkAddresses(draft: Draft, plan: PartialPlan): void {
  const seen = new Map<string, Path>();
  for (const { path, address } of takenAddresses(plan)) {
    if (typeof address !== "string") continue;
    const first = seen.get(address);
    if (first) reportTwice(draft, "address-twice", path, first, address);
    else seen.set(address, path);
  }
}

const owners = ["management", "storage", "backup", "business"] as const;

function checkSwitches(draft: Draft, plan: PartialPlan): void {
  for (const owner of owners) {
    const planned = plan[owner]?.switch;
    if (!planned || !Array.isArray(planned.nics)) continue;
    const nics = planned.nics.filter((nic) => typeof nic === "string");
    const at = [owner, "switch", "nics"];
    const bad = nics.find((nic) => !isNic(nic));
    const twice = nics.find((nic, i) => nics.indexOf(nic) !== i);
    if (bad !== undefined) report(draft, "nic-invalid", at, nics.join(","), { nic: bad.slice(0, 40) });
    if (twice !== undefined) report(draft, "nic-twice", at, nics.join(","), { nic: twice });
    // How many ports there are is known only where each is one.
    if (bad === undefined && twice === undefined) checkBond(draft, [owner, "switch", "bondMode"], planned, nics.length);
  }
}

/** Business networks have a switch of their own, or share the management switch (存储独立); never both. */
function checkBusinessSwitch(draft: Draft, plan: PartialPlan): void {
  const path = ["business", "switch"];
  const separate = plan.cluster?.networks !== "storage-separate";
  if (!plan.business) return;
  if (!separate && plan.business.switch) report(draft, "business-ports-unused", path);
  if (separate && !plan.business.switch && !hasError(draft, [...path, "name"])) {
    report(draft, "key-missing", path, undefined, { field: "business.switch", path: path.join(".") });
  }
}

function checkBond(draft: Draft, path: Path, planned: { bondMode?: unknown }, count: number): void {
  if (count === 1 && planned.bondMode !== undefined) {
    report(draft, "bond-unneeded", path, String(planned.bondMode));
    delete planned.bondMode;
  }
  // A mode that is there but wrong has its own finding at the same place.
  if (count > 1 && planned.bondMode === undefined && !hasError(draft, path)) {
    report(draft, "bond-missing", path, undefined, { count });
  }
}

function hasError(draft: Draft, path: Path): boolean {
  const place = Object.entries(draft.placeOf(path) ?? {});
  return draft.findings.some(
    (finding) => finding.severity === "error" && place.every(([key, value]) => Reflect.get(finding, key) === value),
  );
}

function report(draft: Draft, code: FindingCode, path: Path, value?: string, params?: FindingParams): void {
  const place = draft.placeOf(path);
  if (place) draft.findings.push(makeFinding(code, place, { value, params }));
}

function reportTwice(draft: Draft, code: "host-name-twice" | "address-twice", path: Path, first: Path, value: string) {
  const place = draft.placeOf(path);
  const other = draft.placeOf(first);
  if (place && other)
    draft.findings.push(makeFinding(code, place, { value, other, params: { otherField: fieldOf(first) } }));
}

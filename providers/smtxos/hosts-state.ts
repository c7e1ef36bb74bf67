import { NotAuthorised, PlanConflict, Refused } from "../kernel/errors";
import type { Context } from "../kernel/resource";
import { type DeployStatus, predeploy } from "./client";
import type { ClusterHost, ClusterPlan } from "./cluster-plan";
import { deployHostIp } from "./deploy-request";
import { isSystemDisk } from "./disks";
import { type HostScan, hasDeployedInterfaces, ipv4Of } from "./scan";

/** What one planned host is found to be. */
export interface HostState {
  host: ClusterHost;
  scan: HostScan;
  /** What deploy_verify says: only after a deployment that came to its end. */
  deployed: boolean;
}

/** Looks at all planned hosts at once. One that cannot be reached or asked ends it: never a smaller cluster. */
export async function lookAtHosts(context: Context, hosts: ClusterHost[]): Promise<HostState[]> {
  const looks = await Promise.allSettled(
    hosts.map(async (host) => {
      const client = predeploy(context, host.managementIp);
      const scan = await client.scan();
      return { host, scan, deployed: await client.isDeployed() };
    }),
  );
  const failures = looks.flatMap((look, index) =>
    look.status === "rejected" ? [{ host: hosts[index] as ClusterHost, reason: look.reason as Error }] : [],
  );
  const first = failures[0];
  if (first) {
    if (failures.length > 1)
      for (const { host, reason } of failures) context.warn(`host ${nameOf(host)}: ${reason.message}`);
    first.reason.message = `host ${nameOf(first.host)}: ${first.reason.message}`;
    throw first.reason;
  }
  return looks.flatMap((look) => (look.status === "fulfilled" ? [look.value] : []));
}

/**
 * What makes factory hosts unfit for the plan: wrong product, remains of an earlier deployment, a planned port
 * that is missing, no system disk, one machine behind two addresses. One line a finding, naming the host.
 */
export function unfitFor(plan: ClusterPlan, states: HostState[]): string[] {
  const seen = new Map<string, ClusterHost>();
  return states.flatMap(({ host, scan }) => {
    const reasons: string[] = [];
    const ports = new Set(scan.ifaces.map((iface) => iface.name.toLowerCase()));
    const missing = [...plan.management.vds.nics, ...plan.storage.vds.nics].filter(
      (nic) => !ports.has(nic.toLowerCase()),
    );
    const twin = seen.get(scan.host_uuid);
    seen.set(scan.host_uuid, host);
    if (scan.product !== "SMTXOS") reasons.push(`runs ${scan.product}, not SMTXOS`);
    if (hasDeployedInterfaces(scan))
      reasons.push("carries the networks of an earlier deployment: install SMTX OS on it anew");
    if (missing.length > 0) reasons.push(`has no port ${missing.join(", ")} (it has ${[...ports].join(", ")})`);
    if (!scan.disks.some(isSystemDisk)) reasons.push("reports no system disk");
    if (twin) reasons.push(`is the same machine as ${nameOf(twin)} (host_uuid ${scan.host_uuid})`);
    return reasons.map((reason) => `host ${nameOf(host)} ${reason}`);
  });
}

/** How deployed hosts differ from the plan, one line a difference; all empty when they are what the plan says. */
export interface Differences {
  /** Addresses that are others, and machines that stand for two hosts. */
  wrong: string[];
  /** Names that are others. */
  names: string[];
  /** What the scans do not show, or not yet: no document promises it. */
  unshown: string[];
}

export function differencesFromPlan(states: HostState[]): Differences {
  const uuids = new Map<string, ClusterHost>();
  const found: Differences = { wrong: [], names: [], unshown: [] };
  for (const { host, scan } of states) {
    const twin = uuids.get(scan.host_uuid);
    uuids.set(scan.host_uuid, host);
    if (twin) found.wrong.push(`host ${nameOf(host)} is the same machine as ${nameOf(twin)}`);
    compare("wrong", "management address (port-mgt)", ipv4Of(scan, "port-mgt"), host.managementIp);
    compare("wrong", "storage address (port-storage)", ipv4Of(scan, "port-storage"), host.storageIp);
    compare("names", "host name", shownName(scan), host.hostname);

    function compare(as: "wrong" | "names", what: string, stands: string | undefined, planned: string): void {
      if (stands === planned) return;
      const line = `host ${nameOf(host)}: ${what} stands as ${stands ?? "nothing"}, planned is ${planned}`;
      found[stands === undefined ? "unshown" : as].push(line);
    }
  }
  return found;
}

/** The name that a deployed host shows. A scan without the ports of a deployment tells of the time before it. */
export function shownName(scan: HostScan): string | undefined {
  return hasDeployedInterfaces(scan) ? scan.hostname || undefined : undefined;
}

/** What was decided on no longer holds for a host: it was deployed meanwhile, or another machine answers there. */
export function changesSince(before: HostState[], now: HostState[]): string[] {
  return now.flatMap(({ host, scan, deployed }, index) => {
    if (deployed) return [`host ${nameOf(host)} was deployed meanwhile`];
    const was = before[index]?.scan ?? scan;
    if (was.host_uuid === scan.host_uuid && was.sn === scan.sn) return [];
    const idOf = ({ sn, host_uuid }: HostScan) => `${sn || "of no serial number"} (host_uuid ${host_uuid})`;
    return [`host ${nameOf(host)} is another machine by now: ${idOf(scan)}, and was ${idOf(was)}`];
  });
}

/**
 * How the deployment is going, as the first host that answers tells; undefined when that host knows of none.
 * The host must be named as the request named it. Throws CannotReach when no host answers.
 */
export async function deployStatus(context: Context, plan: ClusterPlan): Promise<DeployStatus | undefined> {
  let last: unknown;
  for (const host of plan.hosts) {
    const client = predeploy(context, host.managementIp);
    try {
      const name =
        plan.deployHostIp === "management" ? host.managementIp : deployHostIp(plan, host, await client.scan());
      return await client.deployStatus(name);
    } catch (error) {
      // Once the work has ended, the call may answer with an error or with something else (runbook, stage 02).
      if (error instanceof Refused || error instanceof NotAuthorised) return undefined;
      last = error;
    }
  }
  throw last;
}

/** Names the hosts that are deployed among some that are not. */
export function refuseMixture(states: HostState[]): never {
  const list = (deployed: boolean) =>
    states
      .filter((state) => state.deployed === deployed)
      .map(({ host }) => nameOf(host))
      .join(", ");
  throw new PlanConflict(
    `only some of the planned hosts are deployed: ${list(true)} are, ${list(false)} are not; nothing was sent`,
    "take the deployed ones out of the plan or install SMTX OS on them anew; hosts are added to a standing cluster by the vendor's own procedure",
  );
}

export function nameOf(host: ClusterHost): string {
  return `${host.hostname} (${host.managementIp})`;
}

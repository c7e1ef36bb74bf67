import { dirname, join, resolve } from "node:path";
import type { Finding } from "../../plan/finding";
import type { LoadedPlan } from "../../plan/read";
import { orAbort } from "../../providers/kernel/abort";
import { realClock } from "../../providers/kernel/clock";
import type { HttpClient } from "../../providers/kernel/http";
import type { Reach } from "../../providers/kernel/reach";
import { createSlots } from "../../providers/kernel/slots";
import { reachOf } from "../../providers/kernel/transport";
import { createTrust } from "../../providers/kernel/trust";
import { readTrustFile } from "../../providers/kernel/trust-file";
import { type AddressLook, lookAtAddress, reportAddress } from "./address";
import { probeBmc } from "./bmc";
import { plannedNames, probeDns } from "./dns";
import type { ProbeFact } from "./fact-text";
import { type HostLook, lookAtHost, reportHost, reportScans } from "./management";
import { probeNtp } from "./ntp";
import { findPing } from "./ping";
import { type Pin, reportPins } from "./pins";
import type { ProbeTarget } from "./target";
import { isRangeCut, isTaking, mostTestAddresses, probeTargets } from "./targets";
import { createReport, type ProbeTools, type Telling } from "./tools";

/** A plan without errors. */
export type ReadablePlan = Extract<LoadedPlan, { ok: true }>;

/** What probing a plan's site came to, as plain data. */
export interface Probed {
  targets: ProbeTarget[];
  /** What is wrong, each at the place of its address in the plan. */
  findings: Finding[];
  /** What else was seen. */
  facts: ProbeFact[];
  /** Certificates and host keys, as trust.yaml takes them. */
  pins: Pin[];
}

export interface ProbeOptions {
  /** How many targets are asked at once; 32 unless told. */
  limit?: number;
  /** Real milliseconds for one target, whatever it does; 15,000 unless told. */
  budgetMs?: number;
  /** Called as each target is done. */
  onProgress?: (done: number, total: number) => void;
}

/** reach.json of a plan: beside it, or where SITEWRIGHT_REACH says. */
export function reachBeside(planFile: string): Reach {
  return reachOf(dirname(resolve(planFile)));
}

/**
 * Asks a plan's site what a deployment will need of it. Nothing is changed and nobody logs in; only the plan's own
 * addresses are asked, where reach.json leads to. Ends within the budget of a target times the targets over the limit.
 * Throws BadFile for a reach.json or trust.yaml that cannot be read.
 */
export async function probePlan(loaded: ReadablePlan, options: ProbeOptions = {}): Promise<Probed> {
  const { plan, file } = loaded;
  const { limit = 32, budgetMs = 15_000 } = options;
  const folder = dirname(resolve(file));
  const reach = reachBeside(file);
  const trusted = readTrustFile(join(folder, "trust.yaml"));
  const targets = probeTargets(plan, reach);
  const dnsServers = targets.filter(({ role }) => role === "dns");
  const pingProgram = await findPing();
  const names = plannedNames(plan);
  const clients = createClients(folder, reach);
  const slots = createSlots(limit);
  let done = 0;

  /** One target in a slot and within its budget; undefined when that was spent. */
  async function within<T>(probe: (tools: ProbeTools) => Promise<T>): Promise<T | undefined> {
    const release = await slots.take(undefined);
    const signal = AbortSignal.timeout(budgetMs);
    // Requests end before the probe does, so that what else it saw is not lost with them.
    const caller = { signal: AbortSignal.timeout(budgetMs * 0.7), workspace: clients.workspace };
    try {
      return await orAbort(probe({ reach, trusted, pingProgram, signal, caller }), signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      release();
      done += 1;
      options.onProgress?.(done, targets.length);
    }
  }

  const look = (target: ProbeTarget): Promise<Look | undefined> => {
    const planned = plan.hosts.find(({ name }) => name === target.host);
    if (target.role === "management" && planned) {
      return within(async (tools) => ({ host: await lookAtHost(target, planned, tools) }));
    }
    if (isTaking(target.role)) return within(async (tools) => ({ address: await lookAtAddress(target, tools) }));
    if (target.role === "bmc") return within(async (tools) => ({ tell: await probeBmc(target, tools) }));
    if (target.role === "dns") return within(async () => ({ tell: await probeDns(target, names) }));
    return within(async (tools) => ({ tell: await probeNtp(target, dnsServers, tools) }));
  };

  try {
    const looks = await Promise.all(targets.map(look));
    return { targets, ...told(loaded, targets, looks, budgetMs) };
  } finally {
    clients.close();
  }
}

/** What a probe of one target brought. */
type Look = { host: HostLook } | { address: AddressLook } | { tell: Telling };

/** Tells all in the order of the plan: whether an address is the site's own depends on what its hosts are. */
function told({ plan, placeOf }: ReadablePlan, targets: ProbeTarget[], looks: (Look | undefined)[], budgetMs: number) {
  const report = createReport(placeOf);
  const pins: Pin[] = [];
  const hosts = looks.flatMap((look) => (look && "host" in look ? [look.host] : []));
  for (const [i, target] of targets.entries()) {
    const look = looks[i];
    if (!look) report.finding("probe-gave-up", target, { after: `${budgetMs / 1_000} s` });
    else if ("tell" in look) look.tell(report);
    else {
      const shown = "host" in look ? reportHost(look.host, report) : reportAddress(look.address, hosts, report);
      reportPins(shown, target, report);
      pins.push(...shown);
    }
  }
  reportScans(hosts, plan.hosts, report);
  const tested = targets.find(({ role }) => role === "testRange");
  if (tested && isRangeCut(plan)) report.fact("test-range-cut", tested, { most: mostTestAddresses });
  return { findings: report.findings, facts: report.facts, pins };
}

/** HTTP clients for the deployment API, which is plain http: trust is never asked for. No proxy is used. */
function createClients(folder: string, reach: Reach) {
  const clock = realClock();
  const trust = createTrust({ folder, reach, notice: () => {} });
  const made = new Map<string, unknown>();
  return {
    workspace: {
      transport: { reach, trust, clock, timeoutMs: 5_000 },
      shared<T>(key: string, make: () => T): T {
        if (!made.has(key)) made.set(key, make());
        return made.get(key) as T;
      },
    },
    close() {
      for (const client of made.values()) (client as HttpClient).close();
    },
  };
}

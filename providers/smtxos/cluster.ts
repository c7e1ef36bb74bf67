import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { NotOurs, PlanConflict, SitewrightError, TaskFailed, TimedOut } from "../kernel/errors";
import type { Context } from "../kernel/resource";
import { reasonOf } from "../kernel/wire-errors";
import { predeploy } from "./client";
import { type ClusterHost, type ClusterPlan, clusterInputs } from "./cluster-plan";
import { deployRequest } from "./deploy-request";
import {
  changesSince,
  deployStatus,
  differencesFromPlan,
  type HostState,
  lookAtHosts,
  nameOf,
  refuseMixture,
  shownName,
  unfitFor,
} from "./hosts-state";
import { type HostScan, ipv4Of } from "./scan";

const inputs = z.strictObject({ connection: connectionSchema, ...clusterInputs });

const outputs = z.strictObject({
  members: z
    .array(
      z.strictObject({
        hostname: z.string().describe("host name as it stands"),
        uuid: z.string().describe("host_uuid, which later calls name the host by"),
        serial: z.string().describe("serial number of the machine"),
        managementIp: z.string().describe("address on port-mgt"),
        storageIp: z.string().describe("address on port-storage"),
      }),
    )
    .describe("the hosts as they stand, in plan order"),
  version: z.string().describe("SMTX OS version with its patch, as the hosts report it"),
});

/** Vendor milliseconds between two looks at a deployment: the runbook asks every 10 s. */
const LOOK = 10_000;
/** Looks in a row that find neither a running deployment nor deployed hosts, before it counts as failed. */
const DENIALS = 12;

/** Vendor milliseconds from the end of a deployment until scans show what it gave; no document gives a figure. */
const SHOWN_WITHIN = 15 * 60_000;

/** What `find` decided on, for the look right before the request leaves. */
const foundFit = new WeakMap<Context, HostState[]>();

/** The deployed cluster: bare SMTX OS hosts in, a running cluster out. Done once, taken when it is what is planned. */
export const Cluster = defineResource({
  type: "smtxos:Cluster",
  sort: "one-way",
  doc: "A cluster deployed from bare SMTX OS hosts (stages 01 and 02 of the vendor's deployment runbook). All hosts are scanned first; a host that is missing, wrong or deployed already stops everything before anything is sent. Once it is deployed, the hosts' scans are given time to show their names and the addresses on port-mgt and port-storage, which no document promises: another address is an error, what stays unshown a warning.",
  inputs,
  outputs,
  example: {
    args: {
      name: "HCI-01",
      hosts: [
        { hostname: "node-01", managementIp: "10.0.20.101", storageIp: "10.0.21.101" },
        { hostname: "node-02", managementIp: "10.0.20.102", storageIp: "10.0.21.102" },
        { hostname: "node-03", managementIp: "10.0.20.103", storageIp: "10.0.21.103" },
      ],
      management: {
        vds: { name: "vDS-MgMt-Network", nics: ["ens224", "ens192"], bondMode: "active-backup" },
        vlan: 0,
        subnet: "10.0.20.0/24",
        gateway: "10.0.20.1",
      },
      storage: {
        vds: { name: "vDS-Storage-Network", nics: ["ens256", "ens161"], bondMode: "active-backup" },
        vlan: 0,
        subnet: "10.0.21.0/24",
      },
      storageArchitecture: "tiered",
    },
    changed: { deployHostIp: "linkLocal" },
  },
  key: ({ name }) => name,
  free: ["deployHostIp", "flashMix"],
  timeouts: { create: 2 * 3_600_000, update: 2 * 3_600_000 },
  procedures: {
    "": "a deployed cluster keeps what it was deployed with; to deploy anew, install SMTX OS on its hosts and use another stack",
    hosts:
      "hosts are added, removed and renamed by the vendor's own procedure in Fisheye or CloudTower; put the plan back to what stands",
    management:
      "networks of a standing cluster are changed in Fisheye by the vendor's own procedure; put the plan back to what stands",
    storage:
      "networks of a standing cluster are changed in Fisheye by the vendor's own procedure; put the plan back to what stands",
    storageArchitecture: "the storage architecture is fixed by the deployment; put the plan back to what stands",
    boost: "Boost (vhost) is switched by the vendor's own procedure; put the plan back to what stands",
  },
  letGo: "its hosts go on running it; to undo it, install SMTX OS on them anew",

  async find(context, plan) {
    const begun = context.entry?.stage;
    if (begun === "made") return "under-way";
    // After a kill it is not known whether the request arrived. Its hosts may be in the middle of the network cut.
    const answered = begun === "intended" ? throughOutage : <T>(_: Context, ask: () => Promise<T>) => ask();
    const states = await answered(context, () => lookAtHosts(context, plan.hosts));
    if (states.every((state) => state.deployed)) {
      const { wrong, names, unshown } = differencesFromPlan(states);
      const ours = context.inState || begun === "standing";
      // Of one that we have begun, or that stands as ours, what is not shown is no word against it.
      const differences = [...wrong, ...(ours ? [] : names), ...(ours || begun === "intended" ? [] : unshown)];
      if (differences.length > 0) {
        throw new PlanConflict(
          `a cluster stands on the planned hosts, but not the planned one: ${differences.join("; ")}`,
          "put the plan right, or install SMTX OS on the hosts anew",
        );
      }
      return unshown.length > 0 && !ours ? "under-way" : "standing";
    }
    if (await answered(context, () => isRunning(context, plan))) {
      if (begun === "intended") return "under-way";
      throw new NotOurs(
        `a deployment that this stack did not start is running on ${plan.hosts.map(nameOf).join(", ")}`,
        "wait until it has ended; the next up takes the cluster if it is the planned one",
      );
    }
    if (states.some((state) => state.deployed)) refuseMixture(states);
    const unfit = unfitFor(plan, states);
    if (unfit.length > 0)
      throw new PlanConflict(`nothing was sent: ${unfit.join("; ")}`, "put the host or the plan right, then up again");
    foundFit.set(context, states);
    return "absent";
  },

  async perform(context, plan) {
    context.progress(`scanning ${plan.hosts.length} hosts`);
    const states = await lookBeforeSending(context, plan.hosts);
    const changed = [...changesSince(foundFit.get(context) ?? [], states), ...unfitFor(plan, states)];
    if (changed.length > 0)
      throw new PlanConflict(
        `nothing was sent: ${changed.join("; ")}`,
        "put the host or the plan right, then up again",
      );
    const first = plan.hosts[0] as ClusterHost;
    const request = buildRequest(plan, states);
    context.progress(`sending the deployment of ${plan.name} to ${nameOf(first)}`);
    await predeploy(context, first.managementIp).deploy(request);
  },

  async settle(context, plan) {
    await untilDeployed(context, plan);
    return outputsOf(await untilShown(context, plan));
  },

  async read(context, _id, prior) {
    const states = await lookAtHosts(context, prior.hosts);
    if (states.every((state) => !state.deployed)) return undefined;
    if (states.some((state) => !state.deployed)) refuseMixture(states);
    const hosts = states.map(({ host, scan }, index) => ({
      hostname: nameSeen(scan, host, prior.members?.[index]?.hostname),
      managementIp: ipv4Of(scan, "port-mgt") ?? host.managementIp,
      storageIp: ipv4Of(scan, "port-storage") ?? host.storageIp,
    }));
    return { inputs: { hosts }, outputs: outputsOf(states) };
  },
});

/** A look that fails is no lost answer of the request, which has not left. */
async function lookBeforeSending(context: Context, hosts: ClusterHost[]): Promise<HostState[]> {
  try {
    return await lookAtHosts(context, hosts);
  } catch (error) {
    if (!(error instanceof SitewrightError) || context.signal.aborted) throw error;
    throw new PlanConflict(
      `nothing was sent: ${reasonOf(error)}`,
      error.hint ?? "see why it does not answer, then up again",
    );
  }
}

function buildRequest(plan: ClusterPlan, states: HostState[]) {
  try {
    return deployRequest(
      plan,
      states.map(({ scan }) => scan),
      new Date(),
    );
  } catch (error) {
    throw new PlanConflict(
      `nothing was sent: ${(error as Error).message}`,
      "put the plan or the host right, then up again",
    );
  }
}

async function isRunning(context: Context, plan: ClusterPlan): Promise<boolean> {
  return (await deployStatus(context, plan))?.running ?? false;
}

/** What hosts are asked, waiting for those that are cut off while their network is reconfigured. */
function throughOutage<T>(context: Context, ask: () => Promise<T>): Promise<T> {
  return context.wait("hosts to answer", async () => ({ done: await ask() }), {
    interval: LOOK / 2,
    cap: LOOK,
    throughOutage: true,
  });
}

/**
 * Waits for the end of the deployment. deploy_verify has the last word: once the work has ended, deploy_status may say
 * anything (runbook, stage 02), and while it goes on, a host that restarts a service may say anything too. So what is
 * not "running" counts as the end only when it is said again and again.
 */
async function untilDeployed(context: Context, plan: ClusterPlan): Promise<void> {
  let denials = 0;
  let last = "none";
  const deployed = await context.wait(
    `deployment of cluster ${plan.name}`,
    async () => {
      const status = await deployStatus(context, plan);
      last = status?.text ?? last;
      if (status?.running) {
        denials = 0;
        return { pending: status.text };
      }
      const answers = await Promise.all(plan.hosts.map((host) => predeploy(context, host.managementIp).isDeployed()));
      if (answers.every(Boolean)) return { done: true };
      // A status without a state says neither that it runs nor that it has ended.
      if (!status || status.running === false) denials += 1;
      return denials >= DENIALS
        ? { done: false }
        : { pending: `${answers.filter(Boolean).length} of ${answers.length} hosts are deployed` };
    },
    { interval: LOOK / 2, cap: LOOK, throughOutage: true },
  );
  if (deployed) return;
  throw new TaskFailed(
    `the deployment of cluster ${plan.name} has ended and its hosts are not deployed; last status: ${last}`,
    `find the reason in the hosts' deployment log, install SMTX OS anew on ${plan.hosts.map(nameOf).join(", ")}, then up again`,
  );
}

/**
 * Waits until the scans show what the deployment gave, or for as long as that may take: then what is unshown is said, and
 * taken to be as it was sent. Throws PlanConflict for what is shown otherwise.
 */
async function untilShown(context: Context, plan: ClusterPlan): Promise<HostState[]> {
  let states = await throughOutage(context, () => lookAtHosts(context, plan.hosts));
  let missing: string[] = [];
  try {
    return await context.wait<HostState[]>(
      `the hosts of cluster ${plan.name} to show what they were given`,
      async () => {
        states = await lookAtHosts(context, plan.hosts);
        const { wrong, names, unshown } = differencesFromPlan(states);
        if (wrong.length > 0) {
          throw new PlanConflict(
            `cluster ${plan.name} was deployed, but not as planned: ${wrong.join("; ")}`,
            "look at it in Fisheye",
          );
        }
        missing = [...names, ...unshown];
        return missing.length > 0 ? { pending: missing.join("; ") } : { done: states };
      },
      { interval: LOOK / 2, cap: LOOK, throughOutage: true, atMost: SHOWN_WITHIN },
    );
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    context.warn(
      `cluster ${plan.name} is deployed, and its hosts do not show all that they were given: ${missing.join("; ")}; look at them in Fisheye`,
    );
    return states;
  }
}

/** A name that was never shown, or was another from the first, is no drift: that was said when the cluster was made. */
function nameSeen(scan: HostScan, { hostname }: ClusterHost, known: string | undefined): string {
  const shown = shownName(scan);
  return shown === undefined || shown === known ? hostname : shown;
}

function outputsOf(states: HostState[]): z.output<typeof outputs> {
  const first = (states[0] as HostState).scan;
  return {
    members: states.map(({ host, scan }) => ({
      hostname: shownName(scan) ?? host.hostname,
      uuid: scan.host_uuid,
      serial: scan.sn ?? "",
      managementIp: ipv4Of(scan, "port-mgt") ?? host.managementIp,
      storageIp: ipv4Of(scan, "port-storage") ?? host.storageIp,
    })),
    version: [first.version, first.patch_version].filter(Boolean).join(" "),
  };
}

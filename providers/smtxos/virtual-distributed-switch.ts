import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { Refused } from "../kernel/errors";
import { output } from "../kernel/example";
import type { Context } from "../kernel/resource";
import { asSet } from "../kernel/schema";
import { reasonOf } from "../kernel/wire-errors";
import { Cluster } from "./cluster";
import {
  changeSwitch,
  createSwitch,
  deleteSwitch,
  listSwitches,
  readSwitch,
  type Vds,
  type WantedVds,
} from "./network";
import { isNoCall, orUnread } from "./unread";
import { isBusy } from "./when-free";

const bondMode = z.enum(["active-backup", "balance-tcp", "balance-slb"]);

const inputs = z.strictObject({
  connection: connectionSchema,
  name: z.string().min(1).describe("name of the switch, 虚拟网络 column C"),
  bondMode: bondMode.optional().describe("how the ports of a host are bound; left out for one port"),
  hosts: asSet(
    z
      .array(
        z.strictObject({
          uuid: z.string().min(1).describe("host_uuid"),
          nics: z.array(z.string().min(1)).min(1).describe("host ports, as the system names them"),
          storageIp: z.ipv4().describe("storage address of the host; the vendor asks for it"),
        }),
      )
      .min(1),
  ).describe("the hosts that it spans"),
  balanceTcpAs: z
    .enum(["balance-tcp", "lacp"])
    .default("balance-tcp")
    .describe("how Fisheye spells balance-tcp: the runbook sends the workbook's word, a public client sends lacp"),
});
type Inputs = z.output<typeof inputs>;

/** Vendor milliseconds: hosts_associated is empty for a while after the job is done (facts, part B 5B 11). */
const LOOK = 5_000;
/** Vendor milliseconds that its job may take, before whose end the list need not show it; no document gives a figure. */
const JOB = 120_000;

/** A virtual distributed switch (VDS) beside those of the deployment. */
export const VirtualDistributedSwitch = defineResource({
  type: "smtxos:VirtualDistributedSwitch",
  sort: "object",
  doc: "A virtual distributed switch for business or backup networks, by `POST /api/v2/network/vds` and its job (runbook, stage 03). Changing and deleting it by PUT and DELETE of its path is not in Fisheye's documents; where the site refuses, the error says so. While the site says that another job is at the switch, as one of a run that was cut may be, it waits up to two minutes.",
  inputs,
  outputs: z.strictObject({
    uuid: z.string().describe("id of the switch"),
    bridge: z.string().describe("name of the Open vSwitch bridge on the hosts"),
  }),
  example: {
    args: {
      name: "vDS-Prod-Network",
      bondMode: "balance-tcp",
      hosts: [0, 1, 2].map((index) => ({
        uuid: output(Cluster, "members", index, "uuid"),
        storageIp: output(Cluster, "members", index, "storageIp"),
        nics: ["ens225", "ens257"],
      })),
    },
    changed: { bondMode: "balance-slb" },
  },
  key: ({ name }) => name,
  listedLate: JOB,

  async find(context, { name }) {
    const all = await listSwitches(context);
    return all.filter((vds) => vds.name === name).map(({ uuid }) => ({ id: uuid }));
  },

  async create(context, wanted) {
    context.progress(`making virtual switch ${wanted.name}`);
    return orSpelling(wanted, () => createSwitch(context, spelled(wanted), (uuid) => context.checkpoint(uuid)));
  },

  async sync(context, id, wanted, prior) {
    if (prior && !(await isReadable(context, id))) {
      // What CloudTower has shown, or what was set last, is all that is known of it.
      const known = { ...prior, bondMode: prior.bondMode as string | undefined, vlans: 0 };
      const unseen = () => false;
      if (!isAsWanted(known, wanted, prior)) await changeSwitch(context, id, spelled(wanted), unseen);
      return { uuid: id, bridge: prior.bridge };
    }
    const stands = await untilAssociated(id);
    if (!isAsWanted(stands, wanted, prior ?? wanted)) {
      context.progress(`changing virtual switch ${wanted.name}`);
      const asWanted = (seen: Vds) => isAsWanted(seen, wanted, prior ?? wanted);
      await orSpelling(wanted, () => changeSwitch(context, id, spelled(wanted), asWanted));
      await context.wait(
        `the change of virtual switch ${wanted.name}`,
        async () => {
          const seen = await readSwitch(context, id);
          return isAsWanted(seen, wanted, wanted) ? { done: true } : { pending: describe(seen) };
        },
        { interval: LOOK / 4, cap: LOOK },
      );
    }
    return { uuid: id, bridge: stands.bridge };

    async function untilAssociated(uuid: string): Promise<Vds> {
      let shown: boolean | undefined;
      const associated = await context.wait<Vds>(
        `the association of the hosts with virtual switch ${wanted.name}`,
        async () => {
          const seen = await readSwitch(context, uuid);
          if (seen.hosts.length > 0) return { done: seen };
          shown ??= await showsHosts(context, uuid);
          return shown ? { pending: "no host associated yet" } : { done: seen };
        },
        { interval: LOOK / 4, cap: LOOK },
      );
      if (shown === false)
        context.info(`the site shows the hosts of no switch: whether ${wanted.name} has its ports cannot be seen`);
      return associated;
    }
  },

  async read(context, id, prior) {
    return orUnread(`virtual switch ${prior.name}`, async () => {
      const stands = (await listSwitches(context)).find((vds) => vds.uuid === id);
      if (!stands) return undefined;
      const seen: Partial<Inputs> = { name: stands.name };
      // One port has no bond to speak of: a mode that stands there all the same is no drift.
      if (stands.bondMode !== undefined && (prior.bondMode !== undefined || !ofSinglePorts(prior)))
        seen.bondMode = planned(stands.bondMode);
      // The list may leave the hosts out; none at all is the vendor's "not yet", not a switch without hosts.
      const hosts = stands.hosts.length > 0 ? stands.hosts : (await readSwitch(context, id)).hosts;
      if (hosts.length > 0) seen.hosts = inPlanOrder(hosts, prior.hosts);
      return { inputs: seen, outputs: { uuid: id, bridge: stands.bridge } };
    });
  },

  async delete(context, id, { name }) {
    const stands = (await listSwitches(context)).some((vds) => vds.uuid === id);
    if (stands) await deleteSwitch(context, id, name);
    return "gone";
  },
});

/** Whether the site has a call to read a switch. */
async function isReadable(context: Context, uuid: string): Promise<boolean> {
  try {
    await readSwitch(context, uuid);
    return true;
  } catch (error) {
    if (isNoCall(error)) return false;
    throw error;
  }
}

function spelled({ name, bondMode: mode, hosts, balanceTcpAs }: Inputs): WantedVds {
  return { name, bondMode: mode === "balance-tcp" ? balanceTcpAs : mode, hosts };
}

/** A refusal, with a word on the disputed spelling where it was sent (facts, part A 3.7). */
async function orSpelling<T>({ bondMode: mode, balanceTcpAs }: Inputs, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (mode !== "balance-tcp" || !(error instanceof Refused) || !error.vendorCode || isBusy(error)) throw error;
    const other = balanceTcpAs === "lacp" ? "balance-tcp" : "lacp";
    throw new Refused(reasonOf(error), {
      status: error.status,
      vendorCode: error.vendorCode,
      hint: `if it is about the bond mode, this site spells it otherwise: pulumi config set balanceTcpAs ${other}, then up`,
    });
  }
}

/** Fisheye's word in the plan's spelling. */
function planned(mode: string | undefined): Inputs["bondMode"] {
  return bondMode.safeParse(mode === "lacp" ? "balance-tcp" : mode).data;
}

/**
 * Whether the site shows the hosts of any other switch, such as those of the deployment: the runbook's samples of
 * hosts_associated are empty, taken as asked too early (facts, part B 5B 11).
 */
async function showsHosts(context: Context, uuid: string): Promise<boolean> {
  for (const other of await listSwitches(context)) {
    if (other.uuid === uuid) continue;
    if (other.hosts.length > 0 || (await readSwitch(context, other.uuid)).hosts.length > 0) return true;
  }
  return false;
}

/** `known`: whose hosts count where the site shows none. */
function isAsWanted(stands: Vds, wanted: Inputs, known: Inputs): boolean {
  // A mode that is not told is no difference.
  const sameBond =
    ofSinglePorts(wanted) || stands.bondMode === undefined || planned(stands.bondMode) === wanted.bondMode;
  if (stands.name !== wanted.name || !sameBond) return false;
  const hosts = stands.hosts.length > 0 ? stands.hosts : known.hosts;
  return isDeepStrictEqual(portsByHost(hosts), portsByHost(wanted.hosts));
}

/** A bond of one port has no mode that would matter. */
function ofSinglePorts({ hosts }: Inputs): boolean {
  return hosts.every(({ nics }) => nics.length === 1);
}

function portsByHost(hosts: { uuid: string; nics: string[] }[]): [string, string[]][] {
  return hosts
    .map(({ uuid, nics }): [string, string[]] => [uuid, [...nics].sort()])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What the site has, with the order and the storage addresses of the plan, which Fisheye does not show. */
function inPlanOrder(seen: { uuid: string; nics: string[] }[], planned: Inputs["hosts"]): Inputs["hosts"] {
  const place = (uuid: string) => planned.findIndex((host) => host.uuid === uuid);
  return [...seen]
    .sort((a, b) => place(a.uuid) - place(b.uuid))
    .map(({ uuid, nics }) => {
      const known = planned.find((host) => host.uuid === uuid);
      const same = known && isDeepStrictEqual([...known.nics].sort(), [...nics].sort());
      return { uuid, nics: same ? known.nics : nics, storageIp: known?.storageIp ?? "0.0.0.0" };
    });
}

function describe({ bondMode: mode, hosts }: Vds): string {
  return `${mode ?? "no bond"}, ${hosts.length} hosts`;
}

import { z } from "zod";
import { defineResource } from "../kernel/define";
import { PlanConflict } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { byMeaning, replaces } from "../kernel/schema";
import { cloudtower } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { towerRows } from "./rows";
import { sharedSchema } from "./shared";
import { towerObject } from "./tower-object";

/** Physical ports of hosts. */
const nics = {
  what: "physical ports of hosts",
  path: pathTo`/get-nics`,
  row: z.looseObject({ id: z.string(), name: z.string(), host: z.looseObject({ name: z.string() }) }),
};

const hostsSchema = z
  .array(
    z.strictObject({
      name: z.string().min(1).describe("name of the host in CloudTower"),
      nics: z.array(z.string().min(1)).min(1).describe("its ports, as the system names them"),
    }),
  )
  .min(1);
type Hosts = z.output<typeof hostsSchema>;

/** A virtual distributed switch of a cluster. */
export const Vds = defineResource(
  towerObject({
    type: "cloudtower:Vds",
    doc: "A virtual distributed switch (VDS) of a cluster, by `POST /v2/api/create-vds` (the vendor's schema). Known by its name in its cluster. One that networks are on is not deleted. At a site that the stack itself deploys `smtxos:VirtualDistributedSwitch` makes the same by Fisheye, before there is a CloudTower.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      name: z.string().min(1).describe("name of the switch; changed in place"),
      bondMode: z
        .enum(["active-backup", "balance-slb", "balance-tcp"])
        .default("active-backup")
        .describe("how the ports of a host are bound; changed in place"),
      hosts: byMeaning(hostsSchema, portsOf).describe("the hosts that it spans, in any order; changed in place"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      vdsId: z.string().describe("id of the switch, vds_id of a network"),
      bridge: z.string().describe("name of the Open vSwitch bridge on the hosts"),
    }),
    example: {
      args: {
        cluster: output(ClusterConnection, "clusterId"),
        name: "vDS-Data",
        hosts: [1, 2, 3].map((n) => ({ name: `node-0${n}`, nics: ["ens162"] })),
      },
      changed: { name: "vDS-Backup", bondMode: "balance-slb" },
    },
    key: ({ name }) => name,
    parents: ["cluster"],
    noun: "virtual switch",
    plural: "virtual switches",
    paths: {
      list: pathTo`/get-vdses`,
      create: pathTo`/create-vds`,
      update: pathTo`/update-vds`,
      delete: pathTo`/delete-vds`,
    },
    row: z.looseObject({
      id: z.string(),
      name: z.string(),
      bond_mode: z.string(),
      ovsbr_name: z.string(),
      cluster: z.looseObject({ id: z.string() }),
      nics: z.array(z.looseObject({ id: z.string() })).nullish(),
      vlans: z.array(z.looseObject({ name: z.string() })).nullish(),
    }),
    called: ({ name }) => name,
    where: ({ name, cluster }) => ({ name, cluster: { id: cluster } }),
    made: async ({ name, cluster, bondMode, hosts }, context) => ({
      name,
      cluster_id: cluster,
      bond_mode: bondMode,
      nic_ids: await idsOf(context, cluster, hosts),
    }),
    changed: async ({ name, cluster, bondMode, hosts }, context) => ({
      name,
      bond_mode: bondMode,
      nicIds: await idsOf(context, cluster, hosts),
    }),
    async seen({ name, bond_mode, cluster, nics: ports }, context) {
      return {
        name,
        cluster: cluster.id,
        bondMode: bond_mode as "active-backup",
        ...(ports && { hosts: await hostsOf(context, ports) }),
      };
    },
    outputsOf: ({ id, ovsbr_name: bridge }) => ({ vdsId: id, bridge }),
    stays({ vlans }) {
      if (!vlans) return "CloudTower does not say whether networks are on it";
      return vlans.length > 0 ? `on it are ${vlans.map(({ name }) => name).join(", ")}` : undefined;
    },
  }),
);

/** Every port as `node-1 ens162`, in one order. */
function portsOf(hosts: unknown): string[] {
  return (hosts as Hosts).flatMap(({ name, nics }) => nics.map((nic) => `${name} ${nic}`)).sort();
}

/** The ids of hosts' ports. */
async function idsOf(context: Context, cluster: string, hosts: Hosts): Promise<string[]> {
  const where = { host: { name_in: hosts.map(({ name }) => name), cluster: { id: cluster } } };
  const known = await cloudtower(context).list({ ...nics, where });
  return hosts.flatMap(({ name, nics: wanted }) => {
    const ofHost = known.filter(({ host }) => host.name === name);
    return wanted.map((nic) => {
      const found = ofHost.find((each) => each.name === nic);
      if (found) return found.id;
      const has = ofHost.length > 0 ? `has ${ofHost.map((each) => each.name).join(", ")}` : "is none of the cluster's";
      throw new PlanConflict(`host ${name} has no port ${nic}: it ${has}`, "put the plan right, then up again");
    });
  });
}

/** Ports by host, as a plan has them. */
async function hostsOf(context: Context, ports: { id: string }[]): Promise<Hosts> {
  const rows = await Promise.all(ports.map(({ id }) => towerRows(context, nics).recent(id)));
  const hosts = new Map<string, string[]>();
  for (const row of rows) if (row) hosts.set(row.host.name, [...(hosts.get(row.host.name) ?? []), row.name]);
  return [...hosts].map(([name, ofHost]) => ({ name, nics: ofHost }));
}

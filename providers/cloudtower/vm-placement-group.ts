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
import { sharedSchema } from "./shared";
import { belonging, towerObject } from "./tower-object";
import { marked, markOn, otherStack, unmarked } from "./vm-mark";

const POLICIES = ["MUST_DIFFERENT", "MUST_SAME", "PREFER_DIFFERENT", "PREFER_SAME"] as const;

const hostPolicySchema = z.strictObject({
  hosts: z.array(z.string().min(1)).min(1).describe("names of hosts of the cluster, in any order"),
  policy: z
    .boolean()
    .default(true)
    .describe("the vendor's own: true is on these hosts, false on none of them (assumed: no document says it)"),
});
type HostPolicy = z.output<typeof hostPolicySchema>;
const onHosts = byMeaning(hostPolicySchema.optional(), (value) => {
  const { hosts, policy } = value as HostPolicy;
  return { policy, hosts: [...hosts].sort() };
});

const nested = z.array(z.looseObject({ id: z.string(), name: z.string() })).nullish();

/** A placement group: which of its machines stand beside one another, and on which hosts. */
export const VmPlacementGroup = defineResource(
  towerObject({
    type: "cloudtower:VmPlacementGroup",
    doc: "A placement group of a cluster's virtual machines, by `POST /v2/api/create-vm-placement-group` (the vendor's schema): whether its machines stand on one host or on several, and on which. Known by its name in its cluster, and by the mark in its description (`[sitewright:project/stack/resource]`) told from everybody else's. Which machines are in it is each machine's own affair, and no change of the group touches it. One that machines are in is not deleted.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      name: z.string().min(1).describe("name of the group; changed in place"),
      description: z.string().trim().default("").describe("free text, before the mark; changed in place"),
      enabled: z.boolean().default(true).describe("whether its policies are heeded; changed in place"),
      vmPolicy: z
        .enum(POLICIES)
        .optional()
        .describe(
          "whether its machines must, or had better, stand on one host or on several; left out: they may stand anywhere",
        ),
      mustHosts: onHosts.describe("hosts that its machines must stand on, or must not; left out: there are none such"),
      preferHosts: onHosts.describe("hosts that they had better stand on, or not; left out: there are none such"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      placementGroupId: z.string().describe("id of the group in CloudTower"),
    }),
    example: {
      args: {
        cluster: output(ClusterConnection, "clusterId"),
        name: "web",
        vmPolicy: "PREFER_DIFFERENT",
        mustHosts: { hosts: ["node-01", "node-02"] },
      },
      changed: { name: "database", vmPolicy: "MUST_DIFFERENT", description: "one a host" },
    },
    key: ({ name }) => name,
    parents: ["cluster"],
    noun: "placement group",
    plural: "placement groups",
    paths: {
      list: pathTo`/get-vm-placement-groups`,
      create: pathTo`/create-vm-placement-group`,
      update: pathTo`/update-vm-placement-group`,
      delete: pathTo`/delete-vm-placement-group`,
    },
    row: z.looseObject({
      id: z.string(),
      name: z.string(),
      description: z.string(),
      enabled: z.boolean(),
      cluster: z.looseObject({ id: z.string() }),
      vm_vm_policy: z.string(),
      vm_vm_policy_enabled: z.boolean(),
      vm_host_must_enabled: z.boolean(),
      vm_host_must_policy: z.boolean(),
      vm_host_must_host_uuids: nested,
      vm_host_prefer_enabled: z.boolean(),
      vm_host_prefer_policy: z.boolean(),
      vm_host_prefer_host_uuids: nested,
      vms: nested,
    }),
    called: ({ name }) => name,
    where: ({ name, cluster }) => ({ name, cluster: { id: cluster } }),
    markOn: ({ description }, context) => markOn(description, context),
    made: async (wanted, context) => ({ cluster_id: wanted.cluster, ...(await written(wanted, context)) }),
    changed: written,
    seen: (row, context) => ({
      name: row.name,
      cluster: row.cluster.id,
      description: unmarked(row.description, context),
      enabled: row.enabled,
      vmPolicy: row.vm_vm_policy_enabled ? (row.vm_vm_policy as (typeof POLICIES)[number]) : undefined,
      mustHosts: seenHosts(row.vm_host_must_enabled, row.vm_host_must_policy, row.vm_host_must_host_uuids),
      preferHosts: seenHosts(row.vm_host_prefer_enabled, row.vm_host_prefer_policy, row.vm_host_prefer_host_uuids),
    }),
    outputsOf: ({ id: placementGroupId }) => ({ placementGroupId }),
    stays({ description, vms }, context) {
      const other = otherStack(description, context);
      if (other !== undefined) return `by its mark it is now one of ${other}`;
      return vms ? belonging(vms) : "CloudTower does not say whether machines are in it";
    },
  }),
);

interface Planned {
  cluster: string;
  name: string;
  description: string;
  enabled: boolean;
  vmPolicy?: (typeof POLICIES)[number] | undefined;
  mustHosts?: HostPolicy | undefined;
  preferHosts?: HostPolicy | undefined;
  shared: boolean;
}

/** All of a group but its cluster and its machines; one of several sites bears no site's mark. */
async function written(wanted: Planned, context: Context): Promise<object> {
  const { cluster, name, description, enabled, vmPolicy, mustHosts, preferHosts, shared } = wanted;
  const [must, prefer] = await Promise.all([
    mustHosts && hostsOf(context, cluster, mustHosts),
    preferHosts && hostsOf(context, cluster, preferHosts),
  ]);
  return {
    name,
    description: shared ? description : marked(description, context),
    enabled,
    vm_vm_policy_enabled: vmPolicy !== undefined,
    ...(vmPolicy && { vm_vm_policy: vmPolicy }),
    vm_host_must_enabled: mustHosts !== undefined,
    ...(mustHosts && { vm_host_must_policy: mustHosts.policy, must_hosts: must }),
    vm_host_prefer_enabled: preferHosts !== undefined,
    ...(preferHosts && { vm_host_prefer_policy: preferHosts.policy, prefer_hosts: prefer }),
  };
}

/** The condition that finds a policy's hosts and no other. Throws PlanConflict for one that the cluster does not have. */
async function hostsOf(context: Context, cluster: string, { hosts }: HostPolicy): Promise<object> {
  const known = await cloudtower(context).list({
    what: "hosts of the cluster",
    path: pathTo`/get-hosts`,
    where: { cluster: { id: cluster } },
    row: z.looseObject({ id: z.string(), name: z.string() }),
  });
  const ids = hosts.map((name) => {
    const found = known.find((each) => each.name === name);
    if (found) return found.id;
    const has = known.map((each) => each.name).join(", ") || "none";
    throw new PlanConflict(`the cluster has no host ${name}; it has ${has}`, "put the plan right, then up again");
  });
  return { id_in: ids };
}

function seenHosts(
  enabled: boolean,
  policy: boolean,
  hosts: { name: string }[] | null | undefined,
): HostPolicy | undefined {
  return enabled ? { hosts: (hosts ?? []).map(({ name }) => name), policy } : undefined;
}

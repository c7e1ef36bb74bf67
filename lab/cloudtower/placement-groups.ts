import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { clusterOf, given } from "./keep";
import { busyKept, byTask, idle, type KeptKind } from "./kept-objects";
import { failing } from "./machine-change";
import { each, parsed, Refused, rest } from "./rest";
import { vmId, vmsById } from "./shown-vms";
import { hostId, hostsIn } from "./standing";
import { matching } from "./tables";
import {
  type LabHostPolicy,
  type LabPlacementGroup,
  type LabTower,
  type LabTowerCluster,
  VM_POLICIES,
} from "./tower-model";

export const samePlacementGroup = oneOf(
  "samePlacementGroup",
  ["task", "refused"],
  "A second placement group of one name in a cluster: its task fails, or the call is refused.",
  "names of placement groups are unique (facts, part B 5A 9: PLACEMENT_GROUP_DUPLICATE_NAME in a task's error_message); whether the call itself may be refused is not known",
);

export const usedPlacementGroup = oneOf(
  "usedPlacementGroup",
  ["deleted", "refused"],
  "Deleting a placement group that virtual machines are still in.",
  "whether a group that is not empty can be deleted: the schema of /delete-vm-placement-group has a condition alone",
);

const KIND: KeptKind<"placementGroups"> = {
  list: "placementGroups",
  kind: "VmPlacementGroup",
  noun: "placement group",
  lock: "VM_PLACEMENT_GROUP",
};

const condition = z.looseObject({}).optional();
const groupSchema = z.looseObject({
  name: z.string().min(1),
  enabled: z.boolean(),
  description: z.string().optional(),
  vm_vm_policy: z.enum(VM_POLICIES).optional(),
  vm_vm_policy_enabled: z.boolean().optional(),
  vm_host_must_enabled: z.boolean().optional(),
  vm_host_must_policy: z.boolean().optional(),
  must_hosts: condition,
  vm_host_prefer_enabled: z.boolean().optional(),
  vm_host_prefer_policy: z.boolean().optional(),
  prefer_hosts: condition,
  vms: condition,
});
type Asked = Partial<z.output<typeof groupSchema>>;
const createSchema = groupSchema.extend({ cluster_id: z.string() });
const whereSchema = z.looseObject({ where: z.looseObject({}) });
const updateSchema = whereSchema.extend({ data: groupSchema.partial() });

const SCHEMA = "the vendor's schema: an entityAsyncStatus; facts, peers: a public client has seen their tasks fail";
const IN_IT =
  "conditions on machines and hosts are looked at once, when the call comes; 400 for what is of another cluster, and for a policy on hosts that is enabled without any";

/** Placement groups: which virtual machines stand beside one another, and on which hosts. */
export const placementGroupOperations: Operation[] = [
  rest({
    id: "createVmPlacementGroup",
    path: "/create-vm-placement-group",
    write: true,
    source: `${SCHEMA}; facts, part B 5A 9: names are unique`,
    assumed: `a task; nothing remains of one that fails; what is left out is PREFER_DIFFERENT, false and empty; ${IN_IT}; where machines run does not follow it`,
    switches: [samePlacementGroup],
    example: {
      when: "makes",
      request: ({ idOf }: ExampleSite) => [
        {
          cluster_id: idOf("Cluster"),
          name: "web",
          enabled: true,
          vm_vm_policy: "MUST_DIFFERENT",
          vm_vm_policy_enabled: true,
          vm_host_must_enabled: true,
          vm_host_must_policy: true,
          must_hosts: { id: idOf("Host") },
          vm_host_prefer_enabled: true,
          vm_host_prefer_policy: true,
          prefer_hosts: { id: idOf("Host") },
          vms: { id: idOf("Vm") },
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(createSchema, call.body, (asked) => {
        const cluster = clusterOf(tower, asked.cluster_id);
        const { name, enabled } = asked;
        const none = { enabled: false, policy: false, hosts: [] };
        const id = site.cuid(`${cluster.id} placement group ${name}`);
        const object: LabPlacementGroup = {
          id,
          name,
          enabled,
          description: "",
          vmPolicy: "PREFER_DIFFERENT",
          vmPolicyEnabled: false,
          vms: [],
          createdAt: site.now,
          ...read(site, tower, cluster, asked, { must: none, prefer: none }),
        };
        const fails = nameTaken(site, cluster, name);
        return byTask(
          site,
          tower,
          call,
          cluster,
          KIND,
          { list: "placementGroups", act: "create", id, object },
          { fails },
        );
      }),
  }),
  rest({
    id: "updateVmPlacementGroup",
    path: "/update-vm-placement-group",
    write: true,
    source: `${SCHEMA}; facts, cloudtower-operations: vms is a condition that says which machines are in it from then on`,
    assumed: `a task that changes nothing where it fails; what is left out stays; ${IN_IT}; where machines run does not follow it`,
    switches: [samePlacementGroup, busyKept],
    example: {
      when: "changes",
      request: ({ idOf }: ExampleSite) => ({
        where: { id: idOf("VmPlacementGroup") },
        data: { name: "database", vms: { id_in: [] } },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const body = idle(site, tower, KIND, where).map(({ cluster, object }) => {
        const { id, name } = object;
        const to = read(site, tower, cluster, data, object);
        const fails = data.name === undefined || data.name === name ? undefined : nameTaken(site, cluster, data.name);
        return byTask(site, tower, call, cluster, KIND, { list: "placementGroups", act: "update", id, to }, { fails });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteVmPlacementGroup",
    path: "/delete-vm-placement-group",
    write: true,
    source: SCHEMA,
    assumed: "a task; machines that are in it stay, in no group",
    switches: [usedPlacementGroup, busyKept],
    example: { when: "ends", request: ({ idOf }) => ({ where: { id: idOf("VmPlacementGroup") } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const groups = idle(site, tower, KIND, where);
      const used = groups.find(({ object }) => object.vms.length > 0);
      if (used && site.switches.of(usedPlacementGroup) === "refused")
        throw new Refused(400, `placement group ${used.object.name} is not empty`);
      const body = groups.map(({ cluster, object: { id } }) =>
        byTask(site, tower, call, cluster, KIND, { list: "placementGroups", act: "delete", id }),
      );
      return { status: 200, body };
    },
  }),
];

/** What a request says of a group, as the model has it. */
function read(
  site: SiteState,
  tower: LabTower,
  cluster: LabTowerCluster,
  asked: Asked,
  { must, prefer }: { must: LabHostPolicy; prefer: LabHostPolicy },
) {
  const hosts = (where: object | undefined) => {
    const own = new Set(hostsIn(site, cluster).map(({ uuid }) => hostId(site, cluster, uuid)));
    return where && ofCluster(matching(site, tower, "Host", where), own, "host");
  };
  const machines = (where: object | undefined) => {
    const own = new Set<string>();
    for (const shown of vmsById(site, tower).values())
      if (shown.cluster.id === cluster.id) own.add(vmId(site, cluster, shown.vm.uuid));
    return where && ofCluster(matching(site, tower, "Vm", where), own, "virtual machine");
  };
  const to = given({
    name: asked.name,
    enabled: asked.enabled,
    description: asked.description,
    vmPolicy: asked.vm_vm_policy,
    vmPolicyEnabled: asked.vm_vm_policy_enabled,
    vms: machines(asked.vms),
  });
  const onHosts = (policy: LabHostPolicy): LabHostPolicy => {
    if (!policy.enabled || policy.hosts.length > 0) return policy;
    throw new Refused(400, "the placement group has a policy on hosts, and no hosts");
  };
  return {
    ...to,
    must: onHosts({
      enabled: asked.vm_host_must_enabled ?? must.enabled,
      policy: asked.vm_host_must_policy ?? must.policy,
      hosts: hosts(asked.must_hosts) ?? must.hosts,
    }),
    prefer: onHosts({
      enabled: asked.vm_host_prefer_enabled ?? prefer.enabled,
      policy: asked.vm_host_prefer_policy ?? prefer.policy,
      hosts: hosts(asked.prefer_hosts) ?? prefer.hosts,
    }),
    updatedAt: site.now,
  };
}

/** The ids of what a condition has found, all of it the cluster's. */
function ofCluster(rows: { id: string }[], own: Set<string>, noun: string): string[] {
  const stranger = rows.find(({ id }) => !own.has(id));
  if (stranger) throw new Refused(400, `${noun} ${stranger.id} is of another cluster`);
  return rows.map(({ id }) => id);
}

/** Why a task fails that would give a second group a name; undefined: it is free. Refused where the switch says so. */
function nameTaken(site: SiteState, { kept }: LabTowerCluster, name: string) {
  if (!kept.placementGroups?.some((group) => group.name === name)) return undefined;
  const says = `placement group name ${name} already exists`;
  if (site.switches.of(samePlacementGroup) === "refused")
    throw new Refused(400, `[PLACEMENT_GROUP_DUPLICATE_NAME]${says}`);
  return failing("PLACEMENT_GROUP_DUPLICATE_NAME", says);
}

import { z } from "zod";
import { oneOf } from "../switch";
import { plainObject } from "./plain";
import { nestedVms } from "./shown-vms";
import { hostsIn, nestedCluster } from "./standing";

export const sameDatacenter = oneOf(
  "sameDatacenter",
  ["made", "refused"],
  "A second datacenter of one name in an organisation.",
  "whether two datacenters of an organisation may have one name",
);

export const datacenters = plainObject({
  kind: "Datacenter",
  noun: "datacenter",
  plural: "datacenters",
  fields: z.object({ name: z.string().min(1) }),
  parent: {
    field: "organization_id",
    kind: "Organization",
    noun: "organization",
    keptAs: "organization",
    atItsEnd: "holds",
  },
  keptIn: "datacenters",
  keep: (id, { name }, _site, organization) => ({ id, name, organization }),
  called: ({ name }) => name,
  isTaken: (kept, { name, organization }) => kept.name === name && kept.organization === organization,
  same: sameDatacenter,
  heldBy({ clusters }, ids) {
    const inside = clusters.find(({ datacenter }) => datacenter !== undefined && ids.includes(datacenter));
    return inside && `cluster ${inside.ip} is in the datacenter`;
  },
  keys: ({ name }) => ({ name }),
  /** Sums stay null, as in the runbook's answer for a datacenter without a cluster; the lab adds none up. */
  row({ id, organization }, site, tower) {
    const clusters = tower.clusters.filter(({ datacenter }) => datacenter === id);
    const { name = "" } = tower.organizations.find((each) => each.id === organization) ?? {};
    return {
      cluster_num: clusters.length,
      host_num: clusters.reduce((sum, each) => sum + hostsIn(site, each).length, 0),
      vm_num: clusters.reduce((sum, each) => sum + nestedVms(site, each).length, 0),
      total_data_capacity: null,
      used_data_space: null,
      failure_data_space: null,
      total_cpu_hz: null,
      used_cpu_hz: null,
      total_memory_bytes: null,
      used_memory_bytes: null,
      organization: { id: organization, name },
      clusters: clusters.map((each) => nestedCluster(site, each)),
      labels: [],
    };
  },
  example: {
    made: { name: "DC-02" },
    changed: { name: "DC-03" },
    used({ clusters }, id) {
      for (const cluster of clusters) cluster.datacenter = id;
    },
  },
  lists: {
    nested: { organization: "Organization", clusters: "Cluster" },
    source: "the vendor's schema; the fields as in runbook stage 05 创建数据中心",
    assumed: "sums are null",
  },
  create: {
    source: "runbook stage 05 创建数据中心; array or object: facts, part B 5A 1",
    assumed: "404 for an organisation that is not there",
  },
  update: { assumed: "data.clusters is not heeded; 400 for a name that its organisation has" },
  delete: { assumed: "400 while a cluster is in it" },
});

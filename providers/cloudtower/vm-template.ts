import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { replaces } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import { refusedSource, sourceVm } from "./template-source";
import { towerObject } from "./tower-object";
import { Vm } from "./vm";
import { isMarked, marked, otherStack, unmarked } from "./vm-mark";

/** A template that virtual machines of a cluster are made from. */
export const VmTemplate = defineResource(
  towerObject({
    type: "cloudtower:VmTemplate",
    doc: "A template of a cluster's, made from a virtual machine as it stands, by `POST /v2/api/clone-vm-template-from-vm` (the vendor's schema). Known by its name in its cluster, and by the mark of its stack behind its description. The machine stays as it is, and may be dropped once the template is made. Machines that were made from a template stay when it is deleted.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      name: z.string().min(1).describe("name of the template; changed in place"),
      vm: sourceVm,
      description: z.string().trim().default("").describe("free text, before the mark of its stack; changed in place"),
      cloudInitSupported: z
        .boolean()
        .default(false)
        .describe("whether cloud-init is in the guest, so that machines may be given data for it; changed in place"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      templateId: z.string().describe("id of the template in CloudTower"),
      localId: z.string().describe("the cluster's own id of the template"),
    }),
    example: {
      args: {
        cluster: output(ClusterConnection, "clusterId"),
        name: "rocky-9",
        vm: output(Vm, "vmId"),
        description: "Rocky Linux 9",
      },
      changed: { description: "with the tools", cloudInitSupported: true },
    },
    key: ({ name }) => name,
    parents: ["cluster"],
    noun: "template",
    plural: "templates of virtual machines",
    paths: {
      list: pathTo`/get-vm-templates`,
      create: pathTo`/clone-vm-template-from-vm`,
      update: pathTo`/update-vm-template`,
      delete: pathTo`/delete-vm-template`,
    },
    row: z.looseObject({
      id: z.string(),
      name: z.string(),
      local_id: z.string(),
      description: z.string(),
      cloud_init_supported: z.boolean(),
      cluster: z.looseObject({ id: z.string() }),
    }),
    called: ({ name }) => name,
    where: ({ name, cluster }) => ({ name, cluster: { id: cluster } }),
    isOurs: ({ description }, context) => isMarked(description, context),
    made: ({ cluster, name, vm, description, cloudInitSupported, shared }, context) => ({
      cluster_id: cluster,
      name,
      vm_id: vm,
      description: shared ? description : marked(description, context),
      cloud_init_supported: cloudInitSupported,
    }),
    changed: ({ name, description, cloudInitSupported, shared }, context) => ({
      name,
      description: shared ? description : marked(description, context),
      cloud_init_supported: cloudInitSupported,
    }),
    seen: ({ name, cluster, description, cloud_init_supported }, context) => ({
      name,
      cluster: cluster.id,
      description: unmarked(description, context),
      cloudInitSupported: cloud_init_supported,
    }),
    refuses: refusedSource,
    outputsOf: ({ id: templateId, local_id: localId }) => ({ templateId, localId }),
    stays({ description }, context) {
      const other = otherStack(description, context);
      return other && `by its mark it is now one of ${other}`;
    },
  }),
);

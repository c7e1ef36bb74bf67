import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { replaces } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import {
  markOnTemplate,
  refusedSource,
  seenTemplate,
  templateInputs,
  templateRow,
  templateStays,
  writtenTemplate,
} from "./template-source";
import { towerObject } from "./tower-object";
import { Vm } from "./vm";

/** A template that virtual machines of a cluster are made from. */
export const VmTemplate = defineResource(
  towerObject({
    type: "cloudtower:VmTemplate",
    doc: "A template of a cluster's, made from a virtual machine as it stands, by `POST /v2/api/clone-vm-template-from-vm` (the vendor's schema). Known by its name in its cluster, and by the mark of its stack behind its description. The machine stays as it is, and may be dropped once the template is made. Machines that were made from a template stay when it is deleted.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      ...templateInputs,
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
    row: templateRow.extend({ local_id: z.string(), cluster: z.looseObject({ id: z.string() }) }),
    called: ({ name }) => name,
    where: ({ name, cluster }) => ({ name, cluster: { id: cluster } }),
    markOn: (row, context) => markOnTemplate(row, context),
    made: (wanted, context) => ({
      cluster_id: wanted.cluster,
      vm_id: wanted.vm,
      ...writtenTemplate(wanted, context),
    }),
    changed: writtenTemplate,
    seen: (row, context) => ({ cluster: row.cluster.id, ...seenTemplate(row, context) }),
    refuses: refusedSource,
    outputsOf: ({ id: templateId, local_id: localId }) => ({ templateId, localId }),
    stays: (row, context) => templateStays(row, context),
  }),
);

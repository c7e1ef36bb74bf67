import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, idOf, inCluster, localIdOf, localRow, nameOf } from "./existing";

/** A template that virtual machines of a cluster are made from. */
export const ExistingVmTemplate = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingVmTemplate",
    doc: "A template of a cluster's virtual machines, by `POST /v2/api/get-vm-templates`.",
    plural: "templates of virtual machines",
    path: pathTo`/get-vm-templates`,
    row: localRow.extend({ vcpu: z.int(), memory: z.int(), size: z.int(), cloud_init_supported: z.boolean() }),
    inCluster,
    outputs: z.strictObject({
      templateId: idOf("template"),
      templateName: nameOf("template"),
      localId: localIdOf("template"),
      vcpu: z.int().describe("CPUs"),
      memory: z.int().describe("bytes"),
      size: z.int().describe("bytes of its disks"),
      cloudInitSupported: z.boolean().describe("whether machines that are made from it may be given cloudInit"),
    }),
    outputsOf: ({ id: templateId, name: templateName, local_id: localId, cloud_init_supported, ...row }) => ({
      templateId,
      templateName,
      localId,
      vcpu: row.vcpu,
      memory: row.memory,
      size: row.size,
      cloudInitSupported: cloud_init_supported,
    }),
    example: { args: { cluster: output(ClusterConnection, "clusterId"), name: "rocky-9" } },
  }),
);

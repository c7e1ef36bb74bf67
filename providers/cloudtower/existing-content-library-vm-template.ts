import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, existingRow, idOf, nameOf } from "./existing";

/** A template of the content library. */
export const ExistingContentLibraryVmTemplate = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingContentLibraryVmTemplate",
    doc: "A template of the content library, by `POST /v2/api/get-content-library-vm-templates`; of a cluster's, one that it is given to.",
    plural: "content library templates",
    path: pathTo`/get-content-library-vm-templates`,
    row: existingRow.extend({
      vcpu: z.int(),
      memory: z.int(),
      size: z.int(),
      cloud_init_supported: z.boolean(),
      clusters: z.array(z.looseObject({ id: z.string() })).nullish(),
    }),
    inCluster: (cluster) => ({ clusters_some: { id: cluster } }),
    outputs: z.strictObject({
      templateId: idOf("template"),
      templateName: nameOf("template"),
      clusters: z.array(z.string()).describe("ids of the clusters that it is given to"),
      vcpu: z.int().describe("CPUs"),
      memory: z.int().describe("bytes"),
      size: z.int().describe("bytes of its disks"),
      cloudInitSupported: z.boolean().describe("whether machines that are made from it may be given cloudInit"),
    }),
    outputsOf: ({ id: templateId, name: templateName, clusters, vcpu, memory, size, cloud_init_supported }) => ({
      templateId,
      templateName,
      clusters: (clusters ?? []).map(({ id }) => id),
      vcpu,
      memory,
      size,
      cloudInitSupported: cloud_init_supported,
    }),
    example: { args: { cluster: output(ClusterConnection, "clusterId"), name: "ubuntu-24.04" } },
  }),
);

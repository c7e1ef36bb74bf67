import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { asSet } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { giveToClusters, type InClusters, inClusters, shownClusters, takeFromClusters } from "./library-clusters";
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

const given: InClusters = {
  noun: "template",
  distribute: pathTo`/distribute-content-library-vm-template-clusters`,
  remove: pathTo`/remove-content-library-vm-template-clusters`,
};

/** A template of the content library, which clusters are given. */
export const ContentLibraryVmTemplate = defineResource(
  towerObject({
    type: "cloudtower:ContentLibraryVmTemplate",
    doc: "A template of the content library, made from a virtual machine as it stands and given to clusters, by `POST /v2/api/clone-content-library-vm-template-from-vm` (the vendor's schema). Known by its name, and by the mark of its stack behind its description. Clusters are added and taken out in place (`distribute-` and `remove-content-library-vm-template-clusters`). Machines that were made from a template stay when it is deleted.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      ...templateInputs,
      clusters: asSet(z.array(z.string().min(1)).min(1)).describe(
        "ids of the clusters that it is given to; changed in place",
      ),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({ templateId: z.string().describe("id of the template in CloudTower") }),
    example: {
      args: {
        name: "ubuntu-24.04",
        vm: output(Vm, "vmId"),
        clusters: [output(ClusterConnection, "clusterId")],
        description: "Ubuntu",
      },
      changed: { description: "with the tools", cloudInitSupported: true },
    },
    key: ({ name }) => name,
    noun: "content library template",
    plural: "content library templates",
    paths: {
      list: pathTo`/get-content-library-vm-templates`,
      create: pathTo`/clone-content-library-vm-template-from-vm`,
      update: pathTo`/update-content-library-vm-template`,
      delete: pathTo`/delete-content-library-vm-template`,
    },
    row: templateRow.extend({ clusters: inClusters }),
    called: ({ name }) => name,
    where: ({ name }) => ({ name }),
    markOn: (row, context) => markOnTemplate(row, context),
    made: (wanted, context) => ({
      vm: { id: wanted.vm },
      clusters: { id_in: wanted.clusters },
      ...writtenTemplate(wanted, context),
    }),
    changed: writtenTemplate,
    apart: {
      fields: ["clusters"],
      // Into the new ones first: it must be in one at any time.
      changes: [
        (context, row, wanted) => giveToClusters(context, given, row, wanted.clusters),
        // Those of other sites are theirs.
        async (context, row, { clusters, shared }) =>
          shared ? undefined : takeFromClusters(context, given, row, clusters),
      ],
    },
    seen: (row, context, planned) => ({
      ...seenTemplate(row, context),
      ...(row.clusters && { clusters: shownClusters(row, planned.clusters, planned.shared) }),
    }),
    refuses: refusedSource,
    outputsOf: ({ id: templateId }) => ({ templateId }),
    stays: (row, context) => templateStays(row, context),
  }),
);

import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { asSet } from "../kernel/schema";
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
import { changeWhere, towerObject } from "./tower-object";
import { Vm } from "./vm";

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
    row: templateRow.extend({ clusters: z.array(z.looseObject({ id: z.string() })).nullish() }),
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
      changes: [
        // Into the new ones first: it must be in one at any time.
        async (context, { id, clusters }, { name, clusters: wanted }) => {
          const missing = wanted.filter((each) => !(clusters ?? []).some((cluster) => cluster.id === each));
          const path = pathTo`/distribute-content-library-vm-template-clusters`;
          if (missing.length > 0)
            await changeWhere(context, `give template ${name} to clusters`, path, of(id, missing));
        },
        async (context, { id, clusters }, { name, clusters: wanted, shared }) => {
          const surplus = (clusters ?? []).map((cluster) => cluster.id).filter((each) => !wanted.includes(each));
          const path = pathTo`/remove-content-library-vm-template-clusters`;
          // Those of other sites are theirs.
          if (surplus.length > 0 && !shared)
            await changeWhere(context, `take template ${name} from clusters`, path, of(id, surplus));
        },
      ],
    },
    seen: (row, context, planned) => ({
      ...seenTemplate(row, context),
      ...(row.clusters && {
        clusters: shownClusters(
          row.clusters.map(({ id }) => id),
          planned,
        ),
      }),
    }),
    refuses: refusedSource,
    outputsOf: ({ id: templateId }) => ({ templateId }),
    stays: (row, context) => templateStays(row, context),
  }),
);

const of = (id: string, clusters: string[]) => ({ where: { id }, data: { clusters: { id_in: clusters } } });

/** Of one that several sites share, each has its own clusters alone to look after. */
function shownClusters(has: string[], { clusters, shared }: { clusters: string[]; shared: boolean }): string[] {
  return shared && clusters.every((cluster) => has.includes(cluster)) ? clusters : has;
}

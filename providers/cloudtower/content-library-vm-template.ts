import { z } from "zod";
import { defineResource } from "../kernel/define";
import { NotFound } from "../kernel/errors";
import { output } from "../kernel/example";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { asSet } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import { awaitTask } from "./task";
import { refusedSource, sourceVm } from "./template-source";
import { settledRow, towerObject } from "./tower-object";
import { Vm } from "./vm";
import { isMarked, marked, otherStack, unmarked } from "./vm-mark";

const noun = "content library template";
const list = {
  what: "content library templates",
  path: pathTo`/get-content-library-vm-templates`,
  row: z.looseObject({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    cloud_init_supported: z.boolean(),
    clusters: z.array(z.looseObject({ id: z.string() })).nullish(),
    entityAsyncStatus: z.string().nullish(),
  }),
};

const plain = towerObject({
  type: "cloudtower:ContentLibraryVmTemplate",
  doc: "A template of the content library, made from a virtual machine as it stands and given to clusters, by `POST /v2/api/clone-content-library-vm-template-from-vm` (the vendor's schema). Known by its name, and by the mark of its stack behind its description. Clusters are added and taken out in place (`distribute-` and `remove-content-library-vm-template-clusters`). Machines that were made from a template stay when it is deleted.",
  inputs: z.strictObject({
    connection: cloudtowerConnection,
    name: z.string().min(1).describe("name of the template; changed in place"),
    vm: sourceVm,
    clusters: asSet(z.array(z.string().min(1)).min(1)).describe(
      "ids of the clusters that it is given to; changed in place",
    ),
    description: z.string().trim().default("").describe("free text, before the mark of its stack; changed in place"),
    cloudInitSupported: z
      .boolean()
      .default(false)
      .describe("whether cloud-init is in the guest, so that machines may be given data for it; changed in place"),
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
  noun,
  plural: list.what,
  paths: {
    list: list.path,
    create: pathTo`/clone-content-library-vm-template-from-vm`,
    update: pathTo`/update-content-library-vm-template`,
    delete: pathTo`/delete-content-library-vm-template`,
  },
  row: list.row,
  called: ({ name }) => name,
  where: ({ name }) => ({ name }),
  isOurs: ({ description }, context) => isMarked(description, context),
  made: ({ name, vm, clusters, description, cloudInitSupported, shared }, context) => ({
    name,
    vm: { id: vm },
    clusters: { id_in: clusters },
    description: shared ? description : marked(description, context),
    cloud_init_supported: cloudInitSupported,
  }),
  changed: ({ name, description, cloudInitSupported, shared }, context) => ({
    name,
    description: shared ? description : marked(description, context),
    cloud_init_supported: cloudInitSupported,
  }),
  seen: ({ name, clusters, description, cloud_init_supported }, context, planned) => ({
    name,
    ...(clusters && {
      clusters: shownClusters(
        clusters.map(({ id }) => id),
        planned,
      ),
    }),
    description: unmarked(description, context),
    cloudInitSupported: cloud_init_supported,
  }),
  refuses: refusedSource,
  outputsOf: ({ id: templateId }) => ({ templateId }),
  stays({ description }, context) {
    const other = otherStack(description, context);
    return other && `by its mark it is now one of ${other}`;
  },
});

/** Of one that several sites share, each has its own clusters alone to look after. */
function shownClusters(has: string[], { clusters, shared }: { clusters: string[]; shared: boolean }): string[] {
  return shared && clusters.every((cluster) => has.includes(cluster)) ? clusters : has;
}

/** A template of the content library, which clusters are given. */
export const ContentLibraryVmTemplate = defineResource({
  ...plain,
  async sync(context, id, wanted, prior) {
    const what = `${noun} ${wanted.name}`;
    const row = await settledRow(context, list, id, what);
    if (!row) throw new NotFound(`${what} (id ${id}) stands no more`, "run pulumi refresh, then up");
    const has = (row.clusters ?? []).map((cluster) => cluster.id);
    const missing = wanted.clusters.filter((cluster) => !has.includes(cluster));
    const surplus = shownClusters(has, wanted).filter(
      (cluster) => !wanted.shared && !wanted.clusters.includes(cluster),
    );
    // Into the new ones first: it must be in one at any time.
    await setClusters(
      context,
      `give ${what} to clusters`,
      pathTo`/distribute-content-library-vm-template-clusters`,
      id,
      missing,
    );
    await setClusters(
      context,
      `take ${what} from clusters`,
      pathTo`/remove-content-library-vm-template-clusters`,
      id,
      surplus,
    );
    return plain.sync(context, id, wanted, prior);
  },
});

async function setClusters(context: Context, operation: string, path: Path, id: string, clusters: string[]) {
  if (clusters.length === 0) return;
  await settledRow(context, list, id, operation);
  const answers = await cloudtower(context).write({
    operation,
    path,
    body: { where: { id }, data: { clusters: { id_in: clusters } } },
    schema: oneOrMany(started),
    idempotent: true,
  });
  for (const { task_id } of answers ?? []) await awaitTask(context, operation, task_id);
}

import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { replaces } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import { towerObject } from "./tower-object";

/** A folder that a cluster's virtual machines are put into. */
export const VmFolder = defineResource(
  towerObject({
    type: "cloudtower:VmFolder",
    doc: "A folder of a cluster's virtual machines in CloudTower, by `POST /v2/api/create-vm-folder` (the vendor's schema). Known by its name in its cluster. One that machines are in is not deleted.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      name: z.string().min(1).describe("name of the folder; changed in place"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      vmFolderId: z.string().describe("id of the folder, folder_id of a virtual machine in CloudTower"),
    }),
    example: {
      args: { cluster: output(ClusterConnection, "clusterId"), name: "web" },
      changed: { name: "database" },
    },
    key: ({ name }) => name,
    parents: ["cluster"],
    noun: "folder",
    plural: "folders of virtual machines",
    paths: {
      list: pathTo`/get-vm-folders`,
      create: pathTo`/create-vm-folder`,
      update: pathTo`/update-vm-folder`,
      delete: pathTo`/delete-vm-folder`,
    },
    row: z.looseObject({
      id: z.string(),
      name: z.string(),
      cluster: z.looseObject({ id: z.string() }),
      vm_num: z.number().nullish(),
      vms: z.array(z.unknown()).nullish(),
    }),
    called: ({ name }) => name,
    where: ({ name, cluster }) => ({ name, cluster: { id: cluster } }),
    made: ({ name, cluster }) => ({ name, cluster_id: cluster }),
    changed: ({ name }) => ({ name }),
    seen: ({ name, cluster }) => ({ name, cluster: cluster.id }),
    outputsOf: ({ id: vmFolderId }) => ({ vmFolderId }),
    stays({ vm_num, vms }) {
      const count = vm_num ?? vms?.length;
      if (count === 0) return undefined;
      return count ? `machines are in it (${count})` : "CloudTower does not say whether machines are in it";
    },
  }),
);

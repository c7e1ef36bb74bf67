import { z } from "zod";
import { sizeText } from "../../base/byte-size";
import { byteSize } from "../kernel/byte-size";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { replaces } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import { towerObject } from "./tower-object";
import { policySchema } from "./volume-policy";

/** A volume that stands by itself, for virtual machines to mount. */
export const VmVolume = defineResource(
  towerObject({
    type: "cloudtower:VmVolume",
    doc: "A volume of a cluster that stands by itself and is mounted by virtual machines, by `POST /v2/api/create-vm-volume` (the vendor's schema). Known by its name in its cluster. It grows in place; what would lose its data, as a smaller size or another storage policy, is refused, and never done by replacing it. One that a machine has mounted is not deleted.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      name: z.string().min(1).describe("name of the volume; changed in place"),
      size: byteSize.describe('bytes, or a text like "100 GiB"; it may grow in place'),
      storagePolicy: policySchema
        .default("REPLICA_2_THIN_PROVISION")
        .describe("replicas, and whether space is taken when it is made or as it fills; a change is refused"),
      sharing: z.boolean().default(false).describe("whether several machines may mount it; a change is refused"),
      description: z.string().default("").describe("free text; changed in place"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      volumeId: z.string().describe("id of the volume, vm_volume_id of a disk"),
    }),
    example: {
      args: { cluster: output(ClusterConnection, "clusterId"), name: "data-01", size: "1 GiB" },
      changed: { name: "data-02", size: "2 GiB", description: "of the database" },
    },
    key: ({ name }) => name,
    parents: ["cluster"],
    noun: "volume",
    plural: "volumes of virtual machines",
    paths: {
      list: pathTo`/get-vm-volumes`,
      create: pathTo`/create-vm-volume`,
      update: pathTo`/update-vm-volume`,
      delete: pathTo`/delete-vm-volume`,
    },
    row: z.looseObject({
      id: z.string(),
      name: z.string(),
      size: z.int(),
      description: z.string().nullish(),
      elf_storage_policy: z.string(),
      sharing: z.boolean(),
      mounting: z.boolean(),
      cluster: z.looseObject({ id: z.string() }),
    }),
    called: ({ name }) => name,
    where: ({ name, cluster }) => ({ name, cluster: { id: cluster } }),
    made: ({ name, cluster, size, storagePolicy, sharing }) => ({
      name,
      cluster_id: cluster,
      size,
      size_unit: "B",
      elf_storage_policy: storagePolicy,
      sharing,
    }),
    changed: ({ name, size, description }) => ({ name, size, size_unit: "B", description }),
    seen: ({ name, cluster, size, description, elf_storage_policy: storagePolicy, sharing }) => ({
      name,
      cluster: cluster.id,
      size,
      // A policy of another kind, as of erasure coding, is shown as it is.
      storagePolicy: storagePolicy as z.output<typeof policySchema>,
      sharing,
      description: description ?? "",
    }),
    refuses: (stands, wanted) => [
      ...(wanted.size < stands.size
        ? [
            {
              property: "size",
              reason: `a volume does not shrink: it has ${sizeText(stands.size)}, planned are ${sizeText(wanted.size)}; put the plan back, or make a smaller one under another name and copy what is on it`,
            },
          ]
        : []),
      ...(["storagePolicy", "sharing"] as const)
        .filter((name) => stands[name] !== wanted[name])
        .map((name) => ({
          property: name,
          reason: `CloudTower changes it on no volume: it is ${stands[name]}, planned is ${wanted[name]}; put the plan back, or make another volume under another name and copy what is on it`,
        })),
    ],
    outputsOf: ({ id: volumeId }) => ({ volumeId }),
    stays: ({ mounting }) => (mounting ? "a machine has it mounted" : undefined),
  }),
);

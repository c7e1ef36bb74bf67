import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, idOf, inCluster, localIdOf, localRow, nameOf } from "./existing";

/** A snapshot of a virtual machine. */
export const ExistingVmSnapshot = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingVmSnapshot",
    doc: "A snapshot of a virtual machine, by `POST /v2/api/get-vm-snapshots`.",
    plural: "snapshots of virtual machines",
    path: pathTo`/get-vm-snapshots`,
    row: localRow.extend({
      consistent_type: z.string(),
      size: z.int(),
      vm: z.looseObject({ id: z.string() }).nullish(),
    }),
    inCluster,
    outputs: z.strictObject({
      snapshotId: idOf("snapshot"),
      snapshotName: nameOf("snapshot"),
      localId: localIdOf("snapshot"),
      vmId: z.string().describe("id of its machine; empty where that is gone"),
      consistency: z.string().describe("CRASH_CONSISTENT or FILE_SYSTEM_CONSISTENT"),
      size: z.int().describe("bytes of its disks"),
    }),
    outputsOf: ({ id: snapshotId, name: snapshotName, local_id: localId, vm, consistent_type, size }) => ({
      snapshotId,
      snapshotName,
      localId,
      vmId: vm?.id ?? "",
      consistency: consistent_type,
      size,
    }),
    example: {
      args: {
        cluster: output(ClusterConnection, "clusterId"),
        where: { name_starts_with: "before", consistent_type: "CRASH_CONSISTENT" },
      },
    },
  }),
);

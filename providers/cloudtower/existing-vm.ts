import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, idOf, inCluster, localIdOf, localRow, nameOf } from "./existing";

/** A virtual machine. */
export const ExistingVm = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingVm",
    doc: "A virtual machine of a cluster, by `POST /v2/api/get-vms`; of those in the recycle bin where the condition names `in_recycle_bin` alone.",
    plural: "virtual machines",
    path: pathTo`/get-vms`,
    row: localRow.extend({
      bios_uuid: z.string().nullish(),
      status: z.string(),
      ips: z.string().nullish(),
      vcpu: z.int(),
      memory: z.int(),
      host: z.looseObject({ name: z.string() }).nullish(),
    }),
    inCluster,
    usual: { in_recycle_bin: false },
    outputs: z.strictObject({
      vmId: idOf("machine"),
      vmName: nameOf("machine"),
      localId: localIdOf("machine"),
      biosUuid: z.string().describe("what the guest sees as its machine's UUID; empty where CloudTower does not tell"),
      status: z.string().describe("RUNNING, STOPPED and others, as CloudTower names them"),
      addresses: z.array(z.string()).describe("what the tools in the guest tell; empty where none run"),
      vcpu: z.int().describe("CPUs"),
      memory: z.int().describe("bytes"),
      host: z.string().describe("name of the host that it runs on; empty where it is on none"),
    }),
    outputsOf: ({ id: vmId, name: vmName, local_id: local, bios_uuid, status, ips, vcpu, memory, host }) => ({
      vmId,
      vmName,
      localId: local,
      biosUuid: bios_uuid ?? "",
      status,
      addresses: (ips ?? "").split(",").filter(Boolean),
      vcpu,
      memory,
      host: host?.name ?? "",
    }),
    example: {
      args: {
        cluster: output(ClusterConnection, "clusterId"),
        where: { name_starts_with: "cloudtower", status: "RUNNING" },
      },
    },
  }),
);

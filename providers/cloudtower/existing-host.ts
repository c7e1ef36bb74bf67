import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, idOf, inCluster, localIdOf, localRow, nameOf } from "./existing";

/** A host of a cluster. */
export const ExistingHost = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingHost",
    doc: "A host of a cluster, by `POST /v2/api/get-hosts`.",
    plural: "hosts",
    path: pathTo`/get-hosts`,
    row: localRow.extend({ management_ip: z.string(), data_ip: z.string().nullish() }),
    inCluster,
    outputs: z.strictObject({
      hostId: idOf("host"),
      hostName: nameOf("host"),
      localId: localIdOf("host"),
      managementIp: z.string().describe("management address"),
      dataIp: z.string().describe("storage address; empty where CloudTower does not tell"),
    }),
    outputsOf: ({ id: hostId, name: hostName, local_id: local, management_ip: managementIp, data_ip }) => ({
      hostId,
      hostName,
      localId: local,
      managementIp,
      dataIp: data_ip ?? "",
    }),
    example: { args: { cluster: output(ClusterConnection, "clusterId"), where: { management_ip: "10.0.20.101" } } },
  }),
);

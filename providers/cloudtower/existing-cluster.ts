import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existing, existingRow, idOf, nameOf } from "./existing";

/** A cluster that CloudTower manages. */
export const ExistingCluster = defineResource(
  existing({
    type: "cloudtower:ExistingCluster",
    doc: "A cluster that CloudTower manages, by `POST /v2/api/get-clusters`: what virtual machines of a plan are put into.",
    plural: "clusters",
    path: pathTo`/get-clusters`,
    row: existingRow.extend({
      local_id: z.string().nullish(),
      ip: z.string(),
      version: z.string().nullish(),
      connect_state: z.string(),
    }),
    outputs: z.strictObject({
      clusterId: idOf("cluster"),
      clusterName: nameOf("cluster"),
      localId: z.string().describe("the cluster's own id; empty before its first connection"),
      address: z.string().describe("where CloudTower reaches it"),
      version: z.string().describe("SMTX OS version; empty where CloudTower does not tell"),
      connectState: z.string().describe("CONNECTED, DISCONNECTED and others, as CloudTower names them"),
    }),
    outputsOf: ({ id: clusterId, name: clusterName, local_id, ip: address, version, connect_state: connectState }) => ({
      clusterId,
      clusterName,
      localId: local_id ?? "",
      address,
      version: version ?? "",
      connectState,
    }),
    example: { args: { name: output(ClusterConnection, "clusterName") } },
  }),
);

import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, idOf, inCluster, localIdOf, localRow, nameOf } from "./existing";
import { Vds } from "./vds";

/** A virtual switch of a cluster. */
export const ExistingVds = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingVds",
    doc: "A virtual distributed switch of a cluster, by `POST /v2/api/get-vdses`.",
    plural: "virtual switches",
    path: pathTo`/get-vdses`,
    row: localRow.extend({ bond_mode: z.string(), ovsbr_name: z.string() }),
    inCluster,
    outputs: z.strictObject({
      vdsId: idOf("switch"),
      vdsName: nameOf("switch"),
      localId: localIdOf("switch"),
      bondMode: z.string().describe("how the ports of a host are bound, as CloudTower names it"),
      bridge: z.string().describe("name of the Open vSwitch bridge on the hosts"),
    }),
    outputsOf: ({ id: vdsId, name: vdsName, local_id: local, bond_mode: bondMode, ovsbr_name: bridge }) => ({
      vdsId,
      vdsName,
      localId: local,
      bondMode,
      bridge,
    }),
    example: { args: { cluster: output(ClusterConnection, "clusterId"), where: { id: output(Vds, "vdsId") } } },
  }),
);

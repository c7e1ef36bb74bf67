import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { ClusterConnection } from "./cluster-connection";
import { existingInCluster, idOf, inCluster, localIdOf, localRow, nameOf } from "./existing";
import { Vlan } from "./vlan";

/** A network of virtual machines. */
export const ExistingVlan = defineResource(
  existingInCluster({
    type: "cloudtower:ExistingVlan",
    doc: "A network of a cluster's virtual switches, by `POST /v2/api/get-vlans`: also those of management and storage.",
    plural: "networks",
    path: pathTo`/get-vlans`,
    row: localRow.extend({ vlan_id: z.int(), type: z.string(), vds: z.looseObject({ id: z.string() }) }),
    inCluster: (of) => ({ vds: inCluster(of) }),
    outputs: z.strictObject({
      networkId: z.string().describe("id of the network, connect_vlan_id of a NIC"),
      networkName: nameOf("network"),
      localId: localIdOf("network"),
      vlanId: z.int().describe("VLAN id, 0 is untagged"),
      type: z.string().describe("VM, MANAGEMENT, STORAGE and others, as CloudTower names them"),
      vdsId: idOf("switch that it is on"),
    }),
    outputsOf: ({ id: networkId, name: networkName, local_id: local, vlan_id: vlanId, type, vds }) => ({
      networkId,
      networkName,
      localId: local,
      vlanId,
      type,
      vdsId: vds.id,
    }),
    example: { args: { cluster: output(ClusterConnection, "clusterId"), where: { id: output(Vlan, "networkId") } } },
  }),
);

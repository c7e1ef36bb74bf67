import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { replaces } from "../kernel/schema";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import { towerObject } from "./tower-object";
import { Vds } from "./vds";

/** A network of virtual machines on a cluster's virtual switch. */
export const Vlan = defineResource(
  towerObject({
    type: "cloudtower:Vlan",
    doc: "A network of virtual machines on a virtual switch of a cluster, by `POST /v2/api/create-vm-vlan` (the vendor's schema). Known by its name on its switch, where networks of management, storage and the like are never taken for it. Access networks (`VLAN_ACCESS`) alone: of trunks and overlays the schema does not say what their network_ids mean. One that machines have a NIC in is not deleted. At a site that the stack itself deploys `smtxos:Vlan` makes the same by Fisheye, before there is a CloudTower.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      vds: replaces(z.string().min(1)).describe("id of the virtual switch in CloudTower; a change replaces"),
      name: z.string().min(1).describe("name of the network; changed in place"),
      vlanId: z.int().min(0).max(4094).describe("VLAN id, 0 is untagged; changed in place"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      networkId: z.string().describe("id of the network, connect_vlan_id of a NIC"),
    }),
    example: {
      args: { vds: output(Vds, "vdsId"), name: "VLAN-1120", vlanId: 1120 },
      changed: { name: "Production", vlanId: 1121 },
    },
    key: ({ name }) => name,
    parents: ["vds"],
    noun: "network",
    plural: "networks",
    paths: {
      list: pathTo`/get-vlans`,
      create: pathTo`/create-vm-vlan`,
      update: pathTo`/update-vm-vlan`,
      delete: pathTo`/delete-vm-vlan`,
    },
    row: z.looseObject({
      id: z.string(),
      name: z.string(),
      vlan_id: z.int(),
      vds: z.looseObject({ id: z.string() }),
      vm_nics: z.array(z.unknown()).nullish(),
    }),
    called: ({ name }) => name,
    where: ({ name, vds }) => ({ name, type: "VM", vds: { id: vds } }),
    made: ({ name, vds, vlanId }) => ({ name, vds_id: vds, vlan_id: vlanId, mode_type: "VLAN_ACCESS" }),
    changed: ({ name, vlanId }) => ({ name, vlan_id: vlanId }),
    seen: ({ name, vlan_id, vds }) => ({ name, vlanId: vlan_id, vds: vds.id }),
    outputsOf: ({ id: networkId }) => ({ networkId }),
    stays({ vm_nics: nics }) {
      if (!nics) return "CloudTower does not say whether machines are in it";
      return nics.length > 0 ? `machines have NICs in it (${nics.length})` : undefined;
    },
  }),
);

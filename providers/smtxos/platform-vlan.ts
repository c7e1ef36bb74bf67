import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { DeployedSwitch } from "./deployed-switch";
import { listVlans } from "./network";
import { orUnread } from "./unread";

/** The VLAN that the platform makes itself: `default`, on the management switch. */
export const PlatformVlan = defineResource({
  type: "smtxos:PlatformVlan",
  sort: "look-up",
  doc: "The virtual network that the platform makes on the management switch (`default`, 虚拟网络 D4), looked up by name. It is never made and never changed.",
  inputs: z.strictObject({
    connection: connectionSchema,
    vds: z.string().min(1).describe("id of the switch"),
    name: z.string().min(1).describe("name of the network, 虚拟网络 D4"),
  }),
  outputs: z.strictObject({
    uuid: z.string().describe("id of the network"),
    vlanId: z.int().describe("VLAN id, 0 is untagged"),
  }),
  example: { args: { vds: output(DeployedSwitch, "uuid"), name: "default" } },
  key: ({ name }) => name,
  parents: ["vds"],

  async read(context, _id, { vds, name }) {
    return orUnread(`network ${name}`, async () => {
      const found = (await listVlans(context, vds)).find((vlan) => vlan.name === name);
      return found && { inputs: {}, outputs: { uuid: found.uuid, vlanId: found.vlanId } };
    });
  },
});

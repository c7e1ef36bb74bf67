import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { listSwitches } from "./network";
import { orUnread } from "./unread";

/** A virtual switch that the deployment made: management, storage. */
export const DeployedSwitch = defineResource({
  type: "smtxos:DeployedSwitch",
  sort: "look-up",
  doc: "A virtual distributed switch that the deployment made (management, storage), looked up by name with `GET /api/v2/network/vds` (facts: runbook, stage 04). It is never changed.",
  inputs: z.strictObject({
    connection: connectionSchema,
    name: z.string().min(1).describe("name of the switch, 虚拟网络 column C"),
  }),
  outputs: z.strictObject({
    uuid: z.string().describe("id of the switch"),
    bridge: z.string().describe("name of the Open vSwitch bridge on the hosts"),
  }),
  example: { args: { name: "vDS-MgMt-Network" } },
  key: ({ name }) => name,

  async read(context, _id, { name }) {
    return orUnread(`virtual switch ${name}`, async () => {
      const found = (await listSwitches(context)).find((vds) => vds.name === name);
      return found && { inputs: {}, outputs: { uuid: found.uuid, bridge: found.bridge } };
    });
  },
});

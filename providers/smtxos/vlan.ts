import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { NotFound, TimedOut } from "../kernel/errors";
import { output } from "../kernel/example";
import type { Context } from "../kernel/resource";
import { replaces } from "../kernel/schema";
import { DeployedSwitch } from "./deployed-switch";
import { changeVlan, createVlan, deleteVlan, findVlan, isVlan, listVlans, readSwitch, type VlanSeen } from "./network";
import { isNoCall, orUnread } from "./unread";

/** Vendor milliseconds between two looks. */
const LOOK = 5_000;
/** Vendor milliseconds that vlans_count may lag behind (facts, part B 5B 11, which give no figure). */
const COUNT_LAG = 60_000;

/** A VLAN of a virtual switch, which virtual machines are connected to. */
export const Vlan = defineResource({
  type: "smtxos:Vlan",
  sort: "object",
  doc: "A virtual network (VLAN) of a virtual switch, by `POST /api/v2/network/vds/{uuid}/vlans`, one a request (runbook, stage 03). Changing and deleting it by PUT and DELETE of its path is not in Fisheye's documents; where the site refuses, the error says so. While the site says that another job is at the switch, as one of a run that was cut may be, it waits up to two minutes.",
  inputs: z.strictObject({
    connection: connectionSchema,
    vds: replaces(z.string().min(1)).describe("id of the switch; a change replaces"),
    name: z.string().min(1).describe("name of the network, 虚拟网络 column D"),
    vlanId: z.int().min(0).max(4094).describe("VLAN id, 0 is untagged, 虚拟网络 column F"),
  }),
  outputs: z.strictObject({ uuid: z.string().describe("id of the network") }),
  example: {
    args: { vds: output(DeployedSwitch, "uuid"), name: "VLAN-1120", vlanId: 1120 },
    changed: { name: "Production", vlanId: 1121 },
  },
  key: ({ name }) => name,
  parents: ["vds"],

  async find(context, { vds, name }) {
    const all = await listVlans(context, vds);
    return all.filter((vlan) => vlan.name === name).map(({ uuid }) => ({ id: uuid }));
  },

  async create(context, { vds, name, vlanId }) {
    const uuid = await createVlan(context, vds, { name, vlanId });
    context.checkpoint(uuid);
    return uuid;
  },

  async sync(context, id, { vds, name, vlanId }, prior) {
    const listed = await listable(context, vds);
    if (!listed && prior) {
      // What CloudTower has shown, or what was set last, is all that is known of it.
      const known = { uuid: id, name: prior.name, vlanId: prior.vlanId };
      if (known.name !== name || known.vlanId !== vlanId) await changeVlan(context, vds, known, { name, vlanId });
      return { uuid: id };
    }
    const stands = listed?.find(({ uuid }) => uuid === id);
    if (!stands && prior)
      throw new NotFound(
        `VLAN ${prior.name} (id ${id}) stands no more on ${context.connection.name}`,
        "run pulumi refresh, then up",
      );
    if (stands && !isVlan(stands, { name, vlanId })) {
      await changeVlan(context, vds, stands, { name, vlanId });
    }
    await context.wait(
      `the appearance of VLAN ${name} on its switch`,
      async () => {
        const there = (await listVlans(context, vds)).find(({ uuid }) => uuid === id);
        return there && isVlan(there, { name, vlanId })
          ? { done: true }
          : { pending: there ? `${there.name}, id ${there.vlanId ?? "not told"}` : "not listed yet" };
      },
      { interval: LOOK / 4, cap: LOOK },
    );
    await counted(context, vds);
    return { uuid: id };
  },

  async read(context, id, { vds, name }) {
    return orUnread(`VLAN ${name}`, async () => {
      const stands = await findVlan(context, vds, id);
      if (!stands) return undefined;
      const { name: shown, vlanId } = stands;
      return { inputs: { name: shown, ...(vlanId !== undefined && { vlanId }) }, outputs: { uuid: id } };
    });
  },

  async delete(context, id, { vds, name }) {
    if (await findVlan(context, vds, id)) await deleteVlan(context, vds, id, name);
    return "gone";
  },
});

/** Undefined where the site has no call to list them. */
async function listable(context: Context, vds: string): Promise<VlanSeen[] | undefined> {
  try {
    return await listVlans(context, vds);
  } catch (error) {
    if (isNoCall(error)) return undefined;
    throw error;
  }
}

/** The runbook counts the VLANs on the switch; the count lags behind, and no document says which it leaves out. */
async function counted(context: Context, vds: string): Promise<void> {
  try {
    await context.wait(
      "the count of the switch's VLANs",
      async () => {
        const [{ vlans }, listed] = await Promise.all([readSwitch(context, vds), listVlans(context, vds)]);
        return vlans === undefined || vlans >= listed.length
          ? { done: true }
          : { pending: `${vlans} of ${listed.length}` };
      },
      { interval: LOOK / 4, cap: LOOK, atMost: COUNT_LAG },
    );
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    context.warn(`the switch ${vds} counts fewer VLANs than it lists; look at it in Fisheye`);
  }
}

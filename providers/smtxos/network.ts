import { z } from "zod";
import { NotFound, PlanConflict, Refused } from "../kernel/errors";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { fisheye } from "./client";
import { awaitJob, jobStarted, resourcesOf } from "./job";
import { listOf } from "./list-of";
import { isNoCall } from "./unread";
import { whenFree } from "./when-free";

const SWITCHES = pathTo`/api/v2/network/vds`;

/** A host's part in a switch. */
export interface AssociatedHost {
  uuid: string;
  /** Host ports, as the system names them. */
  nics: string[];
  /** The host's storage address; the vendor asks for it with each host. */
  storageIp: string;
}

/** A virtual distributed switch as Fisheye shows it. */
export interface Vds {
  uuid: string;
  name: string;
  /** The vendor's spelling; see virtual-distributed-switch.ts. */
  bondMode: string | undefined;
  bridge: string;
  hosts: { uuid: string; nics: string[] }[];
  /** Undefined where the site does not count them. */
  vlans: number | undefined;
}

const associatedSchema = z.looseObject({ host_uuid: z.string(), nics_associated: z.array(z.string()).nullish() });
const vdsSchema = z
  .looseObject({
    uuid: z.string().min(1),
    name: z.string().nullish(),
    bond_mode: z.string().nullish(),
    ovsbr_name: z.string().nullish(),
    // A list in the answers, a map by uuid in a job's resources (runbook, stage 03 查询VDS创建状态).
    hosts_associated: z.union([z.array(associatedSchema), z.record(z.string(), associatedSchema)]).nullish(),
    vlans_count: z.number().nullish(),
  })
  .transform(
    (vds): Vds => ({
      uuid: vds.uuid,
      name: vds.name ?? "",
      bondMode: vds.bond_mode || undefined,
      bridge: vds.ovsbr_name ?? "",
      // A host without its ports tells no more than one that is not shown.
      hosts: Object.values(vds.hosts_associated ?? {}).flatMap(({ host_uuid, nics_associated }) =>
        nics_associated ? [{ uuid: host_uuid, nics: nics_associated }] : [],
      ),
      vlans: vds.vlans_count ?? undefined,
    }),
  );

/** All switches of the cluster. */
export async function listSwitches(context: Context): Promise<Vds[]> {
  const { data } = await fisheye(context).request({
    operation: `list the virtual switches of ${context.connection.name}`,
    method: "GET",
    path: SWITCHES,
    schema: listOf(vdsSchema),
    signal: context.signal,
  });
  return data;
}

/** Throws NotFound where it is refused and the list has no such switch. */
export async function readSwitch(context: Context, uuid: string): Promise<Vds> {
  const read = fisheye(context).request({
    operation: `read virtual switch ${uuid} of ${context.connection.name}`,
    method: "GET",
    path: pathTo`${SWITCHES}/${uuid}`,
    schema: vdsSchema,
    signal: context.signal,
  });
  return (await ofStandingSwitch(context, uuid, read)).data;
}

/** No document shows the answer for a switch that is not there: when one is refused, the list tells. */
async function ofStandingSwitch<T>(context: Context, uuid: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Refused) || (await listSwitches(context)).some((vds) => vds.uuid === uuid)) throw error;
    throw new NotFound(
      `virtual switch ${uuid} stands no more on ${context.connection.name}`,
      "run pulumi refresh, then up",
    );
  }
}

/** What a switch is to be. `bondMode` is left out for one port (the vendor's own page leaves it out: facts, part A 2.3). */
export interface WantedVds {
  name: string;
  bondMode: string | undefined;
  hosts: AssociatedHost[];
}

function bodyOf({ name, bondMode, hosts }: WantedVds) {
  return {
    name,
    ...(bondMode && { bond_mode: bondMode }),
    hosts_associated: hosts.map(({ uuid, nics, storageIp }) => ({
      host_uuid: uuid,
      nics_associated: nics,
      data_ip: storageIp,
    })),
  };
}

/** Makes a switch, and waits for the job. `known` is called with its uuid, which is there while the job is pending. */
export async function createSwitch(
  context: Context,
  wanted: WantedVds,
  known: (uuid: string) => void,
): Promise<string> {
  const { data } = await fisheye(context).request({
    operation: `make virtual switch ${wanted.name} on ${context.connection.name}`,
    method: "POST",
    path: SWITCHES,
    body: bodyOf(wanted),
    schema: jobStarted,
    signal: context.signal,
  });
  context.accepted();
  let uuid: string | undefined;
  await awaitJob(context, `making virtual switch ${wanted.name}`, data.job_id, (job) => {
    const [made] = resourcesOf(job, "NETWORK_VDS");
    if (made && !uuid) known(made);
    uuid ??= made;
  });
  // A job that names no switch has made it all the same: it is looked for by its name.
  uuid ??= (await listSwitches(context)).find((vds) => vds.name === wanted.name)?.uuid;
  if (!uuid) throw new NotFound(`virtual switch ${wanted.name} is not there though its job is done`, "up again");
  return uuid;
}

/**
 * Changes a switch; `isAsWanted` tells of one as it stands whether another job has done so. The documents show this in
 * CloudTower's API alone; the path here is assumed.
 */
export async function changeSwitch(
  context: Context,
  uuid: string,
  wanted: WantedVds,
  isAsWanted: (stands: Vds) => boolean,
): Promise<void> {
  const done = async () => isAsWanted(await readSwitch(context, uuid));
  const object = `virtual switch ${wanted.name}`;
  await changing(context, { method: "PUT", path: pathTo`${SWITCHES}/${uuid}`, object, body: bodyOf(wanted), done });
}

/** Deletes a switch. Assumed like `changeSwitch`. */
export async function deleteSwitch(context: Context, uuid: string, name: string): Promise<void> {
  const done = async () => !(await listSwitches(context)).some((vds) => vds.uuid === uuid);
  await changing(context, {
    method: "DELETE",
    path: pathTo`${SWITCHES}/${uuid}`,
    object: `virtual switch ${name}`,
    done,
  });
}

/** A VLAN, which the vendor calls virtual network too. */
export interface VlanSeen {
  uuid: string;
  name: string;
  /** Undefined where the site tells none. */
  vlanId: number | undefined;
}

const vlanSchema = z
  .looseObject({
    uuid: z.string().min(1),
    name: z.string().nullish(),
    // A number or a text (facts, part B 5B 6); a network of another kind may have none, or several.
    vlan_id: z
      .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
      .optional()
      .catch(undefined),
  })
  .transform(({ uuid, name, vlan_id }): VlanSeen => ({ uuid, name: name ?? "", vlanId: vlan_id }));

/** Whether it is the one that is wanted; what the site does not tell is no difference. */
export function isVlan(stands: VlanSeen, { name, vlanId }: { name: string; vlanId: number }): boolean {
  return stands.name === name && hasId(stands, vlanId);
}

function hasId({ vlanId }: VlanSeen, wanted: number): boolean {
  return vlanId === undefined || vlanId === wanted;
}

const vlansOf = (vds: string) => pathTo`${SWITCHES}/${vds}/vlans`;

/** All VLANs of a switch. Throws NotFound where the switch is gone. */
export async function listVlans(context: Context, vds: string): Promise<VlanSeen[]> {
  const list = fisheye(context).request({
    operation: `list the VLANs of virtual switch ${vds} on ${context.connection.name}`,
    method: "GET",
    path: vlansOf(vds),
    schema: listOf(vlanSchema),
    signal: context.signal,
  });
  return (await ofStandingSwitch(context, vds, list)).data;
}

/** A VLAN of a switch; undefined when it is gone, alone or with its switch. */
export async function findVlan(context: Context, vds: string, uuid: string): Promise<VlanSeen | undefined> {
  try {
    return (await listVlans(context, vds)).find((vlan) => vlan.uuid === uuid);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

/**
 * Makes a VLAN; the vendor takes one a request (runbook, stage 03 创建业务网络). While a job is at the switch, it waits;
 * throws PlanConflict where a VLAN of that name has come to stand meanwhile: whose it is, the next up tells.
 */
export async function createVlan(
  context: Context,
  vds: string,
  vlan: { name: string; vlanId: number },
): Promise<string> {
  const { data } = await whenFree(context, `virtual switch ${vds}`, async (again) => {
    if (again && (await listVlans(context, vds)).some(({ name }) => name === vlan.name)) {
      throw new PlanConflict(
        `VLAN ${vlan.name} has come to stand on ${context.connection.name} while its switch ${vds} was busy`,
        "up again",
      );
    }
    return fisheye(context).request({
      operation: `make VLAN ${vlan.name} on ${context.connection.name}`,
      method: "POST",
      path: vlansOf(vds),
      body: { name: vlan.name, vlan_id: vlan.vlanId, vds_uuid: vds },
      schema: z.looseObject({ uuid: z.string().min(1) }),
      signal: context.signal,
    });
  });
  return data.uuid;
}

/** Changes a VLAN. Assumed like `changeSwitch`. */
export async function changeVlan(
  context: Context,
  vds: string,
  stands: VlanSeen,
  vlan: { name: string; vlanId: number },
): Promise<void> {
  const body = { name: vlan.name, vlan_id: vlan.vlanId, vds_uuid: vds };
  const to = [
    ...(stands.name === vlan.name ? [] : [vlan.name]),
    ...(hasId(stands, vlan.vlanId) ? [] : [`id ${vlan.vlanId}`]),
  ];
  await changing(context, {
    method: "PUT",
    path: pathTo`${vlansOf(vds)}/${stands.uuid}`,
    object: `VLAN ${stands.name}`,
    to: to.join(", "),
    body,
    async done() {
      const seen = await findVlan(context, vds, stands.uuid);
      return seen !== undefined && isVlan(seen, vlan);
    },
  });
}

/** Deletes a VLAN. Assumed like `changeSwitch`. */
export async function deleteVlan(context: Context, vds: string, uuid: string, name: string): Promise<void> {
  const done = async () => !(await findVlan(context, vds, uuid));
  await changing(context, { method: "DELETE", path: pathTo`${vlansOf(vds)}/${uuid}`, object: `VLAN ${name}`, done });
}

interface Changing {
  method: "PUT" | "DELETE";
  path: Path;
  /** What is changed or deleted, as in "Unable to change …". */
  object: string;
  /** What it becomes, where that is worth a word. */
  to?: string;
  body?: unknown;
  /** Whether it has come about already; asked before a write that met a busy object is sent again. */
  done: () => Promise<boolean>;
}

/** The one place of what Fisheye's documents do not show: PUT and DELETE of a network object's own path. */
async function changing(context: Context, { method, path, object, to, body, done }: Changing): Promise<void> {
  const [verb, gerund] = method === "PUT" ? ["change", "changing"] : ["delete", "deleting"];
  const target = to === undefined ? object : `${object} to ${to}`;
  const what = `${verb} ${target}`;
  try {
    const answer = await whenFree(context, object, async (again) => {
      if (again && (await done())) return undefined;
      return fisheye(context).request({
        operation: `${what} on ${context.connection.name}`,
        method,
        path,
        body,
        signal: context.signal,
      });
    });
    const started = jobStarted.safeParse(answer?.data);
    if (started.success) await awaitJob(context, `${gerund} ${target}`, started.data.job_id);
  } catch (error) {
    if (!isNoCall(error)) throw error;
    throw new Refused(
      `${context.connection.name} has no call to ${what} (${method} ${path} answered ${error.status}); Fisheye's documents show none`,
      { status: error.status, hint: "do it by hand in Fisheye or CloudTower, then up --refresh" },
    );
  }
}

import { z } from "zod";
import { NotFound, Refused } from "../kernel/errors";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { fisheye } from "./client";
import { awaitJob, jobStarted } from "./job";
import { listOf } from "./list-of";
import { isBusy, whenFree } from "./when-free";

const VMS = pathTo`/api/v2/vms`;

/** An address as the guest tools set it. */
export interface NicAddress {
  ip: string;
  netmask: string;
  gateway?: string | undefined;
}

export interface VmNic {
  /** `ovsbr_name` of the switch. */
  bridge: string | undefined;
  /** Id of the network. */
  vlan: string | undefined;
  model: string | undefined;
  mirror: boolean | undefined;
  link: "up" | "down" | undefined;
  mac: string;
  address: NicAddress | undefined;
}

export interface VmDisk {
  name: string | undefined;
  bus: string | undefined;
  /** Bytes. */
  size: number | undefined;
  storagePolicy: string | undefined;
  volume: string;
}

/** A virtual machine of the list: of somebody else's no more is asked than what tells it apart. */
export interface ListedVm {
  uuid: string;
  name: string;
}

/** A virtual machine as Fisheye shows it (runbook, stage 04). Undefined is what the site does not tell. */
export interface SeenVm extends ListedVm {
  description: string | undefined;
  sockets: number | undefined;
  cores: number | undefined;
  /** Bytes. */
  memory: number | undefined;
  ha: boolean | undefined;
  nestedVirtualization: boolean | undefined;
  cpuModel: string | undefined;
  firmware: string | undefined;
  autoSchedule: boolean | undefined;
  /** running, stopped, suspended (facts, part B 5B 7). */
  status: string;
  disks: VmDisk[] | undefined;
  nics: VmNic[] | undefined;
  /** State of the guest tools: Running, or whatever else stands there. */
  tools: string | undefined;
}

const guestAddressSchema = z.looseObject({
  ip_address: z.string(),
  ip_address_type: z.string().nullish(),
  netmask: z.string().nullish(),
});
const guestSchema = z.looseObject({
  ga_state: z.string().nullish(),
  nics: z
    .array(
      z.looseObject({
        hardware_address: z.string().nullish(),
        gateway_ip: z.string().nullish(),
        ip_addresses: z.array(guestAddressSchema).nullish(),
      }),
    )
    .nullish(),
});
const nicSchema = z.looseObject({
  ovs: z.string().nullish(),
  vlan_uuid: z.string().nullish(),
  model: z.string().nullish(),
  mirror: z.boolean().nullish(),
  link: z.enum(["up", "down"]).nullish(),
  mac_address: z.string().nullish(),
  ip_address: z.string().nullish(),
  subnet_mask: z.string().nullish(),
  gateway: z.string().nullish(),
});
const diskSchema = z.looseObject({
  type: z.string(),
  name: z.string().nullish(),
  bus: z.string().nullish(),
  size: z.number().nullish(),
  storage_policy_uuid: z.string().nullish(),
  volume_uuid: z.string().nullish(),
});
const listedSchema = z
  .looseObject({ uuid: z.string().min(1), vm_name: z.string().nullish() })
  .transform(({ uuid, vm_name }): ListedVm => ({ uuid, name: vm_name ?? "" }));
const vmSchema = z
  .looseObject({
    uuid: z.string().min(1),
    vm_name: z.string(),
    description: z.string().nullish(),
    cpu: z
      .looseObject({
        topology: z.looseObject({ sockets: z.number().nullish(), cores: z.number().nullish() }).nullish(),
      })
      .nullish(),
    memory: z.number().nullish(),
    ha: z.boolean().nullish(),
    nested_virtualization: z.boolean().nullish(),
    cpu_model: z.string().nullish(),
    firmware: z.string().nullish(),
    auto_schedule: z.boolean().nullish(),
    status: z.string(),
    disks: z.array(diskSchema).nullish(),
    nics: z.array(nicSchema).nullish(),
    guest_info: guestSchema.nullish(),
  })
  .transform(
    (vm): SeenVm => ({
      uuid: vm.uuid,
      name: vm.vm_name,
      // null is how some say that there is none.
      description: vm.description === null ? "" : vm.description,
      sockets: vm.cpu?.topology?.sockets ?? undefined,
      cores: vm.cpu?.topology?.cores ?? undefined,
      memory: vm.memory ?? undefined,
      ha: vm.ha ?? undefined,
      nestedVirtualization: vm.nested_virtualization ?? undefined,
      cpuModel: vm.cpu_model ?? undefined,
      firmware: vm.firmware ?? undefined,
      autoSchedule: vm.auto_schedule ?? undefined,
      status: vm.status,
      disks: vm.disks
        ?.filter(({ type }) => type === "disk")
        .map((disk) => ({
          name: disk.name ?? undefined,
          bus: disk.bus ?? undefined,
          size: disk.size ?? undefined,
          storagePolicy: disk.storage_policy_uuid ?? undefined,
          volume: disk.volume_uuid ?? "",
        })),
      nics: vm.nics?.map((nic) => seenNic(nic, vm.guest_info)),
      tools: vm.guest_info?.ga_state ?? undefined,
    }),
  );

type Guest = z.output<typeof guestSchema> | null | undefined;

/** The guest's own word counts, and what the NIC says where the guest says nothing. */
function seenNic(nic: z.output<typeof nicSchema>, guest: Guest): VmNic {
  const mac = nic.mac_address ?? "";
  const inGuest = guest?.nics?.find((each) => mac && each.hardware_address?.toLowerCase() === mac.toLowerCase());
  const v4 = inGuest?.ip_addresses?.find((each) => z.ipv4().safeParse(each.ip_address).success);
  const [ip, netmask, gateway] = v4
    ? [v4.ip_address, v4.netmask, inGuest?.gateway_ip]
    : [nic.ip_address, nic.subnet_mask, nic.gateway];
  return {
    bridge: nic.ovs ?? undefined,
    vlan: nic.vlan_uuid ?? undefined,
    model: nic.model ?? undefined,
    mirror: nic.mirror ?? undefined,
    link: nic.link ?? undefined,
    mac,
    address: ip ? { ip, netmask: netmask ?? "", ...(gateway && { gateway }) } : undefined,
  };
}

/** All virtual machines of the cluster. */
export async function listVms(context: Context): Promise<ListedVm[]> {
  const { data } = await fisheye(context).request({
    operation: `list the virtual machines of ${context.connection.name}`,
    method: "GET",
    path: VMS,
    schema: listOf(listedSchema),
    signal: context.signal,
  });
  return data;
}

const vmPath = (uuid: string) => pathTo`${VMS}/${uuid}`;

/** Throws NotFound where it is refused and the list has no such machine: no document shows what a missing one is answered with. */
export async function readVm(context: Context, uuid: string): Promise<SeenVm> {
  try {
    const { data } = await fisheye(context).request({
      operation: `read virtual machine ${uuid} of ${context.connection.name}`,
      method: "GET",
      path: vmPath(uuid),
      schema: vmSchema,
      signal: context.signal,
    });
    return data;
  } catch (error) {
    if (!(error instanceof Refused) || (await listVms(context)).some((vm) => vm.uuid === uuid)) throw error;
    throw new NotFound(
      `virtual machine ${uuid} stands no more on ${context.connection.name}`,
      "run pulumi refresh, then up",
    );
  }
}

/** Makes a virtual machine, and waits for the job. `known` is called with its uuid as soon as the job names it. */
export async function createVm(
  context: Context,
  name: string,
  body: object,
  known: (uuid: string) => void,
): Promise<string> {
  const job = await started(context, `make virtual machine ${name}`, "POST", VMS, body);
  context.accepted();
  let uuid: string | undefined;
  await awaitJob(context, `making virtual machine ${name}`, job, ({ resources }) => {
    const made = Object.entries(resources ?? {}).find(([, resource]) => resource["vm_name"] === name)?.[0];
    if (made && !uuid) known(made);
    uuid ??= made;
  });
  // A job that names no machine has made it all the same: it is looked for by its name.
  uuid ??= (await listVms(context)).find((vm) => vm.name === name)?.uuid;
  if (!uuid) throw new NotFound(`virtual machine ${name} is not there though its job is done`, "up again");
  return uuid;
}

/** Changes what the body has, and waits for the job. The runbook has it of nics, a public client of the rest. */
export async function changeVm(context: Context, { uuid, name }: ListedVm, what: string, body: object): Promise<void> {
  const change = `change ${what} of virtual machine ${name}`;
  const job = await whenFree(context, `virtual machine ${name}`, () =>
    started(context, change, "PUT", vmPath(uuid), body),
  );
  await awaitJob(context, `changing ${what} of virtual machine ${name}`, job);
}

/**
 * Starts or stops it, and waits for the job (facts, part B 5B 7). `force`: without asking the guest. One that a job of
 * an earlier run brings to the same is left to that.
 */
export async function switchPower(
  context: Context,
  { uuid, name }: ListedVm,
  to: "start" | { stop: { force: boolean } },
): Promise<void> {
  const [verb, body, gerund, status] =
    to === "start"
      ? ["start", { auto_schedule: true }, "starting", "running"]
      : ["stop", to.stop, "stopping", "stopped"];
  const job = await whenFree(context, `virtual machine ${name}`, async (again) => {
    const isDone = async () => (await readVm(context, uuid)).status === status;
    if (again && (await isDone())) return undefined;
    try {
      return await started(context, `${verb} virtual machine ${name}`, "POST", pathTo`${vmPath(uuid)}/${verb}`, body);
    } catch (error) {
      // Refused where it has come to that since it was looked at: by a job of an earlier run, or by somebody else.
      if (error instanceof Refused && !isBusy(error) && (await isDone())) return undefined;
      throw error;
    }
  });
  if (job !== undefined) await awaitJob(context, `${gerund} virtual machine ${name}`, job);
}

/** Deletes it, with its disks where told so, and waits for the job (facts, part B 5B 7). Throws NotFound once it is gone. */
export async function deleteVm(context: Context, { uuid, name }: ListedVm, volumes: boolean): Promise<void> {
  const job = await whenFree(context, `virtual machine ${name}`, async (again) => {
    if (again) await readVm(context, uuid);
    try {
      return await started(context, `delete virtual machine ${name}`, "DELETE", vmPath(uuid), {
        include_volumes: volumes,
      });
    } catch (error) {
      // Sent again after a lost answer, it is refused where the first one has deleted the machine: then there is none.
      if (error instanceof Refused && !isBusy(error)) await readVm(context, uuid);
      throw error;
    }
  });
  await awaitJob(context, `deleting virtual machine ${name}`, job);
}

/** Sends a call that starts a job. Returns the job's id. */
async function started(
  context: Context,
  what: string,
  method: "POST" | "PUT" | "DELETE",
  path: Path,
  body: object,
): Promise<string> {
  const { data } = await fisheye(context).request({
    operation: `${what} on ${context.connection.name}`,
    method,
    path,
    body,
    schema: jobStarted,
    signal: context.signal,
  });
  return data.job_id;
}

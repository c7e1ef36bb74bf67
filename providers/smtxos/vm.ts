import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { NotFound, PlanConflict, TimedOut } from "../kernel/errors";
import { output } from "../kernel/example";
import type { Context } from "../kernel/resource";
import { isAnswerLost, reasonOf } from "../kernel/wire-errors";
import { DeployedSwitch } from "./deployed-switch";
import { IsoImage } from "./iso-image";
import { PlatformVlan } from "./platform-vlan";
import { StoragePolicy } from "./storage-policy";
import {
  changeVm,
  createVm,
  deleteVm,
  listVms,
  type NicAddress,
  readVm,
  type SeenVm,
  switchPower,
  type VmNic,
} from "./vms";

const addressSchema = z.strictObject({
  ip: z.ipv4().describe("address of the guest"),
  netmask: z.ipv4().describe("as 255.255.255.0"),
  gateway: z.ipv4().optional().describe("default gateway"),
});
const inputs = z.strictObject({
  connection: connectionSchema,
  name: z.string().min(1).describe("vm_name; of CloudTower 集群管理信息!B3 in lower case"),
  description: z.string().default("").describe("free text"),
  sockets: z.int().min(1).default(8).describe("CPU sockets; vcpu is sockets times cores"),
  cores: z.int().min(1).default(1).describe("cores of each socket"),
  memory: z.int().min(1).default(20_401_094_656).describe("bytes"),
  disks: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("name of the volume, as cloudtower-os"),
        size: z.int().min(1).default(429_496_729_600).describe("bytes"),
        storagePolicy: z.string().min(1).describe("id of the storage policy, from StoragePolicy"),
        bus: z.string().min(1).default("virtio").describe("how it is connected: virtio, scsi, ide"),
      }),
    )
    .min(1)
    .describe("its disks, made with it; the first one boots"),
  cdroms: z.array(z.string().min(1)).default([]).describe("image_path of each image in a drive, from IsoImage"),
  nics: z
    .array(
      z.strictObject({
        bridge: z.string().min(1).describe("ovsbr_name of the switch, from DeployedSwitch or VirtualDistributedSwitch"),
        vlan: z.string().min(1).describe("id of the network, from PlatformVlan or Vlan"),
        model: z.string().min(1).default("virtio").describe("what the guest sees"),
        mirror: z.boolean().default(false).describe("whether it gets the network's mirrored traffic"),
        link: z.enum(["up", "down"]).default("up").describe("whether its cable is plugged in"),
        address: addressSchema
          .optional()
          .describe("set through the guest tools once they run; left out, the guest's own affair"),
      }),
    )
    .default([])
    .describe("its network ports"),
  ha: z.boolean().default(true).describe("started on another host when its own fails"),
  nestedVirtualization: z.boolean().default(false).describe("whether it may run virtual machines itself"),
  cpuModel: z.string().min(1).default("cluster_default").describe("the CPU that the guest sees"),
  firmware: z.string().min(1).default("BIOS").describe("how it boots: BIOS, UEFI"),
  autoSchedule: z.boolean().default(true).describe("whether the cluster chooses its host"),
  running: z.boolean().default(true).describe("whether it runs; false shuts it down by way of the guest"),
  deleteVolumes: z
    .boolean()
    .default(false)
    .describe("whether its disks, and all that is on them, are deleted with it; otherwise they stay as volumes"),
});
type Inputs = z.output<typeof inputs>;
type Address = z.output<typeof addressSchema>;

/** Vendor milliseconds between two looks at a guest that is being installed (facts, part A 4.5). */
const GUEST_LOOK = 10_000;
/** Vendor milliseconds after which a guest without tools is spoken of (30 minutes: facts, part A 4.5). */
const GUEST_USUAL = 30 * 60_000;
/** Vendor milliseconds that what a job has done may lag behind; no document gives a figure. */
const LAG = 120_000;

const NO_TOOLS =
  "the image must be one whose installation brings the guest tools (SVT) along: the vendor's own CloudTower ISO does not, its kickstart has to be changed. With such a one in its place in the media folder, delete this machine in Fisheye, then pulumi refresh and up";

/** A virtual machine (elf). */
export const Vm = defineResource({
  type: "smtxos:Vm",
  sort: "object",
  doc: "A virtual machine, by `POST /api/v2/vms` and its job (runbook, stage 04 创建cloudtower虚拟机并挂载ISO, whose values are the defaults here). The address of a network port is set by `PUT /api/v2/vms/{uuid}` through the guest tools, once `ga_state` is Running. Name, `ha` and, of a stopped machine, CPUs and memory are changed by the same PUT, as a public client does; what else is changed is refused, for no document shows how. It is never replaced, and never stopped to be changed. Its volumes go with it only where `deleteVolumes` says so.",
  inputs,
  outputs: z.strictObject({
    uuid: z.string().describe("id of the machine"),
    macs: z.array(z.string()).describe("hardware address of each network port, in the plan's order"),
    volumes: z.array(z.string()).describe("id of the volume of each disk"),
  }),
  example: {
    args: {
      name: "cloudtower",
      disks: [{ name: "cloudtower-os", storagePolicy: output(StoragePolicy, "uuid") }],
      cdroms: [output(IsoImage, "path")],
      nics: [
        {
          bridge: output(DeployedSwitch, "bridge"),
          vlan: output(PlatformVlan, "uuid"),
          address: { ip: "10.0.20.15", netmask: "255.255.255.0", gateway: "10.0.20.1" },
        },
      ],
      deleteVolumes: true,
    },
    changed: { ha: false },
  },
  key: ({ name }) => name,
  // Of an image that installs itself (15 minutes in the runbook's sample); the runbook's clients wait for 30.
  timeouts: { create: 60 * 60_000, update: 60 * 60_000 },
  // Whether the list shows a machine before the job that makes it has ended, no document says.
  listedLate: LAG,

  async find(context, { name }) {
    return (await listVms(context)).filter((vm) => vm.name === name).map(({ uuid }) => ({ id: uuid }));
  },

  async create(context, wanted) {
    context.progress(`making virtual machine ${wanted.name}`);
    return createVm(context, wanted.name, creation(wanted), (uuid) => context.checkpoint(uuid));
  },

  async sync(context, id, wanted, prior) {
    // Whatever had its addresses before, a new machine has host keys of its own; so has one that an earlier run began.
    if (context.isBegun) renewHostKeys(context, wanted);
    let stands = prior ? await readVm(context, id) : await untilMade(context, id, wanted);
    refuseFixed(context, stands, wanted, prior);
    if (!wanted.running && stands.status !== "stopped") stands = await setPower(context, stands, false);
    stands = await setHardware(context, stands, wanted);
    if (wanted.running && stands.status !== "running") stands = await setPower(context, stands, true);
    stands = await setAddresses(context, stands, wanted);
    return outputsOf(stands);
  },

  async read(context, id, prior) {
    try {
      const stands = await readVm(context, id);
      return { inputs: seenInputs(stands, prior), outputs: outputsOf(stands) };
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  },

  async delete(context, id, { deleteVolumes }) {
    let stands = await readVm(context, id);
    // Nothing of the guest is wanted any more, and one that is being installed would not heed a polite word.
    if (stands.status !== "stopped") stands = await setPower(context, stands, false, true);
    const volumes = (stands.disks ?? []).map(({ name = "without a name", volume }) => `${name} (${volume})`);
    await deleteVm(context, stands, deleteVolumes);
    if (!deleteVolumes && volumes.length > 0)
      context.warn(
        `of virtual machine ${stands.name} these volumes stay, as deleteVolumes is not set: ${volumes.join(", ")}`,
      );
    return "gone";
  },
});

/** The runbook's request; hasNormalVol and its like are the vendor's own page's, and say that no volume is brought along. */
function creation(wanted: Inputs) {
  return {
    vm_name: wanted.name,
    description: wanted.description,
    vcpu: wanted.sockets * wanted.cores,
    memory: wanted.memory,
    cpu: { topology: { sockets: wanted.sockets, cores: wanted.cores } },
    nics: wanted.nics.map(nicBody),
    disks: [
      ...wanted.disks.map(({ name, size, storagePolicy, bus }) => ({
        type: "disk",
        bus,
        storage_policy_uuid: storagePolicy,
        name,
        quota_policy: null,
        size_in_byte: size,
      })),
      ...wanted.cdroms.map((path) => ({ type: "cdrom", bus: "ide", path, disabled: false })),
    ],
    ha: wanted.ha,
    nested_virtualization: wanted.nestedVirtualization,
    hasNormalVol: false,
    hasSharedVol: false,
    hasVolume: false,
    cpu_model: wanted.cpuModel,
    firmware: wanted.firmware,
    diskNamePrefix: wanted.name,
    folder_uuid: null,
    node_ip: null,
    auto_schedule: wanted.autoSchedule,
    existDisks: [],
    quota_policy: null,
    status: wanted.running ? "running" : "stopped",
  };
}

function renewHostKeys({ workspace: { transport } }: Context, { nics }: Inputs): void {
  for (const { address } of nics) if (address) transport.trust.renew(address.ip, 22);
}

function nicBody({ bridge, vlan, model, mirror, link }: Inputs["nics"][number]) {
  return { ovs: bridge, vlan_uuid: vlan, model, mirror, link };
}

/**
 * The machine once its making has ended. One whose request lost its answer, or whose run was killed, may still be in
 * its job, which nobody can ask for: it then gets a while to become what it was asked to be.
 */
async function untilMade(context: Context, id: string, wanted: Inputs): Promise<SeenVm> {
  const first = await readVm(context, id);
  if (!context.isBegun) return first;
  return (await untilStatus(context, first, wanted.running ? "running" : "stopped")) ?? readVm(context, id);
}

/** Undefined when it does not come to that within a while. */
async function untilStatus(context: Context, { uuid, name }: SeenVm, status: string): Promise<SeenVm | undefined> {
  try {
    return await context.wait<SeenVm>(
      `virtual machine ${name} ${status}`,
      async () => {
        const seen = await readVm(context, uuid);
        return seen.status === status ? { done: seen } : { pending: seen.status };
      },
      { interval: 1_000, cap: 5_000, atMost: LAG },
    );
  } catch (error) {
    if (error instanceof TimedOut) return undefined;
    throw error;
  }
}

async function setPower(context: Context, stands: SeenVm, on: boolean, force = false): Promise<SeenVm> {
  const status = on ? "running" : "stopped";
  context.progress(`${on ? "starting" : "stopping"} virtual machine ${stands.name}`);
  let lost: unknown;
  try {
    await switchPower(context, stands, on ? "start" : { stop: { force } });
  } catch (error) {
    // What has lost its answer is looked for, and not sent again.
    if (!isAnswerLost(error)) throw error;
    lost = error;
  }
  const seen = await untilStatus(context, stands, status);
  if (seen) return seen;
  if (lost) throw lost;
  throw new TimedOut(
    `virtual machine ${stands.name} is not ${status} though its job is done`,
    "look at it in Fisheye, then run up again",
  );
}

/** Refuses what no document shows how to change, before anything is written. */
function refuseFixed(context: Context, stands: SeenVm, wanted: Inputs, prior: Inputs | undefined): void {
  const seen = seenInputs(stands, wanted);
  const fixed = ["description", "disks", "nestedVirtualization", "cpuModel", "firmware", "autoSchedule"] as const;
  const others = fixed.filter((name) => name in seen && !isDeepStrictEqual(seen[name], wanted[name]));
  const ports = (nics: Inputs["nics"]) => nics.map(({ address: _address, ...port }) => port);
  const differences = others.map(
    (name) => `${name} stands as ${JSON.stringify(seen[name])}, planned is ${JSON.stringify(wanted[name])}`,
  );
  if (seen.nics && !isDeepStrictEqual(ports(seen.nics), ports(wanted.nics)))
    differences.push(
      `nics stand as ${JSON.stringify(ports(seen.nics))}, planned are ${JSON.stringify(ports(wanted.nics))}`,
    );
  // What lies in a drive after the installation is nobody's business but the operator's, so it is not compared.
  if (prior && !isDeepStrictEqual(prior.cdroms, wanted.cdroms))
    differences.push(`cdroms were ${JSON.stringify(prior.cdroms)}, planned are ${JSON.stringify(wanted.cdroms)}`);
  const { sockets, cores, memory } = { ...wanted, ...told(stands) };
  const vcpus = sockets !== wanted.sockets || cores !== wanted.cores;
  if (stands.status !== "stopped" && wanted.running && (vcpus || memory !== wanted.memory)) {
    throw new PlanConflict(
      `${context.label} on ${context.connection.name} runs with ${sockets} × ${cores} CPUs and ${memory} bytes, planned are ${wanted.sockets} × ${wanted.cores} and ${wanted.memory}: they change on a stopped machine alone, and it is not stopped for that unasked`,
      "set running to false and run up, then change them, set running to true and run up; or change them in CloudTower, then up --refresh",
    );
  }
  if (differences.length === 0) return;
  throw new PlanConflict(
    `${context.label} on ${context.connection.name} cannot be brought to the plan, for Fisheye's documents show no call for it: ${differences.join("; ")}`,
    "change it in Fisheye or CloudTower, then up --refresh; or put the plan back",
  );
}

/** Name, ha, CPUs and memory: a public client sends each with cpu and ha as they are. */
async function setHardware(context: Context, stands: SeenVm, wanted: Inputs): Promise<SeenVm> {
  const { sockets, cores } = wanted;
  const known = { ...wanted, ...told(stands) };
  const changes: [name: string, body: object][] = [];
  if (stands.name !== wanted.name) changes.push(["the name", { vm_name: wanted.name }]);
  if (known.ha !== wanted.ha) changes.push(["ha", {}]);
  if (known.sockets !== sockets || known.cores !== cores) changes.push(["the CPUs", { vcpu: sockets * cores }]);
  if (known.memory !== wanted.memory) changes.push(["the memory", { memory: wanted.memory }]);
  if (changes.length === 0) return stands;
  if (stands.name !== wanted.name) await refuseTakenName(context, stands, wanted.name);
  const what = changes.map(([name]) => name).join(", ");
  context.progress(`changing ${what} of virtual machine ${stands.name}`);
  const body = { cpu: { topology: { sockets, cores } }, ha: wanted.ha };
  await changeVm(context, stands, what, Object.assign(body, ...changes.map(([, part]) => part)));
  return readVm(context, stands.uuid);
}

/** Whether the site would refuse a second one of that name, no document says. */
async function refuseTakenName(context: Context, { uuid, name }: SeenVm, wanted: string): Promise<void> {
  const other = (await listVms(context)).find((vm) => vm.name === wanted && vm.uuid !== uuid);
  if (!other) return;
  throw new PlanConflict(
    `virtual machine ${name} on ${context.connection.name} cannot be named ${wanted}: another one has that name (id ${other.uuid})`,
    "rename or remove the other one, or name it otherwise in the plan",
  );
}

/** Sets the addresses that the guest does not have, once its tools run. */
async function setAddresses(context: Context, stands: SeenVm, wanted: Inputs): Promise<SeenVm> {
  if (!wanted.nics.some(({ address }) => address)) return stands;
  if (!wanted.running) {
    context.info(`the addresses of virtual machine ${wanted.name} are set once it runs`);
    return stands;
  }
  const ready = await untilTools(context, stands);
  const have = (seen: SeenVm) => wanted.nics.every(({ address }, index) => hasAddress(seen, index, address));
  if (have(ready)) return ready;
  context.progress(`setting the addresses of virtual machine ${wanted.name}`);
  const nics = wanted.nics.map((nic, index) => ({
    ...nicBody(nic),
    mac_address: ready.nics?.[index]?.mac,
    ...(nic.address && {
      ip_address: nic.address.ip,
      subnet_mask: nic.address.netmask,
      ...(nic.address.gateway && { gateway: nic.address.gateway }),
    }),
  }));
  await changeVm(context, ready, "the addresses", { nics });
  try {
    return await context.wait<SeenVm>(
      `the addresses of virtual machine ${wanted.name} in its guest`,
      async () => {
        const seen = await readVm(context, ready.uuid);
        return have(seen) ? { done: seen } : { pending: "not shown yet" };
      },
      { interval: 1_000, cap: GUEST_LOOK, atMost: LAG },
    );
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    context.warn(`the site does not show the addresses of virtual machine ${wanted.name}; look at it in Fisheye`);
    return ready;
  }
}

/** ga_state alone counts: the runbook's sample of a guest that is ready has guest_os_type unknown (facts, part B 5B 11). */
async function untilTools(context: Context, { uuid, name }: SeenVm): Promise<SeenVm> {
  const toolsRun = (hints: { atMost?: number }) =>
    context.wait<SeenVm>(
      `the guest tools of virtual machine ${name}`,
      async () => {
        const seen = await readVm(context, uuid);
        return seen.tools === "Running" ? { done: seen } : { pending: `ga_state ${seen.tools ?? "not told"}` };
      },
      { interval: GUEST_LOOK / 4, cap: GUEST_LOOK, ...hints },
    );
  try {
    return await toolsRun({ atMost: GUEST_USUAL });
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    context.warn(`${reasonOf(error)}; ${NO_TOOLS}`);
  }
  try {
    return await toolsRun({});
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    throw new TimedOut(reasonOf(error), `${NO_TOOLS}; ${error.hint}`);
  }
}

/** A mask or gateway that the site does not tell is no difference. */
function hasAddress({ nics }: SeenVm, index: number, wanted: Address | undefined): boolean {
  if (!wanted) return true;
  const { ip, netmask, gateway } = nics?.[index]?.address ?? {};
  return (
    ip === wanted.ip &&
    (!netmask || netmask === wanted.netmask) &&
    (!gateway || !wanted.gateway || gateway === wanted.gateway)
  );
}

/** What the site tells, and no more: what it leaves out is not known, and neither nothing nor a difference. */
function told<T extends object>(seen: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== undefined)) as never;
}

/** What the site has, in the plan's terms; what it does not tell, or an address that cannot be seen now, stays as it is known. */
function seenInputs(stands: SeenVm, known: Inputs): Partial<Inputs> {
  const { name, description, sockets, cores, memory, ha, nestedVirtualization, autoSchedule } = stands;
  return {
    ...told({ name, description, sockets, cores, memory, ha, nestedVirtualization, autoSchedule }),
    ...(stands.cpuModel && { cpuModel: stands.cpuModel }),
    ...(stands.firmware && { firmware: stands.firmware }),
    running: stands.status === "running",
    ...(stands.disks && {
      disks: stands.disks.map(({ volume: _volume, ...disk }, index) => ({
        ...(known.disks[index] as Inputs["disks"][number]),
        ...told(disk),
      })),
    }),
    ...(stands.nics && { nics: seenNics(stands, stands.nics, known.nics) }),
  };
}

function seenNics({ tools }: SeenVm, nics: VmNic[], known: Inputs["nics"]): Inputs["nics"] {
  return nics.map(({ mac: _mac, address, ...shown }, index) => {
    const { address: planned, ...before } = known[index] ?? {};
    const port = { ...before, ...told(shown) } as Omit<Inputs["nics"][number], "address">;
    if (!planned) return port;
    if (tools !== "Running") return { ...port, address: planned };
    return address ? { ...port, address: asPlanned(address, planned) } : port;
  });
}

/** A mask or gateway that the site does not tell stays as it is known. */
function asPlanned({ ip, netmask, gateway }: NicAddress, planned: Address): Address {
  const via = gateway && planned.gateway ? gateway : planned.gateway;
  return { ip, netmask: netmask || planned.netmask, ...(via && { gateway: via }) };
}

function outputsOf({ uuid, nics, disks }: SeenVm) {
  return {
    uuid,
    macs: (nics ?? []).map(({ mac }) => mac),
    volumes: (disks ?? []).map(({ volume }) => volume),
  };
}

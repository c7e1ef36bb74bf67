import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { limitBody } from "./io-limits";
import { cdRomBody } from "./vm-cd-roms";
import { diskBodies } from "./vm-disks";
import { isCopy, type VmInputs } from "./vm-inputs";
import { marked } from "./vm-mark";
import { nicBody } from "./vm-nics";
import { ownerBody } from "./vm-owner";
import { named } from "./vm-seen";
import { copyRequest } from "./vm-source";

/** How a machine boots, unless the plan or its source says. */
export const FIRMWARE = "BIOS";

/** Options that are changed on a stopped machine alone. */
export const ADVANCED = ["videoType", "cpuModel", "clockOffset"] as const;
/** What a machine is given once it is made, and before it is started. */
const LATER = ["host", "placementGroup", ...ADVANCED] as const;

interface Creation {
  path: Path;
  body: object;
}

/** The request that makes a machine, of its own or from its source. */
export function creationOf(context: Context, wanted: VmInputs): Promise<Creation> {
  return isCopy(wanted) ? copying(context, wanted) : creation(context, wanted);
}

/** Whether the request that makes a machine starts it, too. */
export function isStartedAtOnce(wanted: VmInputs): boolean {
  return !isCopy(wanted) && wanted.status !== "STOPPED" && LATER.every((field) => wanted[field] === undefined);
}

async function creation(context: Context, wanted: VmInputs): Promise<Creation> {
  const { cluster, firmware = FIRMWARE, disks = [], cdRoms = [], nics = [] } = wanted;
  const status = isStartedAtOnce(wanted) ? "RUNNING" : "STOPPED";
  const planned = disks.map((disk, at) => ({ disk, boot: at + 1 }));
  const [vm_disks, mount_cd_roms, vm_nics, like] = await Promise.all([
    diskBodies(context, cluster, planned),
    Promise.all(cdRoms.map((cdRom, at) => cdRomBody(context, cluster, cdRom, disks.length + at + 1))),
    Promise.all(nics.map((nic) => nicBody(context, cluster, nic))),
    basics(context, wanted),
  ]);
  const { ioPolicy: io_policy } = wanted;
  // One that is made from something gets its limits before it starts: not every such request has a word for all of them.
  const limits = io_policy && { io_policy, ...limitBody(wanted) };
  const parts = { vm_nics, vm_disks: { ...vm_disks, mount_cd_roms } };
  return { path: pathTo`/create-vm`, body: { ...like, cluster_id: cluster, firmware, status, ...limits, ...parts } };
}

/** The request for a machine that is made from something. Stopped, as the plan may have it with other disks. */
async function copying(context: Context, wanted: VmInputs): Promise<Creation> {
  const { cluster, firmware, nics } = wanted;
  const [{ path, fields }, vm_nics, like] = await Promise.all([
    copyRequest(context, wanted),
    nics && Promise.all(nics.map((nic) => nicBody(context, cluster, nic))),
    basics(context, wanted),
  ]);
  const more = { ...(firmware && { firmware }), ...(vm_nics && { vm_nics }) };
  return { path, body: { ...like, ...more, ...fields, status: "STOPPED" } };
}

/** What every creation has. */
async function basics(context: Context, wanted: VmInputs) {
  const { cluster, name, description, vcpu, cpuCores = 1, memory, ha, haPriority, folder, guestOsType, owner } = wanted;
  const owned = owner === undefined ? {} : { owner: await ownerBody(context, owner) };
  const folder_id = folder && (await named(context, "folder", cluster, folder));
  return {
    name,
    description: marked(description, context),
    ...(vcpu !== undefined && { vcpu, cpu_cores: cpuCores, cpu_sockets: vcpu / cpuCores }),
    ...(memory !== undefined && { memory, memory_unit: "B" }),
    ha,
    ...(haPriority && { ha_priority: haPriority }),
    ...(guestOsType && { guest_os_type: guestOsType }),
    ...(folder_id && { folder_id }),
    ...owned,
  };
}

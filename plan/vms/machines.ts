import { addressText } from "../ipv4";
import { addressesOf } from "./addresses";
import { namesOf } from "./numbers";
import { isCopy, isOfTemplate, SOURCES, type VmEntry, type VmSpec, type VmsPlan } from "./vms-plan";

type Nic = Omit<NonNullable<VmSpec["nics"]>[number], "firstNumber">;
type Disk = NonNullable<VmSpec["disks"]>[number] & { name: string };

/** A machine as `cloudtower:Vm` takes it, but for its cluster. */
export interface PlannedVm extends Omit<VmSpec, "iso" | "disks" | "nics"> {
  /** What the stack knows it by. */
  key: string;
  name: string;
  /** Undefined: those of what it is made from. */
  disks?: Disk[];
  nics?: Nic[];
}

/** The machines of a plan without errors, in its order. */
export function machinesOf({ defaults, vms }: VmsPlan): PlannedVm[] {
  return vms.flatMap((entry) => {
    const { names, numbers } = namesOf(entry.name) ?? { names: [entry.name], numbers: [undefined] };
    const keys = namesOf(entry.key ?? entry.name)?.names ?? [entry.key ?? entry.name];
    const spec = specOf(entry, defaults);
    return names.map((name, i) => machine(ofOne(spec, i), { name, key: keys[i] ?? name, number: numbers[i] }));
  });
}

/**
 * What an entry comes to: each field that it has is its own, lists too, and the others are those of the defaults, but for
 * their source, and what goes with such a source alone, where it has its own.
 */
export function specOf({ name: _name, key: _key, ...own }: VmEntry, defaults: VmSpec = {}): VmSpec {
  const hasSource = SOURCES.some((source) => own[source] !== undefined);
  const left: string[] = hasSource ? [...SOURCES] : [];
  if (hasSource && !isCopy(own)) left.push("fullCopy");
  if (hasSource && !isOfTemplate(own)) left.push("cloudInit");
  return { ...defaults, ...Object.fromEntries(left.map((field) => [field, undefined])), ...told(own) };
}

/** The name of a disk that has none: it goes with the key, which no change of the machine's name touches. */
export function diskName(key: string, at: number): string {
  return `${key}-${at + 1}`;
}

/** With the host name of the machine at this place of an entry. */
function ofOne({ hostname, cloudInit, ...spec }: VmSpec, at: number): VmSpec {
  const own = (text: string | undefined) => (text === undefined ? text : (namesOf(text)?.names[at] ?? text));
  return {
    ...spec,
    hostname: own(hostname),
    cloudInit: cloudInit && told({ ...cloudInit, hostname: own(cloudInit.hostname) }),
  };
}

function machine(
  { iso, disks, nics, cdRoms, ...spec }: VmSpec,
  { name, key, number }: { name: string; key: string; number: number | undefined },
): PlannedVm {
  const drives = iso === undefined ? cdRoms : [{ image: iso }, ...(cdRoms ?? []).slice(1)];
  return {
    key,
    name,
    ...told(spec),
    ...(drives && { cdRoms: drives }),
    ...(disks && { disks: disks.map((disk, at) => ({ ...told(disk), name: disk.name ?? diskName(key, at) })) }),
    ...(nics && { nics: nics.map((nic) => nicOf(nic, number)) }),
  };
}

function nicOf(
  { firstNumber, ipAddress, subnetMask, gateway, ...nic }: NonNullable<VmSpec["nics"]>[number],
  number: number | undefined,
): Nic {
  const address = addressesOf({ ipAddress, firstNumber })(number);
  const own = address === undefined ? {} : { ipAddress: addressText(address), subnetMask, gateway };
  return { ...told(nic), ...told(own) } as Nic;
}

/** Without what is not told: a field that is there and undefined would hide that of the defaults. */
function told<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

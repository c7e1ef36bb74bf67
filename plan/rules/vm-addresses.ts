import type { Draft, Path } from "../draft";
import {
  addressNumber,
  addressText,
  type Block,
  blockOf,
  isInside,
  isReserved,
  prefixOf,
  unusableRange,
} from "../ipv4";
import { addressesOf, isOneAddress, rangeOf } from "../vms/addresses";
import type { VmSpec } from "../vms/vms-plan";
import type { DeepPartial } from "./partial-plan";
import { report } from "./report";
import { type Entry, type PartialVmsPlan, writtenSpecs } from "./vm-entries";

type Nic = DeepPartial<NonNullable<VmSpec["nics"]>[number]>;

/** A machine that has an address, or CloudTower itself. */
interface Owner {
  path: Path;
  vm: string;
}

/** The addresses of the machines' network ports: each written one, and what it comes to for each machine. */
export function checkVmAddresses(draft: Draft, plan: PartialVmsPlan, entries: Entry[]): void {
  for (const { path, spec } of writtenSpecs(plan))
    for (const [i, nic] of (spec.nics ?? []).entries()) if (nic) checkNic(draft, [...path, "nics", i], nic);
  const owners = new Map<number, Owner>();
  const tower = addressNumber(plan.cloudtower ?? "");
  if (tower !== undefined) owners.set(tower, { path: ["cloudtower"], vm: "CloudTower" });
  const macs = new Map<string, Owner>();
  for (const entry of entries) {
    for (const [i, nic] of (entry.spec.nics ?? []).entries()) {
      if (!nic) continue;
      const path = [...entry.pathOf("nics"), i];
      checkEntry(draft, entry, { nic, path }, owners);
      checkMac(draft, entry, { nic, path }, macs);
    }
  }
}

function checkNic(draft: Draft, path: Path, nic: Nic): void {
  const { ipAddress, subnetMask, gateway } = nic;
  const [at, mask] = [
    [...path, "ipAddress"],
    [...path, "subnetMask"],
  ];
  // What was refused is there, and undefined.
  const isHalf = "ipAddress" in nic !== "subnetMask" in nic || ("gateway" in nic && !("ipAddress" in nic));
  if (isHalf) report(draft, "vm-address-half", path);
  const range = rangeOf(ipAddress);
  if (range && range.first > range.last) report(draft, "vm-range-backwards", at, { value: ipAddress });
  const unusable = range && [range.first, range.last].find((address) => unusableRange(address));
  if (unusable !== undefined)
    report(draft, "address-unusable", at, {
      value: addressText(unusable),
      params: { range: unusableRange(unusable) ?? "" },
    });
  if (subnetMask !== undefined && prefixOf(subnetMask) === undefined)
    report(draft, "vm-mask-invalid", mask, { value: subnetMask });
  const subnet = subnetOf({ ipAddress, subnetMask });
  if (!range || !subnet) return;
  const params = { subnet: subnet.text };
  if (!isInside(range.last, subnet.block))
    report(draft, "vm-range-outside", at, { value: ipAddress, other: mask, params });
  const router = addressNumber(gateway ?? "");
  if (router !== undefined && !isInside(router, subnet.block))
    report(draft, "vm-gateway-outside", [...path, "gateway"], { value: gateway, other: at, params });
}

/** The subnet of an address, or of the first of a range. */
function subnetOf({ ipAddress, subnetMask }: Nic): { block: Block; text: string } | undefined {
  const [range, prefix] = [rangeOf(ipAddress), prefixOf(subnetMask)];
  const block = range && prefix !== undefined ? blockOf(`${addressText(range.first)}/${prefix}`) : undefined;
  return block && { block, text: `${addressText(block.first)}/${prefix}` };
}

/** A network port of an entry, with where it is written. */
interface Port {
  nic: Nic;
  path: Path;
}

/** What the address of a network port comes to for the machines of an entry. Each thing is said once of an entry. */
function checkEntry(draft: Draft, { path, names }: Entry, { nic, path: port }: Port, owners: Map<number, Owner>): void {
  const { ipAddress, firstNumber = 1, gateway } = nic;
  const range = rangeOf(ipAddress);
  if (!names || ipAddress === undefined || !range || range.first > range.last) return;
  const written = [...port, "ipAddress"];
  // What the defaults say is right or wrong by who has it.
  const at = port[0] === "vms" ? written : [...path, "name"];
  const count = names.names.length;
  if (isOneAddress(ipAddress) && count > 1) {
    report(draft, "vm-address-many", at, { value: ipAddress, params: { count }, other: written });
    return;
  }
  const addressFor = addressesOf(nic);
  const without = names.numbers.findIndex((number) => addressFor(number) === undefined);
  if (without >= 0) {
    const [vm, number] = [names.names[without] ?? "", names.numbers[without]];
    const last = firstNumber + range.last - range.first;
    const params = { vm, range: ipAddress, first: firstNumber, last };
    const code = number === undefined ? "vm-range-unnumbered" : "vm-range-short";
    report(draft, code, [...path, "name"], { value: vm, params, other: written });
  }
  const subnet = subnetOf(nic);
  const said = new Set<string>();
  const once = (code: Parameters<typeof report>[1], details: Parameters<typeof report>[3]) => {
    if (!said.has(code)) report(draft, code, at, details);
    said.add(code);
  };
  for (const [i, number] of names.numbers.entries()) {
    const address = addressFor(number);
    if (address === undefined) continue;
    const [vm, value] = [names.names[i] ?? "", addressText(address)];
    const other = owners.get(address);
    if (other) once("vm-address-twice", { value, other: other.path, params: { vm, otherVm: other.vm } });
    else owners.set(address, { path: at, vm });
    if (value === gateway) once("vm-address-gateway", { value, other: [...port, "gateway"], params: { vm } });
    if (subnet && isReserved(address, subnet.block))
      once("address-reserved", { value, other: [...port, "subnetMask"], params: { subnet: subnet.text } });
  }
}

function checkMac(draft: Draft, { path, names }: Entry, { nic, path: port }: Port, macs: Map<string, Owner>): void {
  const { macAddress: value } = nic;
  if (value === undefined || !names) return;
  const at = port[0] === "vms" ? [...port, "macAddress"] : [...path, "name"];
  const [vm = "", second] = names.names;
  const other = macs.get(value) ?? (second === undefined ? undefined : { path: [...port, "macAddress"], vm: second });
  if (other) report(draft, "vm-mac-twice", at, { value, other: other.path, params: { vm, otherVm: other.vm } });
  else macs.set(value, { path: at, vm });
}

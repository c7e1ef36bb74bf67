import { isDeepStrictEqual } from "node:util";
import { BadAnswer, PlanConflict, TimedOut } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import type { Failure } from "../kernel/schema";
import { reasonOf } from "../kernel/wire-errors";
import { qosBody, seenQos } from "./nic-qos";
import type { VmChange } from "./vm-change";
import type { VmInputs } from "./vm-inputs";
import { type NicRow, named, type SeenVm } from "./vm-seen";

type Nic = NonNullable<VmInputs["nics"]>[number];

const macOf = ({ mac_address }: NicRow) => mac_address?.toLowerCase();

/**
 * Where each planned NIC stands: by its hardware address, else by its network and place, else by place alone. `left`:
 * those that the plan does not have. Once all are as planned, each stands where it stood before.
 */
export function matchedNics(seen: SeenVm, nics: Nic[]) {
  const left = new Set(seen.nics);
  const found = new Map<Nic, NicRow>();
  const round = (fits: (nic: Nic, row: NicRow) => boolean) => {
    for (const nic of nics) {
      const row = found.has(nic) ? undefined : [...left].find((each) => fits(nic, each));
      if (!row) continue;
      found.set(nic, row);
      left.delete(row);
    }
  };
  const isOn = ({ vlan }: Nic, row: NicRow) => row.vlan?.name === vlan;
  round(({ macAddress }, row) => macAddress !== undefined && macOf(row) === macAddress);
  round((nic, row) => nic.macAddress === undefined && isOn(nic, row));
  // An address that no NIC has is rather that of a new one.
  round(({ macAddress }) => macAddress === undefined);
  round(isOn);
  round(() => true);
  // One that comes from another network has its place in the machine, which may be before those that are there already.
  for (const vlan of new Set(nics.map((nic) => nic.vlan))) {
    const alike = nics.filter((nic) => nic.vlan === vlan && nic.macAddress === undefined && found.has(nic));
    const rows = seen.nics.filter((row) => alike.some((nic) => found.get(nic) === row));
    for (const [at, nic] of alike.entries()) found.set(nic, rows[at] as NicRow);
  }
  return { matched: nics.map((nic) => ({ nic, stands: found.get(nic) })), left: [...left] };
}

/** The NICs as they stand, planned ones first. */
export function seenNics(seen: SeenVm, planned: Nic[]): Nic[] {
  const areToolsRunning = seen.row.vm_tools_status === "RUNNING";
  const { matched, left } = matchedNics(seen, planned);
  return [
    ...matched.flatMap(({ nic, stands }) => (stands ? [nicOf(stands, areToolsRunning, nic)] : [])),
    ...left.map((stands) => nicOf(stands, areToolsRunning)),
  ];
}

function nicOf(row: NicRow, areToolsRunning: boolean, planned?: Nic): Nic {
  const { ipAddress, subnetMask, gateway } = planned ?? {};
  // The address of a NIC that the plan gives none is the guest's own affair; of a guest without tools nobody knows it.
  const address = !areToolsRunning
    ? { ipAddress, subnetMask, gateway }
    : {
        ipAddress: row.ip_address || undefined,
        subnetMask: row.subnet_mask || undefined,
        gateway: gateway === undefined ? undefined : row.gateway || undefined,
      };
  return {
    vlan: row.vlan?.name ?? "",
    model: (row.model ?? planned?.model ?? "VIRTIO") as Nic["model"],
    ...(planned?.macAddress && row.mac_address ? { macAddress: row.mac_address.toLowerCase() } : {}),
    enabled: row.enabled ?? planned?.enabled ?? true,
    mirror: row.mirror ?? planned?.mirror ?? false,
    ...(ipAddress === undefined ? {} : told(address)),
    ...(planned?.qos && { qos: seenQos(row, planned.qos) }),
  };
}

/** Without what is not told: the engine's inputs have no such fields. */
function told<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

export async function nicBody(context: Context, cluster: string, nic: Nic) {
  const { vlan, model, macAddress, enabled, mirror, qos } = nic;
  const connect_vlan_id = await named(context, "network", cluster, vlan);
  const more = { ...(macAddress && { mac_address: macAddress }), ...(qos && { qos: qosBody(qos) }) };
  return { type: "VLAN", connect_vlan_id, model, enabled, mirror, ...more };
}

/** Takes out, changes and adds NICs, but for their addresses. */
export async function syncNics(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  const { cluster, nics } = wanted;
  if (!nics) return;
  for (const row of matchedNics(change.seen, nics).left) {
    // By machine and hardware address: the id of a NIC is another one after every update (cloudtower-api-faq).
    const body = { where: nicWhere(change, row), effect: { vm_ids: [change.id] } };
    await change.write(`take out NIC ${row.mac_address}`, pathTo`/remove-vm-nic-by-where`, body);
    if (change.seen.nics.some((each) => macOf(each) === macOf(row)))
      throw new BadAnswer(
        `CloudTower has taken NIC ${row.mac_address} out of machine ${wanted.name}, and shows it still`,
      );
  }
  for (const { nic, stands } of matchedNics(change.seen, nics).matched) {
    if (!stands) continue;
    const data = {
      ...(stands.vlan?.name === nic.vlan
        ? {}
        : { connect_vlan_id: await named(context, "network", cluster, nic.vlan) }),
      ...(stands.enabled === nic.enabled ? {} : { enabled: nic.enabled }),
      ...(stands.mirror === nic.mirror ? {} : { mirror: nic.mirror }),
      ...(!nic.macAddress || macOf(stands) === nic.macAddress ? {} : { mac_address: nic.macAddress }),
    };
    if (Object.keys(data).length === 0) continue;
    const body = { where: nicWhere(change, stands), data };
    await change.write(`change NIC ${stands.mac_address}`, pathTo`/update-vm-nic-advance-info`, body);
  }
  for (const at of nics.keys()) {
    const { nic, stands } = matchedNics(change.seen, nics).matched[at] ?? {};
    if (!nic?.qos || !stands || isDeepStrictEqual(seenQos(stands, nic.qos), nic.qos)) continue;
    const body = { where: nicWhere(change, stands), data: { qos: qosBody(nic.qos, stands) } };
    await change.write(`limit NIC ${stands.mac_address}`, pathTo`/update-vm-nic-qos-option`, body);
  }
  const missing = matchedNics(change.seen, nics).matched.flatMap(({ nic, stands }) => (stands ? [] : [nic]));
  if (missing.length === 0) return;
  const vm_nics = await Promise.all(missing.map((nic) => nicBody(context, cluster, nic)));
  await change.write("add NICs", pathTo`/add-vm-nic`, { where: { id: change.id }, data: { vm_nics } });
}

/** An address as the state has it once the guest was given it. */
export function givenAddresses(nics: Nic[] = []): string[] {
  return nics.flatMap(({ ipAddress, subnetMask, gateway }) =>
    ipAddress ? [[ipAddress, subnetMask, gateway].filter(Boolean).join(" ")] : [],
  );
}

/**
 * Sets the addresses that the plan has through the tools in the guest, once they run; those that it has been given by
 * then. Of a guest without tools nobody knows its addresses: one that it was given, as by cloud-init, is not set again.
 */
export async function syncAddresses(change: VmChange, before: string[]): Promise<string[]> {
  const { context, wanted } = change;
  const { nics = [] } = wanted;
  const given: string[] = [];
  for (const at of nics.keys()) {
    const { nic, stands } = matchedNics(change.seen, nics).matched[at] ?? {};
    if (!nic?.ipAddress || !nic.subnetMask || !stands) continue;
    const { ipAddress, subnetMask, gateway } = nic;
    const isSet =
      stands.ip_address === ipAddress &&
      stands.subnet_mask === subnetMask &&
      (gateway === undefined || stands.gateway === gateway);
    const [address = ""] = givenAddresses([nic]);
    const isKnown = change.seen.row.vm_tools_status === "RUNNING" || Boolean(stands.ip_address);
    if (!isSet && (isKnown || !before.includes(address))) {
      if (change.seen.row.status !== "RUNNING") {
        context.warn(`machine ${wanted.name} does not run: the address ${ipAddress} is set once it does`);
        continue;
      }
      await untilToolsRun(change);
      await change.write(`set the address ${ipAddress}`, pathTo`/update-vm-nic-basic-info`, {
        where: nicWhere(change, stands),
        data: { ip_address: ipAddress, subnet_mask: subnetMask, ...(gateway && { gateway }) },
      });
    }
    given.push(address);
  }
  return given;
}

/** Vendor milliseconds between two looks at a guest whose tools do not run yet. */
const TOOLS_LOOK = 10_000;

export async function untilToolsRun(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  try {
    await context.wait<void>(
      `the tools in the guest of machine ${wanted.name}`,
      async () => {
        await change.look();
        const status = change.seen.row.vm_tools_status;
        return status === "RUNNING" ? { done: undefined } : { pending: String(status ?? "not told") };
      },
      { interval: TOOLS_LOOK / 4, cap: TOOLS_LOOK },
    );
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    throw new TimedOut(
      reasonOf(error),
      "install the tools (SVT) in the guest, or leave out of the plan what needs them (ipAddress, waitFor), then up again; if they only need longer, raise the time-out",
    );
  }
}

function nicWhere(change: VmChange, { mac_address }: NicRow) {
  // Without one the condition would mean every NIC of the machine.
  if (!mac_address) throw new BadAnswer(`CloudTower shows a NIC of machine ${change.wanted.name} without mac_address`);
  return { vm: { id: change.id }, mac_address };
}

/** Refuses to take over a machine with NICs that the plan does not have. */
export function refuseStrangeNics({ seen, wanted }: VmChange): void {
  if (!wanted.nics) return;
  const { left } = matchedNics(seen, wanted.nics);
  if (left.length === 0) return;
  const names = left.map(({ mac_address, vlan }) => `${mac_address} in ${vlan?.name ?? "no network"}`).join(", ");
  throw new PlanConflict(
    `machine ${wanted.name} has NICs that the plan does not have: ${names}`,
    "add them to the plan, or take them out in CloudTower, then up again",
  );
}

/** What of the planned NICs cannot be: another model. */
export function refusedNics({ nics: stands = [] }: VmInputs, { nics: wanted = [] }: VmInputs): Failure[] {
  return wanted.flatMap((nic, at) => {
    const stood = stands.find(({ macAddress }) => macAddress && macAddress === nic.macAddress) ?? stands[at];
    if (!stood || stood.model === nic.model || stood.vlan !== nic.vlan) return [];
    const reason = `it is ${stood.model}, planned is ${nic.model}, and it is not changed in place: take the NIC out of the plan and run up, then add it anew`;
    return [{ property: `nics[${at}].model`, reason }];
  });
}

import type { HostLook } from "./management";
import { lookAtPins } from "./management";
import type { Pin } from "./pins";
import { speaksSmtxos } from "./planned-host";
import { lookForOwner, type Occupancy } from "./taken";
import type { ProbeTarget } from "./target";
import type { ProbeReport, ProbeTools } from "./tools";

/** How long an address may take to accept or refuse, issue and vendor's own tools alike. */
const withinMs = 1_000;

export interface AddressLook {
  target: ProbeTarget;
  occupancy: Occupancy;
  /** Whether a deployed SMTX OS speaks there; asked at the VIP only. */
  smtxos: boolean;
  pins: Pin[];
}

export async function lookAtAddress(target: ProbeTarget, tools: ProbeTools): Promise<AddressLook> {
  const { pingProgram, signal } = tools;
  const occupancy = await lookForOwner(target, { timeoutMs: withinMs, pingProgram, signal });
  const open = occupancy.ports.filter(({ outcome }) => outcome === "open").map(({ port }) => port);
  const showsPins = target.role === "vip" || target.role === "cloudtower";
  const [smtxos, pins] = await Promise.all([
    target.role === "vip" && open.includes(80) && speaksSmtxos(tools.caller, target.address),
    showsPins ? lookAtPins(target.address, open, tools) : [],
  ]);
  return { target, occupancy, smtxos, pins };
}

/**
 * Says of an address whether it is free, taken, or the site's own: the plan's hosts are deployed as planned, and the
 * host holds it by its own scan (storage) or SMTX OS speaks there (VIP). Whose a component's address is
 * is told by nothing that needs no log-in: once hosts are deployed it may be this site's.
 */
export function reportAddress(look: AddressLook, hosts: HostLook[], report: ProbeReport): void {
  const { target, occupancy } = look;
  const { verdict, params } = occupancy;
  const mayStand = hosts.some(({ state }) => state && state.deployed !== false);
  if (isOurs(look, hosts)) report.fact("address-ours", target, params);
  else if (verdict === "no-way") report.fact("not-probed", target);
  else if (verdict === "no-route") report.fact("no-route", target);
  else if (verdict === "free") report.fact("address-free", target, params);
  else if (target.role === "testRange") {
    report.finding("probe-test-address-taken", target, { ...params, address: target.address });
  } else report.finding(mayStand ? "probe-address-perhaps-ours" : "probe-address-taken", target, params);
}

function isOurs({ target, smtxos }: AddressLook, hosts: HostLook[]): boolean {
  const asPlanned = ({ state }: HostLook) => state?.deployed === true && state.differs.length === 0;
  if (target.role === "storage") return hosts.some((look) => look.target.host === target.host && asPlanned(look));
  return target.role === "vip" && smtxos && hosts.every(asPlanned);
}

import { endpointName } from "../../providers/kernel/reach";
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
  const { tls, ssh } = tools.trusted;
  const shown = open.filter((port) => {
    const endpoint = endpointName(target.address, port);
    return target.role === "vip" || target.role === "cloudtower" || tls[endpoint] || ssh[endpoint];
  });
  const [smtxos, pins] = await Promise.all([
    target.role === "vip" && open.includes(80) && speaksSmtxos(tools.caller, target.address),
    lookAtPins(target.address, shown, tools),
  ]);
  return { target, occupancy, smtxos, pins };
}

/**
 * Says of an address whether it is free, taken, or the site's own: it shows a certificate or host key that the stack
 * trusts, or the plan's hosts are deployed as planned and the host holds it by its own scan (storage) or SMTX OS speaks
 * there (VIP). Whose else an address is, nothing tells without a log-in: once hosts are deployed it may be this site's.
 * Returns the pins that may be the site's; a stranger's are not for trust.yaml.
 */
export function reportAddress(look: AddressLook, hosts: HostLook[], report: ProbeReport): Pin[] {
  const { target, occupancy, pins } = look;
  const { verdict, params } = occupancy;
  const mayStand = hosts.some(({ state }) => state && state.deployed !== false);
  if (isOurs(look, hosts)) report.fact("address-ours", target, params);
  else if (verdict === "no-way") report.fact("not-probed", target);
  else if (verdict === "no-route") report.fact("no-route", target);
  else if (verdict === "free") report.fact("address-free", target, params);
  else if (target.role === "testRange") {
    report.finding("probe-test-address-taken", target, { ...params, address: target.address });
  } else if (mayStand) report.finding("probe-address-perhaps-ours", target, params);
  else if (
    target.role === "cloudtower" &&
    occupancy.ports.some(({ port, outcome }) => port === 443 && outcome === "open")
  )
    report.finding("probe-cloudtower-perhaps", target, params);
  else {
    report.finding("probe-address-taken", target, params);
    return [];
  }
  return pins;
}

function isOurs({ target, smtxos, pins }: AddressLook, hosts: HostLook[]): boolean {
  if (pins.some(({ kept }) => kept === "same")) return true;
  const asPlanned = ({ state }: HostLook) => state?.deployed === true && state.differs.length === 0;
  if (target.role === "storage") return hosts.some((look) => look.target.host === target.host && asPlanned(look));
  return target.role === "vip" && smtxos && hosts.every(asPlanned);
}

import type { PlannedHost } from "../../plan/site-plan";
import { byOutcome, type PortAnswer, tryPorts } from "./answered";
import { lookAtPin, type Pin } from "./pins";
import { askHost, type HostState, type SeenHost, seenBy } from "./planned-host";
import type { ProbeTarget } from "./target";
import type { ProbeReport, ProbeTools } from "./tools";

/** A deployment needs the API on 80 and a shell on 22; 443 is there with some versions only before it. */
const needed = [80, 22];

/** A lost SYN is sent again after one second: this leaves room for two. */
const connectMs = 3_000;

export interface HostLook {
  target: ProbeTarget;
  ports: PortAnswer[];
  /** Undefined where its deployment API tells nothing. */
  state: HostState | undefined;
  /** What its cluster scan sees. */
  seen: SeenHost[];
  pins: Pin[];
}

export async function lookAtHost(target: ProbeTarget, planned: PlannedHost, tools: ProbeTools): Promise<HostLook> {
  const ports = await tryPorts(target, connectMs);
  const open = ports.filter(({ outcome }) => outcome === "open").map(({ port }) => port);
  const web = open.includes(80);
  const [state, seen, pins] = await Promise.all([
    web ? askHost(tools.caller, planned) : undefined,
    web ? seenBy(tools.caller, planned.management) : [],
    lookAtPins(planned.management, open, tools),
  ]);
  return { target, ports, state, seen, pins };
}

/** The certificate and the host key that the open ones of an address's ports show. */
export async function lookAtPins(address: string, open: number[], tools: ProbeTools): Promise<Pin[]> {
  const { reach, trusted, signal } = tools;
  const ports = ([443, 22] as const).filter((port) => open.includes(port));
  const looks = ports.map((port) => lookAtPin(reach, address, port, { timeoutMs: connectMs, trusted, signal }));
  return (await Promise.all(looks)).flatMap((pin) => pin ?? []);
}

/** Returns the host's pins. */
export function reportHost({ target, ports, state, pins }: HostLook, report: ProbeReport): Pin[] {
  const host = target.host ?? target.address;
  const missing = ports.filter(({ port, outcome }) => needed.includes(port) && outcome !== "open");
  if (missing.length > 0) report.finding("probe-management-silent", target, { host, ...byOutcome(missing) });
  if (state?.deployed && state.differs.length > 0) {
    report.finding("probe-host-deployed", target, { host, differs: state.differs.join(", ") });
  }
  if (ports.some(({ outcome }) => outcome === "open")) {
    report.fact("management-answers", target, { host, ...byOutcome(ports), state: stateWord(state) });
  }
  return pins;
}

function stateWord(state: HostState | undefined): string {
  if (!state) return "untold";
  if (state.deployed === undefined) return "locked";
  if (!state.deployed) return "factory";
  return state.differs.length > 0 ? "other" : "ours";
}

/** Hosts that the scans saw and the plan lacks; and where they saw none, that it means nothing. */
export function reportScans(looks: HostLook[], planned: PlannedHost[], report: ProbeReport): void {
  const first = looks.find(({ state }) => state?.uuid !== undefined);
  if (!first) return;
  const own = new Set(looks.flatMap(({ state }) => state?.uuid ?? []));
  const serials = new Set([
    ...planned.flatMap(({ serial }) => serial ?? []),
    ...looks.flatMap(({ state }) => state?.serial ?? []),
  ]);
  const seen = new Map(looks.flatMap((look) => look.seen).map((host) => [host.host_uuid, host]));
  const strangers = [...seen.values()].filter(({ host_uuid, sn }) => !own.has(host_uuid) && !(sn && serials.has(sn)));
  const unasked = looks.filter(({ state }) => state?.uuid === undefined).map(({ target }) => target.host ?? "");
  for (const { hostname, host_uuid, sn, host_ip } of strangers) {
    const params = { hostname: hostname ?? "-", uuid: host_uuid, serial: sn ?? "-", seenAt: host_ip ?? "-" };
    const list = { ...first.target, path: ["hosts"], address: hostname ?? host_uuid };
    report.finding("probe-host-unplanned", list, {
      ...params,
      ...(unasked.length > 0 && { unasked: unasked.join(", ") }),
    });
  }
  // A host may or may not see itself: more than one is a sight.
  if (seen.size > 1 || strangers.length > 0) {
    report.fact("cluster-scan", first.target, { seen: seen.size, planned: seen.size - strangers.length });
  } else report.fact("cluster-scan-silent", first.target);
}

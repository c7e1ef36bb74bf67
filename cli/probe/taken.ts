import type { FindingParams } from "../../plan/text/text";
import { byOutcome, type PortAnswer, tryPorts } from "./answered";
import { arpEntry, localityOf } from "./neighbours";
import { ping } from "./ping";
import type { ProbeTarget } from "./target";

/** Whether somebody has an address, by every way there is from here. */
export interface Occupancy {
  /** `no-way`: reach.json lets nothing be sent there. `no-route`: this machine cannot send there. */
  verdict: "free" | "taken" | "no-way" | "no-route";
  ports: PortAnswer[];
  /** What speaks for taken, and which ways were tried: for the texts. */
  params: FindingParams;
}

/**
 * An address is free when it neither accepts nor refuses on its ports in time, has no ARP entry afterwards, and does
 * not echo where a ping program is installed.
 */
export async function lookForOwner(
  target: ProbeTarget,
  options: { timeoutMs: number; pingProgram: string | undefined; signal: AbortSignal },
): Promise<Occupancy> {
  const { timeoutMs, pingProgram, signal } = options;
  const { address, neighbour } = target;
  const locality = neighbour ? localityOf(address) : "routed";
  const [ports, echo] = await Promise.all([
    tryPorts(target, timeoutMs),
    neighbour && pingProgram ? ping(pingProgram, address, timeoutMs, signal) : undefined,
  ]);
  // Afterwards: the kernel asked for the address by ARP when it wanted to send to it.
  const arp = locality === "on-link" ? await arpEntry(address) : undefined;
  const mac = arp === undefined || arp === "none" ? undefined : arp;

  const telling = ports.filter(({ outcome, mapped }) => outcome === "open" || (outcome === "refused" && !mapped));
  const seen: FindingParams = {
    ...byOutcome(telling),
    ...(echo && { echo: 1 }),
    ...(mac && { mac }),
    ...(locality === "own" && { own: 1 }),
  };
  const at = target.ways.flatMap((way) => (way.mapped && way.at ? [`${way.at.host}:${way.at.port}`] : []));
  const params: FindingParams = {
    ...seen,
    role: target.role,
    ports: target.ways.map(({ port }) => port).join(", "),
    within: `${timeoutMs / 1_000} s`,
    ...(at.length > 0 && { via: at.join(", ") }),
    ...(neighbour &&
      locality !== "own" && { arp: locality === "routed" ? "routed" : arp === undefined ? "missing" : "tried" }),
    ...(neighbour && { ping: !pingProgram ? "missing" : echo === undefined ? "failed" : "tried" }),
  };
  return { verdict: verdictOf(ports, Object.keys(seen).length > 0), ports, params };
}

function verdictOf(ports: PortAnswer[], seen: boolean): Occupancy["verdict"] {
  if (seen) return "taken";
  if (ports.every(({ outcome }) => outcome === "no-way")) return "no-way";
  return ports.every(({ outcome }) => outcome === "no-route" || outcome === "no-way") ? "no-route" : "free";
}

import { tryPorts } from "./answered";
import { answersRmcp } from "./rmcp";
import type { ProbeTarget } from "./target";
import type { ProbeTools, Telling } from "./tools";

/** A BMC is slow, and a lost datagram no verdict: three presence pings, a second each. */
const [tries, tryMs] = [3, 1_000];

export async function probeBmc(target: ProbeTarget, { signal }: ProbeTools): Promise<Telling> {
  if (target.ways.every(({ at }) => at === undefined)) return (report) => report.fact("not-probed", target);
  const host = target.host ?? target.address;
  const [rmcp, ports] = await Promise.all([pingRmcp(target, signal), tryPorts(target, tries * tryMs)]);
  const open = ports.filter(({ outcome }) => outcome === "open").map(({ port }) => `TCP ${port}`);
  const by = [...(rmcp ? ["RMCP (UDP 623)"] : []), ...open].join(", ");
  return (report) => {
    if (by) report.fact("bmc-answers", target, { host, by });
    else report.finding("probe-bmc-silent", target, { host });
  };
}

async function pingRmcp({ ways }: ProbeTarget, signal: AbortSignal): Promise<boolean> {
  const way = ways.find(({ protocol }) => protocol === "udp");
  for (let i = 0; way && i < tries && !signal.aborted; i++) if (await answersRmcp(way, tryMs)) return true;
  return false;
}

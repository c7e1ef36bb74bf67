import { isIP } from "node:net";
import { askDns } from "./name-lookup";
import { askTime, type TimeAnswer } from "./sntp";
import type { ProbeTarget, Way } from "./target";
import type { ProbeTools, Telling } from "./tools";

/** A lost datagram is no verdict. */
const [tries, tryMs] = [2, 1_500];
const lookupMs = 2_000;

/** Synchronised clocks differ by milliseconds; at a second one of the two follows nothing. */
const mostOffsetMs = 1_000;

export async function probeNtp(
  target: ProbeTarget,
  dnsServers: ProbeTarget[],
  { signal }: ProbeTools,
): Promise<Telling> {
  const [way] = target.ways;
  if (!way?.at) return (report) => report.fact("not-probed", target);
  const found = await resolved(way, dnsServers);
  if (!found) return (report) => report.finding("probe-ntp-silent", target, { why: "unresolved" });
  const answer = await ask(found, signal);
  if (!answer) return (report) => report.finding("probe-ntp-silent", target);
  const { offset, delay, stratum, alarm, kiss } = answer;
  if (stratum === 0 || stratum > 15 || alarm) {
    const params = { stratum, ...(kiss && { kiss }), ...(alarm && { alarm: 1 }) };
    return (report) => report.finding("probe-ntp-unsynchronised", target, params);
  }
  const at = isIP(target.address) === 0 ? found.at?.host : undefined;
  return (report) => {
    report.fact("ntp-answers", target, { offset, delay, stratum, ...(at && { at }) });
    if (Math.abs(offset) > mostOffsetMs) report.finding("probe-ntp-offset", target, { offset });
  };
}

/** A name is looked up where the plan's hosts will look it up; where those servers fail, as this machine does. */
async function resolved(way: Way, dnsServers: ProbeTarget[]): Promise<Way | undefined> {
  const { at } = way;
  if (!at || isIP(at.host) !== 0) return way;
  for (const server of [...dnsServers.flatMap(({ ways }) => ways), undefined]) {
    const answer = await askDns(server, at.host, lookupMs);
    const host = answer.outcome === "found" ? answer.addresses[0] : undefined;
    if (host) return { ...way, at: { host, port: at.port } };
  }
  return undefined;
}

async function ask(way: Way, signal: AbortSignal): Promise<TimeAnswer | undefined> {
  for (let i = 0; i < tries && !signal.aborted; i++) {
    const answer = await askTime(way, tryMs);
    if (answer) return answer;
  }
  return undefined;
}

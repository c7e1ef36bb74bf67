import type { FindingParams } from "../../plan/text/text";
import type { ProbeTarget } from "./target";
import { type TcpOutcome, tryConnect } from "./tcp";

/** What the TCP ports of a target came to. */
export interface PortAnswer {
  port: number;
  outcome: TcpOutcome;
  /** Whether reach.json leads there: then a refusal is that other machine's, and tells nothing of the address. */
  mapped: boolean;
}

/** Tries all TCP ports of a target at once. */
export async function tryPorts(target: ProbeTarget, timeoutMs: number): Promise<PortAnswer[]> {
  const ways = target.ways.filter((way) => way.protocol === "tcp");
  return Promise.all(
    ways.map(async (way) => ({ port: way.port, outcome: await tryConnect(way, timeoutMs), mapped: way.mapped })),
  );
}

const keys: Record<TcpOutcome, string> = {
  open: "open",
  refused: "refused",
  silent: "silent",
  absent: "absent",
  "no-route": "noRoute",
  "no-way": "noWay",
};

/** The ports by what came of them, as the texts take it: `{ open: "80, 443", refused: "22" }`. */
export function byOutcome(answers: PortAnswer[]): FindingParams {
  const params: FindingParams = {};
  for (const { port, outcome } of answers) {
    const key = keys[outcome];
    params[key] = params[key] === undefined ? String(port) : `${params[key]}, ${port}`;
  }
  return params;
}

import { connect } from "node:net";
import type { Way } from "./target";

/**
 * What a TCP connection to a port came to: accepted; refused (a machine is there and nothing listens); no answer in
 * time; a router or this machine's own kernel says that nobody has the address; this machine has no route to it;
 * reach.json lets nothing be sent there.
 */
export type TcpOutcome = "open" | "refused" | "silent" | "absent" | "no-route" | "no-way";

/** Tries to connect and closes at once, without a byte. Never throws; takes at most `timeoutMs`. */
export function tryConnect({ at }: Way, timeoutMs: number): Promise<TcpOutcome> {
  if (!at) return Promise.resolve("no-way");
  return new Promise((resolve) => {
    const socket = connect(at);
    const end = (outcome: TcpOutcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    // An answer that came while this process was busy counts: it is heard before an immediate, but after a timer.
    const timer = setTimeout(() => setImmediate(end, "silent"), timeoutMs);
    socket.once("connect", () => end("open"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(outcomes[error.code ?? ""] ?? "silent"));
  });
}

const outcomes: Record<string, TcpOutcome> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "refused",
  EHOSTUNREACH: "absent",
  EHOSTDOWN: "absent",
  ENETUNREACH: "no-route",
  EADDRNOTAVAIL: "no-route",
};

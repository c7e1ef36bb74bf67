import { Resolver } from "node:dns/promises";
import { isIPv6 } from "node:net";
import type { Way } from "./target";

/** What a DNS server said to a question. */
export type DnsAnswer =
  | { outcome: "found"; addresses: string[] }
  /** The server knows that there is no such name, or no IPv4 address of it. */
  | { outcome: "unknown" }
  /** It answered, but not the question: SERVFAIL, REFUSED and the like. */
  | { outcome: "failed"; code: string }
  | { outcome: "silent" };

/**
 * Asks one DNS server, and no other, for the IPv4 addresses of a name; `.` asks only whether it answers at all.
 * Without a server those of this machine are asked.
 */
export async function askDns(server: Way | undefined, name: string, timeoutMs: number): Promise<DnsAnswer> {
  const at = server?.at;
  if (server && !at) return { outcome: "silent" };
  // A lost datagram is no verdict: two tries within the time.
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 2), tries: 2 });
  if (at) resolver.setServers([isIPv6(at.host) ? `[${at.host}]:${at.port}` : `${at.host}:${at.port}`]);
  // The resolver doubles its time-out from try to try.
  const timer = setTimeout(() => resolver.cancel(), timeoutMs);
  try {
    if (name === ".") await resolver.resolveNs(".");
    else return { outcome: "found", addresses: await resolver.resolve4(name) };
    return { outcome: "found", addresses: [] };
  } catch (error) {
    return judge((error as NodeJS.ErrnoException).code ?? "");
  } finally {
    clearTimeout(timer);
  }
}

function judge(code: string): DnsAnswer {
  if (code === "ENOTFOUND" || code === "ENODATA") return { outcome: "unknown" };
  if (["ETIMEOUT", "ECANCELLED", "ECONNREFUSED", "EDESTRUCTION"].includes(code)) return { outcome: "silent" };
  return { outcome: "failed", code: code.replace(/^E/, "") };
}

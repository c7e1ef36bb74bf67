import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

/** ATF_COM, a completed entry (linux/if_arp.h). */
const complete = 0x02;

/** What this machine knows of an address by its own interfaces. */
export type Locality =
  /** It is this machine's own. */
  | "own"
  /** It is in a network that this machine has an interface in: whoever has it answers ARP. */
  | "on-link"
  /** It is beyond a router: ARP tells nothing of it. */
  | "routed";

export function localityOf(address: string, interfaces = networkInterfaces()): Locality {
  const given = Object.values(interfaces)
    .flatMap((each) => each ?? [])
    .filter((each) => each.family === "IPv4");
  if (given.some((each) => each.address === address)) return "own";
  const parsed = ipaddr.IPv4.parse(address);
  const near = given.some((each) => each.cidr !== null && parsed.match(ipaddr.IPv4.parseCIDR(each.cidr)));
  return near ? "on-link" : "routed";
}

/**
 * The hardware address that answered for an IPv4 address, as the kernel remembers it; "none" where nobody did.
 * Undefined where this system keeps no /proc/net/arp: then nothing was tried.
 */
export async function arpEntry(address: string, file = "/proc/net/arp"): Promise<string | "none" | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  for (const line of text.split("\n").slice(1)) {
    const [ip, , flags, mac] = line.trim().split(/\s+/);
    if (ip === address && (Number(flags) & complete) !== 0) return mac ?? "none";
  }
  return "none";
}

import { isIPv6 } from "node:net";
import type { Stopwatch } from "./clock";
import { parseEndpoint } from "./reach";

export interface Address {
  host: string;
  port: number;
}

/** The addresses of a connection, in order of preference. */
export interface Addresses {
  /** The addresses to try, in order: one that no connection could be made to lately comes last. */
  candidates(): Address[];
  failed(address: Address): void;
  worked(address: Address): void;
}

/** How long an address comes last after no connection to it could be made; vendor milliseconds. */
const ASIDE = 60_000;

/** Reads `host`, `host:port`, `[v6]:port` or a bare IPv6 address; `port` where none is given. */
export function createAddresses(texts: readonly string[], port: number, watch: Stopwatch): Addresses {
  const all = texts.map((text) => parseAddress(text, port));
  const aside = new Map<Address, number>();
  return {
    candidates() {
      const now = watch.elapsed();
      const isAside = (address: Address) => (aside.get(address) ?? 0) > now;
      return [...all.filter((address) => !isAside(address)), ...all.filter(isAside)];
    },
    failed: (address) => void aside.set(address, watch.elapsed() + ASIDE),
    worked: (address) => void aside.delete(address),
  };
}

function parseAddress(text: string, port: number): Address {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  return isIPv6(bare) || !bare.includes(":") ? { host: bare, port } : parseEndpoint(text);
}

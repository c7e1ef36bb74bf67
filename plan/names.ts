import ipaddr from "ipaddr.js";
import { z } from "zod";

const ipv4 = z.ipv4();
const ipv6 = z.ipv6();

export function isAddress(text: string): boolean {
  return ipv4.safeParse(text).success;
}

/** An IPv6 address, with or without zone or prefix length. */
export function isIpv6(text: string): boolean {
  return ipv6.safeParse(text.replace(/[%/].*$/, "")).success;
}

/** RFC 1123 section 2.1. A single number is a name (sites count their hosts so), `10.0.20` is a broken address. */
export function isHostName(text: string): boolean {
  const parts = text.split(".");
  return (
    text.length <= 253 &&
    parts.every((part) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(part)) &&
    (parts.length === 1 || !/^\d+$/.test(parts.at(-1) ?? ""))
  );
}

/** A host name or address that a service may be asked at. */
export function isServer(text: string): boolean {
  return isAddress(text) || (isHostName(text) && !/^\d+$/.test(text));
}

/** The name of a network interface: Linux allows 15 characters. */
export function isNic(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9._-]{0,14}$/.test(text);
}

/** The network that a CIDR text means (`10.0.20.5/24` means `10.0.20.0/24`), or undefined where it is none. */
export function networkOf(text: string): string | undefined {
  const match = /^([\d.]+)\/(\d{1,2})$/.exec(text);
  const prefix = Number(match?.[2]);
  if (!match || !isAddress(match[1] ?? "") || prefix > 32) return undefined;
  return `${ipaddr.IPv4.networkAddressFromCIDR(`${match[1]}/${prefix}`)}/${prefix}`;
}

import ipaddr from "ipaddr.js";
import { isAddress, networkOf } from "./names";

/** A subnet as numbers, so that addresses can be compared with it. `first` and `last` are its lowest and highest. */
export interface Block {
  first: number;
  last: number;
  prefix: number;
}

/** An IPv4 address as a number that sorts as addresses do, or undefined where the text is none. */
export function addressNumber(text: string): number | undefined {
  if (!isAddress(text)) return undefined;
  return ipaddr.IPv4.parse(text).octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** `10.1.20.11` of its number. */
export function addressText(address: number): string {
  return ipaddr.IPv4.parse(String(address)).toString();
}

/** The number of network bits of a mask; undefined where it is none, or has none. */
export function prefixOf(mask: unknown): number | undefined {
  const isText = typeof mask === "string" && isAddress(mask);
  return (isText && ipaddr.IPv4.parse(mask).prefixLengthFromSubnetMask()) || undefined;
}

/** The block that a CIDR text means, host bits left out, or undefined where the text is no subnet. */
export function blockOf(subnet: unknown): Block | undefined {
  const network = typeof subnet === "string" ? networkOf(subnet) : undefined;
  if (network === undefined) return undefined;
  const [address = "", prefix = "32"] = network.split("/");
  const first = addressNumber(address) ?? 0;
  return { first, last: first + 2 ** (32 - Number(prefix)) - 1, prefix: Number(prefix) };
}

export function isInside(address: number, block: Block): boolean {
  return address >= block.first && address <= block.last;
}

export function overlap(a: Block, b: Block): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Network and broadcast address, which no machine can have; a /31 has none (RFC 3021), a /32 is one address. */
export function isReserved(address: number, block: Block): boolean {
  return block.prefix <= 30 && (address === block.first || address === block.last);
}

/** RFC 6890: what no machine of a site can be reached at. The documentation's networks are left to examples. */
const unusable = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"];

/** The range of addresses for other purposes that an address lies in, if any. */
export function unusableRange(address: number): string | undefined {
  return unusable.find((range) => {
    const block = blockOf(range);
    return block !== undefined && isInside(address, block);
  });
}

import ipaddr from "ipaddr.js";
import { addressNumber, blockOf, isInside } from "./ipv4";
import type { SitePlan } from "./site-plan";

/** Where a management component is connected, and what its guest is told of it. */
export interface ComponentNetwork {
  /** Row 5 of 虚拟网络 (extra), or row 4, the network of the hosts' own management. */
  row: "extra" | "management";
  vlan: number;
  /** `255.255.255.0` */
  netmask: string;
  gateway: string | undefined;
}

/**
 * The network whose subnet holds a management component's address: row 5 of 虚拟网络 where it is used, else row 4.
 * Undefined where neither does, which the plan's rules find.
 */
export function componentNetwork({ management }: SitePlan, address: string): ComponentNetwork | undefined {
  const number = addressNumber(address);
  for (const [row, network] of [
    ["extra", management.extra],
    ["management", management.network],
  ] as const) {
    const block = network && blockOf(network.subnet);
    if (number === undefined || !block || !isInside(number, block)) continue;
    const netmask = ipaddr.IPv4.subnetMaskFromPrefixLength(block.prefix).toString();
    return { row, vlan: network.vlan, netmask, gateway: network.gateway };
  }
  return undefined;
}

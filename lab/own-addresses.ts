import { networkInterfaces } from "node:os";
import { parse, parseCIDR } from "ipaddr.js";

/**
 * Throws one error that names every address which this machine does not have, with the commands that add them.
 * The whole subnet of an address on the loopback interface counts as present, as it does for the system.
 */
export function checkOwnAddresses(addresses: string[], interfaces = networkInterfaces()): void {
  const present = Object.values(interfaces)
    .flat()
    .filter((each) => each?.family === "IPv4");
  const missing = [...new Set(addresses)].filter(
    (address) =>
      !present.some(
        (each) =>
          each?.address === address ||
          (each?.internal && each.cidr && parse(address).match(parseCIDR(each.cidr) as ReturnType<typeof parseCIDR>)),
      ),
  );
  if (missing.length === 0) return;
  throw new Error(
    [
      `no interface has ${missing.join(", ")}, so the lab cannot listen there; in a network namespace (unshare -n) run:`,
      "  ip link set lo up",
      ...missing.map((address) => `  ip address add ${address}/32 dev lo`),
    ].join("\n"),
  );
}

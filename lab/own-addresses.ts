import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { parse, parseCIDR } from "ipaddr.js";

/** The plan's addresses on this machine. */
export interface OwnAddresses {
  /** Sees to it that these answer, and of the lab's own no others. */
  have(wanted: string[]): Promise<void>;
}

/**
 * The lab's own addresses. As root in a network namespace of its own the lab adds each to the loopback interface when
 * there is something behind it, and takes it off afterwards: one that answers before is taken by clients for somebody
 * else's. Elsewhere all of them must be there, or one error names each that is missing and why the lab does not add it.
 */
export async function ownAddresses(all: string[], dir: string): Promise<OwnAddresses> {
  const hindrance = await whyNotOurs();
  if (hindrance) {
    checkOwnAddresses(all, hindrance);
    return { have: async () => {} };
  }
  await ip("link", "set", "lo", "up");
  // Those of a lab that was killed are known by their label, which the system lets have 15 characters.
  const label = `lo:${createHash("sha256").update(resolve(dir)).digest("hex").slice(0, 12)}`;
  const added = new Set<string>();
  for (const left of await labelled(label)) await remove(left);

  async function remove(address: string): Promise<void> {
    await ip("address", "delete", `${address}/32`, "dev", "lo");
    added.delete(address);
  }

  return {
    async have(wanted) {
      for (const address of [...added]) if (!wanted.includes(address)) await remove(address);
      for (const address of absent(wanted)) {
        await ip("address", "add", `${address}/32`, "dev", "lo", "label", label);
        added.add(address);
      }
    },
  };
}

/** Throws one error that names every address which this machine does not have, with the commands that add them. */
export function checkOwnAddresses(addresses: string[], hindrance: string, interfaces = networkInterfaces()): void {
  const missing = absent(addresses, interfaces);
  if (missing.length === 0) return;
  throw new Error(
    [
      `no interface has ${missing.join(", ")}, so the lab cannot listen there. As root in a network namespace of its own (unshare -n) it adds them itself; here it does not, because ${hindrance}. There or in any other namespace that leads nowhere else, run:`,
      "  ip link set lo up",
      ...missing.map((address) => `  ip address add ${address}/32 dev lo`),
    ].join("\n"),
  );
}

/** The whole subnet of an address on the loopback interface counts as present, as it does for the system. */
function absent(addresses: string[], interfaces = networkInterfaces()): string[] {
  const present = Object.values(interfaces)
    .flat()
    .filter((each) => each?.family === "IPv4");
  return [...new Set(addresses)].filter(
    (address) =>
      !present.some(
        (each) =>
          each?.address === address ||
          (each?.internal && each.cidr && parse(address).match(parseCIDR(each.cidr) as ReturnType<typeof parseCIDR>)),
      ),
  );
}

/**
 * Why the lab changes no address here; undefined: it may. On the machine's own network the plan's addresses would be
 * kept from the real site, so that a namespace counts as the lab's own only where nothing leads out of it.
 */
async function whyNotOurs(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return "it is not root";
  if (isTheMachines()) return "this network namespace is the machine's";
  const others = (await ip("-oneline", "link", "show", "up")).map(interfaceOf).filter((name) => name !== "lo");
  if (others.length > 0) return `this network namespace has other interfaces (${others.join(", ")})`;
  return undefined;
}

function isTheMachines(): boolean {
  try {
    return readlinkSync("/proc/1/ns/net") === readlinkSync("/proc/self/ns/net");
  } catch {
    // Process 1 is another user's: then its namespace cannot be changed from here either.
    return false;
  }
}

/** `2: eth0@if5: <BROADCAST,…` */
function interfaceOf(line: string): string {
  return /^\d+: ([^:@]+)/.exec(line)?.[1] ?? line;
}

async function labelled(label: string): Promise<string[]> {
  const lines = await ip("-oneline", "-4", "address", "show", "label", label);
  return lines.flatMap((line) => /inet ([\d.]+)\/32/.exec(line)?.[1] ?? []);
}

/** Runs `ip`. Returns the lines that it prints. */
async function ip(...args: string[]): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)("ip", args);
    return stdout.split("\n").filter(Boolean);
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    const why = code === "ENOENT" ? "there is no command ip (iproute2)" : stderr?.trim() || message;
    throw new Error(`the lab cannot change addresses: ip ${args.join(" ")}: ${why}`);
  }
}

/** The network namespace of this process, as the system names it; `host` where it has none. */
export function networkNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/net");
  } catch {
    return "host";
  }
}

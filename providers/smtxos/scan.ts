import { z } from "zod";

/**
 * A name, a number, an address. Nobody has vouched for who says it, and it gets into the state and into what is found of
 * the plan: one line, cut where it is longer than a host name may be.
 */
const word = z.string().overwrite((text) => text.slice(0, 4_096).replace(/\s+/g, " ").trim().slice(0, 255));

/**
 * The answer of GET /api/v2/deployment/host, as far as a deployment needs it. Fields that are not used are let pass, and
 * what only some disks need is asked for where it is used: versions differ. Source: the vendor's capture of a host scan.
 */
const diskSchema = z.looseObject({
  drive: word,
  function: word.nullish(),
  model: word.nullish(),
  serial: word.nullish(),
  /** Bytes. */
  size: z.number().nullish(),
  /** SSD or HDD. */
  type: word.nullish(),
});

const ifaceSchema = z.looseObject({
  name: word,
  ipv4: word.nullish(),
  ipv6: word.nullish(),
});

export const hostScanSchema = z.looseObject({
  host_uuid: word.min(32),
  hostname: word.nullish(),
  sn: word.nullish(),
  product: word,
  version: word.nullish(),
  patch_version: word.nullish(),
  disks: z.array(diskSchema).max(1_000),
  ifaces: z.array(ifaceSchema).max(1_000),
});

/**
 * The answer of GET /api/v2/deployment/cluster: hosts in the same shape, with a link-local host_ip (facts, part A 2.2
 * and the vendor's capture). No more is asked of a stranger than what names it.
 */
export const clusterScanSchema = z.looseObject({
  hosts: z
    .array(
      z.looseObject({
        host_ip: word.nullish(),
        host_uuid: word,
        hostname: word.nullish(),
        sn: word.nullish(),
      }),
    )
    .max(1_000)
    .nullish(),
});

export type SeenHost = NonNullable<z.output<typeof clusterScanSchema>["hosts"]>[number];
export type HostScan = z.output<typeof hostScanSchema>;
export type ScannedDisk = z.output<typeof diskSchema>;

/** The address that an interface holds, without the prefix length some versions add; undefined when it has none. */
export function ipv4Of(scan: HostScan, iface: string): string | undefined {
  const found = scan.ifaces.find((each) => each.name === iface);
  return found?.ipv4?.split("/")[0] ?? undefined;
}

/** Interfaces that a deployment makes: their presence tells a deployed (or half deployed) host from a factory one. */
export function hasDeployedInterfaces(scan: HostScan): boolean {
  return scan.ifaces.some((each) => each.name === "port-mgt" || each.name === "port-storage");
}

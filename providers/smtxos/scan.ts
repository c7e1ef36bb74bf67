import { z } from "zod";

/**
 * The answer of GET /api/v2/deployment/host, as far as a deployment needs it. Fields that are not used are let pass, and
 * what only some disks need is asked for where it is used: versions differ. Source: the vendor's capture of a host scan.
 */
const diskSchema = z.looseObject({
  drive: z.string(),
  function: z.string().nullish(),
  model: z.string().nullish(),
  serial: z.string().nullish(),
  /** Bytes. */
  size: z.number().nullish(),
  /** SSD or HDD. */
  type: z.string().nullish(),
});

const ifaceSchema = z.looseObject({
  name: z.string(),
  ipv4: z.string().nullish(),
  ipv6: z.string().nullish(),
});

export const hostScanSchema = z.looseObject({
  host_uuid: z.string().min(32),
  hostname: z.string().nullish(),
  sn: z.string().nullish(),
  product: z.string(),
  version: z.string().nullish(),
  patch_version: z.string().nullish(),
  disks: z.array(diskSchema),
  ifaces: z.array(ifaceSchema),
});

/**
 * The answer of GET /api/v2/deployment/cluster: hosts in the same shape, with a link-local host_ip (facts, part A 2.2
 * and the vendor's capture). No more is asked of a stranger than what names it.
 */
export const clusterScanSchema = z.looseObject({
  hosts: z
    .array(
      z.looseObject({
        host_ip: z.string().nullish(),
        host_uuid: z.string(),
        hostname: z.string().nullish(),
        sn: z.string().nullish(),
      }),
    )
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

/** What CloudTower takes of a machine, in a plan and in the provider's inputs alike. */

/** Bytes. */
const MOST_USER_DATA = 32 * 1024;
export const TOO_MUCH_USER_DATA = "is more than 32 KiB";

/** Whether cloud-init can be given so much. */
export function isUserData(text: string): boolean {
  return Buffer.byteLength(text) <= MOST_USER_DATA;
}

export const NOTHING_TO_COPY = "has nothing to copy: there is no source";
export const CORES_ALONE = "goes together with vcpu";

interface Machine {
  vcpu?: unknown;
  cpuCores?: unknown;
  fullCopy?: boolean | undefined;
}

/** What a machine has that means nothing without what it does not have. */
export function loneFields({ vcpu, cpuCores, fullCopy }: Machine, isCopy: boolean) {
  const lone: { field: "fullCopy" | "cpuCores"; problem: string }[] = [];
  if (fullCopy && !isCopy) lone.push({ field: "fullCopy", problem: NOTHING_TO_COPY });
  if (cpuCores !== undefined && vcpu === undefined) lone.push({ field: "cpuCores", problem: CORES_ALONE });
  return lone;
}

type IoPolicy = "RESTRICT_WHOLE_VM" | "RESTRICT_EACH_DISK";
const LIMITS = ["maxIops", "maxIopsPolicy", "maxBandwidth", "maxBandwidthPolicy"] as const;
type Limit = (typeof LIMITS)[number];

/** What stands for a machine's limits, or a disk's, in the order of fields: a limit may be false, which is none. */
export type IoLimits = { [limit in Limit]?: unknown };

export const WHOLE_VM_ALONE = "goes together with ioPolicy RESTRICT_WHOLE_VM of the machine";
export const EACH_DISK_ALONE = "goes together with ioPolicy RESTRICT_EACH_DISK of the machine";
export const IOPS_POLICY_ALONE = "goes together with a maxIops";
export const BANDWIDTH_POLICY_ALONE = "goes together with a maxBandwidth";

/** Limits of the machine (RESTRICT_WHOLE_VM) or a disk that do not go with the machine's policy, or policies without a limit. */
export function looseLimits(limits: IoLimits, policy: IoPolicy, ioPolicy: unknown) {
  const loose: { field: Limit; problem: string }[] = [];
  const alone = policy === "RESTRICT_WHOLE_VM" ? WHOLE_VM_ALONE : EACH_DISK_ALONE;
  for (const field of LIMITS)
    if (limits[field] !== undefined && ioPolicy !== policy) loose.push({ field, problem: alone });
  if (limits.maxIopsPolicy !== undefined && !limits.maxIops)
    loose.push({ field: "maxIopsPolicy", problem: IOPS_POLICY_ALONE });
  if (limits.maxBandwidthPolicy !== undefined && !limits.maxBandwidth)
    loose.push({ field: "maxBandwidthPolicy", problem: BANDWIDTH_POLICY_ALONE });
  return loose;
}

export const NO_RATE = "is missing: a limit that holds has one";

interface Traffic {
  enabled?: boolean | undefined;
  rateLimit?: unknown;
}

/** The directions of a network port whose limit holds, and is none. */
export function withoutRate(qos: { ingress?: Traffic | undefined; egress?: Traffic | undefined } = {}) {
  return (["ingress", "egress"] as const).filter((way) => {
    const traffic = qos[way];
    return traffic && traffic.enabled !== false && traffic.rateLimit === undefined;
  });
}

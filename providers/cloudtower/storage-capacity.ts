/** The rule that watches how full a cluster is (runbook, stage 06 配置集群存储容量告警). */
export const STORAGE_CAPACITY_RULE = "zbs_cluster_data_space_use_rate";

const CRITICAL = 90;

/**
 * The share of a cluster's capacity, in percent, at which the loss of one host would still find room and 5 % are left:
 * floor(((n − 1) / n − 5 %) × 100) of n hosts (runbook, stage 06: 3 hosts, 61). Throws RangeError below 2 hosts, which
 * have no room for the loss of one.
 */
export function storageCapacityNotice(hosts: number): number {
  if (!Number.isInteger(hosts) || hosts < 2) throw new RangeError(`a cluster of ${hosts} hosts has no capacity notice`);
  // In whole numbers: (n − 1) / n − 0.05 would round before it is cut off.
  const hundredths = 95 * hosts - 100;
  return (hundredths - (hundredths % hosts)) / hosts;
}

/** Both thresholds of the rule: a notice comes before it is critical, in clusters of 20 hosts and more too. */
export function storageCapacityThresholds(hosts: number): { severity: "CRITICAL" | "NOTICE"; value: number }[] {
  return [
    { severity: "CRITICAL", value: CRITICAL },
    { severity: "NOTICE", value: Math.min(storageCapacityNotice(hosts), CRITICAL - 1) },
  ];
}

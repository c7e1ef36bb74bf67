import { z } from "zod";
import type { IoLimits } from "./vm-inputs";

/** What rows of machines and of their disks have of limits. */
export const limitFields = {
  max_iops: z.int().nullish(),
  max_iops_policy: z.string().nullish(),
  max_bandwidth: z.int().nullish(),
  max_bandwidth_policy: z.string().nullish(),
};
type LimitRow = { [Field in keyof typeof limitFields]?: z.output<(typeof limitFields)[Field]> };

/** Those of a row that the plan has a word on. */
export function seenLimits(row: LimitRow, planned: IoLimits): IoLimits {
  const all: IoLimits = {
    maxIops: row.max_iops || false,
    maxIopsPolicy: (row.max_iops_policy ?? undefined) as IoLimits["maxIopsPolicy"],
    maxBandwidth: row.max_bandwidth || false,
    maxBandwidthPolicy: (row.max_bandwidth_policy ?? undefined) as IoLimits["maxBandwidthPolicy"],
  };
  return Object.fromEntries(
    Object.entries(all).filter(([field, seen]) => planned[field as keyof IoLimits] !== undefined && seen !== undefined),
  );
}

/** Whether the limits that the plan has a word on stand so. */
export function areSameLimits(row: LimitRow, planned: IoLimits): boolean {
  const seen = seenLimits(row, planned);
  return (["maxIops", "maxIopsPolicy", "maxBandwidth", "maxBandwidthPolicy"] as const).every(
    (field) => planned[field] === undefined || planned[field] === seen[field],
  );
}

/**
 * All limits that are to hold: what the plan leaves open as it stands, since a request may be the whole of them. One that
 * is to go is left out: no request has a word for it.
 */
export function limitBody(planned: IoLimits, row: LimitRow = {}) {
  const { maxIops = row.max_iops, maxBandwidth = row.max_bandwidth } = planned;
  const { maxIopsPolicy = row.max_iops_policy, maxBandwidthPolicy = row.max_bandwidth_policy } = planned;
  return {
    ...(maxIops && { max_iops: maxIops, ...(maxIopsPolicy && { max_iops_policy: maxIopsPolicy }) }),
    ...(maxBandwidth && {
      max_bandwidth: maxBandwidth,
      max_bandwidth_unit: "Bps",
      ...(maxBandwidthPolicy && { max_bandwidth_policy: maxBandwidthPolicy }),
    }),
  };
}

import { z } from "zod";
import type { LabLimits, LabTraffic, LabVmNic } from "../smtxos/cluster-model";
import { given } from "./keep";

const RESTRICTS = ["DYNAMIC", "FORCED"] as const;
const BYTE_RATES = ["Bps", "KBps", "MBps", "GBps", "TBps"] as const;
const BIT_RATES = ["bps", "Kbps", "Mbps", "Gbps", "Tbps"] as const;
const BITS = ["bit", "Kb", "Mb", "Gb", "Tb", "Pb"] as const;

export const ioPolicySchema = z.enum(["RESTRICT_EACH_DISK", "RESTRICT_WHOLE_VM"]).optional();

/** What a machine or a disk may be limited to. */
export const limitsSchema = z.looseObject({
  max_iops: z.int().min(1).optional(),
  max_iops_policy: z.enum(RESTRICTS).optional(),
  max_bandwidth: z.int().min(1).optional(),
  max_bandwidth_unit: z.enum(BYTE_RATES).optional(),
  max_bandwidth_policy: z.enum(RESTRICTS).optional(),
});

export function readLimits(data: z.output<typeof limitsSchema>): LabLimits {
  const { max_bandwidth: bandwidth, max_bandwidth_unit: unit = "Bps" } = data;
  return given({
    iops: data.max_iops,
    iopsPolicy: data.max_iops_policy,
    bandwidth: bandwidth === undefined ? undefined : bandwidth * 1024 ** BYTE_RATES.indexOf(unit),
    bandwidthPolicy: data.max_bandwidth_policy,
  });
}

/** The field of what is made with limits; none where there are none. */
export function limited(data: z.output<typeof limitsSchema>): { limits?: LabLimits } {
  const limits = readLimits(data);
  return Object.keys(limits).length > 0 ? { limits } : {};
}

export function shownLimits({ iops, iopsPolicy, bandwidth, bandwidthPolicy }: LabLimits = {}) {
  return {
    max_bandwidth: bandwidth ?? null,
    max_bandwidth_policy: bandwidthPolicy ?? null,
    max_iops: iops ?? null,
    max_iops_policy: iopsPolicy ?? null,
  };
}

const trafficSchema = z.looseObject({
  enabled: z.boolean(),
  rate_limit: z.int().min(1).nullish(),
  rate_limit_unit: z.enum(BIT_RATES).optional(),
  burst: z.int().min(1).nullish(),
  burst_unit: z.enum(BITS).optional(),
});
/** What a NIC is limited to. */
export const qosSchema = z.looseObject({ ingress: trafficSchema.optional(), egress: trafficSchema.optional() });

/** What is left out stays. */
export function readQos({ qos }: Pick<LabVmNic, "qos">, data: z.output<typeof qosSchema>): LabVmNic["qos"] {
  const { ingress, egress } = data;
  return { ...qos, ...(ingress && { ingress: readTraffic(ingress) }), ...(egress && { egress: readTraffic(egress) }) };
}

function readTraffic(data: z.output<typeof trafficSchema>): LabTraffic {
  const { enabled, rate_limit: rate, rate_limit_unit = "bps", burst, burst_unit = "bit" } = data;
  return {
    enabled,
    rate: rate == null ? null : rate * 1000 ** BIT_RATES.indexOf(rate_limit_unit),
    burst: burst == null ? null : burst * 1000 ** BITS.indexOf(burst_unit),
  };
}

export function shownQos({ qos = {} }: Pick<LabVmNic, "qos">) {
  const { ingress, egress } = qos;
  return {
    egress_rate_limit_burst_in_bit: egress?.burst ?? null,
    egress_rate_limit_enabled: egress?.enabled ?? null,
    egress_rate_limit_max_rate_in_bitps: egress?.rate ?? null,
    ingress_rate_limit_burst_in_bit: ingress?.burst ?? null,
    ingress_rate_limit_enabled: ingress?.enabled ?? null,
    ingress_rate_limit_max_rate_in_bitps: ingress?.rate ?? null,
  };
}

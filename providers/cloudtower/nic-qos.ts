import { z } from "zod";
import type { VmInputs } from "./vm-inputs";

type Qos = NonNullable<NonNullable<VmInputs["nics"]>[number]["qos"]>;
type Traffic = NonNullable<Qos["ingress"]>;

const WAYS = ["ingress", "egress"] as const;

/** What rows of NICs have of what goes through them at most. */
export const qosFields = {
  ingress_rate_limit_enabled: z.boolean().nullish(),
  ingress_rate_limit_max_rate_in_bitps: z.number().nullish(),
  ingress_rate_limit_burst_in_bit: z.number().nullish(),
  egress_rate_limit_enabled: z.boolean().nullish(),
  egress_rate_limit_max_rate_in_bitps: z.number().nullish(),
  egress_rate_limit_burst_in_bit: z.number().nullish(),
};
type QosRow = { [Field in keyof typeof qosFields]?: z.output<(typeof qosFields)[Field]> };

/** Those of a row that the plan has a word on; of a limit that does not hold its numbers say nothing. */
export function seenQos(row: QosRow, planned: Qos): Qos {
  return Object.fromEntries(
    WAYS.flatMap((way) => {
      const of = planned[way];
      if (!of) return [];
      const enabled = row[`${way}_rate_limit_enabled`] ?? false;
      const rateLimit = row[`${way}_rate_limit_max_rate_in_bitps`] ?? undefined;
      const burst = row[`${way}_rate_limit_burst_in_bit`] ?? undefined;
      const shown = {
        ...(of.rateLimit !== undefined && { rateLimit: enabled || of.enabled ? rateLimit : of.rateLimit }),
        ...(of.burst !== undefined && { burst: enabled || of.enabled ? burst : of.burst }),
      };
      const told = Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
      return [[way, { enabled, ...told }]];
    }),
  );
}

/** All that is to hold: what the plan leaves open as it stands, since a request may be the whole of it. */
export function qosBody(planned: Qos, row: QosRow = {}) {
  const bodies = WAYS.flatMap((way) => {
    const enabled = row[`${way}_rate_limit_enabled`];
    const of = planned[way] ?? (typeof enabled === "boolean" ? { enabled } : undefined);
    return of ? [[way, trafficBody(of, row, way)] as const] : [];
  });
  return Object.fromEntries(bodies);
}

function trafficBody({ enabled, ...planned }: Traffic, row: QosRow, way: (typeof WAYS)[number]) {
  const rateLimit = planned.rateLimit ?? row[`${way}_rate_limit_max_rate_in_bitps`];
  const burst = planned.burst ?? row[`${way}_rate_limit_burst_in_bit`];
  return {
    enabled,
    ...(rateLimit && { rate_limit: rateLimit, rate_limit_unit: "bps" }),
    ...(burst && { burst, burst_unit: "bit" }),
  };
}

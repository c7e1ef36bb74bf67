import { z } from "zod";
import { exact, json, setting } from "../providers/kernel/setting";

/** An alert rule of the cluster as the stack's settings want it. */
export interface AlertSetting {
  rule: string;
  thresholds: { severity: "CRITICAL" | "NOTICE" | "INFO"; value: number }[];
  disabled: boolean;
}

const value = z.int().optional();
const rules = z.record(
  z.string(),
  exact({ CRITICAL: value, NOTICE: value, INFO: value, disabled: z.boolean().default(false) }).refine(
    ({ CRITICAL, NOTICE, INFO, disabled }) => disabled || [CRITICAL, NOTICE, INFO].some((one) => one !== undefined),
    { message: "it has no threshold and is not disabled" },
  ),
);

/** The stack setting `alertRules`: by the vendor's name of a rule its thresholds on this cluster, or that it is off. */
export const alertRules = setting(
  json(rules).transform((written): AlertSetting[] =>
    Object.entries(written).map(([rule, { disabled, ...values }]) => ({
      rule,
      thresholds: (["CRITICAL", "NOTICE", "INFO"] as const).flatMap((severity) => {
        const threshold = values[severity];
        return threshold === undefined ? [] : [{ severity, value: threshold }];
      }),
      disabled,
    })),
  ),
  "`{ <rule>: { CRITICAL: 90, NOTICE: 70 } }`: thresholds of an alert rule on this cluster, by the vendor's name; `disabled: true` switches it off",
  { how: "pulumi config set --path alertRules.<rule>.<CRITICAL|NOTICE|INFO> <whole number>, or .disabled true" },
);

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

/** An alert rule of the cluster as the stack's settings want it. */
export interface AlertSetting {
  rule: string;
  thresholds: { severity: "CRITICAL" | "NOTICE" | "INFO"; value: number }[];
  disabled: boolean;
}

const value = z.int().optional();
const settingSchema = z.record(
  z.string(),
  z
    .strictObject({ CRITICAL: value, NOTICE: value, INFO: value, disabled: z.boolean().default(false) })
    .refine(
      ({ CRITICAL, NOTICE, INFO, disabled }) => disabled || [CRITICAL, NOTICE, INFO].some((one) => one !== undefined),
      {
        message: "it has no threshold and is not disabled",
      },
    ),
);

const HOW = "pulumi config set --path alertRules.<rule>.<CRITICAL|NOTICE|INFO> <whole number>, or .disabled true";

/**
 * The stack setting `alertRules`: by the vendor's name of a rule its thresholds on this cluster, and whether it is
 * disabled there. Throws RunError for what it cannot be.
 */
export function alertSettings(setting: unknown): AlertSetting[] {
  const { data, error } = settingSchema.safeParse(setting ?? {});
  if (error) {
    const problems = error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
    throw new pulumi.RunError(`the stack setting alertRules cannot be used: ${problems} — ${HOW}`);
  }
  return Object.entries(data).map(([rule, { disabled, ...values }]) => ({
    rule,
    thresholds: (["CRITICAL", "NOTICE", "INFO"] as const).flatMap((severity) => {
      const threshold = values[severity];
      return threshold === undefined ? [] : [{ severity, value: threshold }];
    }),
    disabled,
  }));
}

import type { LabAlertRule, LabThreshold } from "./tower-model";

export interface AlertRuleName {
  name: string;
  object: "CLUSTER" | "PHYSICAL_HOST" | "VM";
  message: string;
  thresholds: LabThreshold[];
}

function percent(critical: number, notice: number): LabThreshold[] {
  return [
    { severity: "CRITICAL", value: critical, quantile: 0 },
    { severity: "NOTICE", value: notice, quantile: 0 },
  ];
}

/**
 * Global rules. The documents show one of the vendor's 94, the first (runbook stage 06 获取所有报警规则, its thresholds
 * too); the others are there so that it must be picked: named after metrics of facts, part A 6, thresholds made up.
 */
export const ALERT_RULES: AlertRuleName[] = [
  {
    name: "zbs_cluster_data_space_use_rate",
    object: "CLUSTER",
    message: "集群存储空间使用率超过 { .threshold }。 ",
    thresholds: percent(90, 80),
  },
  {
    name: "cluster_memory_usage_percent",
    object: "CLUSTER",
    message: "集群内存使用率超过 { .threshold }。 ",
    thresholds: percent(90, 80),
  },
  {
    name: "host_cpu_overall_usage_percent",
    object: "PHYSICAL_HOST",
    message: "主机 CPU 使用率超过 { .threshold }。 ",
    thresholds: percent(95, 85),
  },
  {
    name: "elf_vm_memory_usage_percent",
    object: "VM",
    message: "虚拟机内存使用率超过 { .threshold }。 ",
    thresholds: percent(95, 90),
  },
];

export function freshAlertRules(): Record<string, Pick<LabAlertRule, "disabled" | "thresholds">> {
  return Object.fromEntries(
    ALERT_RULES.map(({ name, thresholds }) => [name, { disabled: false, thresholds: structuredClone(thresholds) }]),
  );
}

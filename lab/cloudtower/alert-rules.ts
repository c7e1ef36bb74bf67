import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import { clusterRule, ruleOf } from "./alert-rule-rows";
import { changeTower } from "./change-tower";
import { found } from "./found";
import { done, parsed, rest } from "./rest";
import { allRows } from "./tables";
import type { LabAlertRule, LabTower } from "./tower-model";

/** REST takes whole numbers and no quantile, GraphQL both (facts, part B 5A 17). */
const thresholdSchema = z
  .looseObject({ value: z.int(), severity: z.enum(["CRITICAL", "NOTICE", "INFO"]) })
  .transform(({ value, severity }) => ({ value, severity, quantile: 0 }));
const changeSchema = z.looseObject({
  thresholds: z.array(thresholdSchema).optional(),
  disabled: z.boolean().optional(),
});
const globalSchema = z.looseObject({ where: z.looseObject({}), data: changeSchema });
const customizeSchema = globalSchema.extend({ data: changeSchema.extend({ clusters: z.looseObject({}) }) });

type Change = Partial<Pick<LabAlertRule, "thresholds" | "disabled">>;

/** What the examples change. */
const RULE = { name: "zbs_cluster_data_space_use_rate" };
const THRESHOLDS = [{ severity: "NOTICE", value: 61 }];

/** Thresholds of alerts: global ones, and those that a cluster has instead. */
export const alertRuleOperations: Operation[] = [
  rest({
    id: "updateGlobalAlertRule",
    path: "/update-global-alert-rule",
    write: true,
    source: "facts, part B 5A 17: the global thresholds alone",
    assumed: "done at once; rules of clusters that are not customized follow",
    example: { when: "changes", request: () => ({ where: RULE, data: { thresholds: THRESHOLDS } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(globalSchema, call.body);
      const rows = found(site, tower, "GlobalAlertRule", where);
      for (const { name } of rows) changeGlobalRule(site, name as string, data);
      return { status: 200, body: rowsNow(site, tower, rows).map(done) };
    },
  }),
  rest({
    id: "updateCustomizeAlertRule",
    path: "/update-customize-alert-rule",
    write: true,
    source: "facts, part B 5A 17: the rule of each cluster that data.clusters finds",
    assumed: "done at once; the rule counts as customized from then on",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: RULE, data: { thresholds: THRESHOLDS, clusters: { id: idOf("Cluster") } } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(customizeSchema, call.body);
      const rows = found(site, tower, "GlobalAlertRule", where);
      const clusters = found(site, tower, "Cluster", data.clusters).map(({ id }) => id);
      for (const { name } of rows)
        for (const cluster of clusters) changeClusterRule(site, cluster, name as string, { ...data, customized: true });
      return { status: 200, body: rowsNow(site, tower, rows).map(done) };
    },
  }),
];

export function changeGlobalRule(site: SiteState, name: string, { thresholds, disabled }: Change): void {
  changeTower(site, (tower) => {
    const old = ruleOf(tower, name);
    tower.globalAlertRules[name] = {
      thresholds: thresholds ?? old.thresholds,
      disabled: disabled ?? old.disabled,
    };
  });
}

export function changeClusterRule(
  site: SiteState,
  id: string,
  name: string,
  { thresholds, disabled, customized }: Change & { customized?: boolean | undefined },
): void {
  changeTower(site, (tower) => {
    const cluster = tower.clusters.find((each) => each.id === id);
    if (!cluster) return;
    const old = clusterRule(tower, cluster, name);
    cluster.alertRules[name] = {
      thresholds: thresholds ?? old.thresholds,
      disabled: disabled ?? old.disabled,
      customized: customized ?? old.customized,
    };
  });
}

function rowsNow(site: SiteState, tower: LabTower, rows: { id: string }[]) {
  return allRows(site, tower, "GlobalAlertRule").filter(({ id }) => rows.some((row) => row.id === id));
}

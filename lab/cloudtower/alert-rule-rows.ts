import type { SiteState } from "../site-state";
import { ALERT_RULES } from "./alert-rule-names";
import { type Entry, entry } from "./row";
import { standingIn } from "./standing";
import type { LabAlertRule, LabTower, LabTowerCluster } from "./tower-model";

/** The global rules, each with those of the clusters that have been connected. */
export function globalAlertRuleEntries(site: SiteState, tower: LabTower): Entry[] {
  return ALERT_RULES.map(({ name, object, message, thresholds }) =>
    entry({ id: globalRuleId(site, name), name }, () => ({
      object,
      message,
      ...ruleOf(tower, name),
      default_thresholds: thresholds,
      alert_rules: tower.clusters
        .filter((each) => each.serial !== null)
        .map((each) => ({ id: ruleId(site, each, name) })),
      boolean: false,
      cause: "",
      impact: "",
      solution: "",
      operator: "GT",
      unit: "PERCENT",
    })),
  );
}

/** A cluster's own rules: they follow the global ones until they are customized. */
export function alertRuleEntries(site: SiteState, tower: LabTower): Entry[] {
  return ALERT_RULES.flatMap(({ name }) =>
    tower.clusters
      .filter((cluster) => cluster.serial !== null)
      .map((cluster) =>
        entry({ id: ruleId(site, cluster, name) }, () => ({
          local_id: `${cluster.serial}/${name}`,
          ...clusterRule(tower, cluster, name),
          cluster: { id: cluster.id, name: standingIn(site, cluster)?.name ?? cluster.ip },
          global_alert_rule: { id: globalRuleId(site, name), name },
        })),
      ),
  );
}

function globalRuleId(site: SiteState, name: string): string {
  return site.fixedCuid(`alert rule ${name}`);
}

function ruleId(site: SiteState, { id }: LabTowerCluster, name: string): string {
  return site.fixedCuid(`${id} alert rule ${name}`);
}

export function ruleOf(tower: LabTower, name: string): Pick<LabAlertRule, "disabled" | "thresholds"> {
  return tower.globalAlertRules[name] ?? { disabled: false, thresholds: [] };
}

export function clusterRule(tower: LabTower, cluster: LabTowerCluster, name: string): LabAlertRule {
  return cluster.alertRules[name] ?? { customized: false, ...ruleOf(tower, name) };
}

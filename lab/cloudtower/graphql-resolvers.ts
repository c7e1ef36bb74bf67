import { z } from "zod";
import type { Call } from "../operation";
import type { SiteState } from "../site-state";
import { addRoot, logIn } from "./accounts";
import { changeClusterRule, changeGlobalRule } from "./alert-rules";
import { changeTower } from "./change-tower";
import { shownSettings, updateClusterSettings } from "./cluster-settings";
import { organizations } from "./organizations";
import { parsed, Refused, userOf } from "./rest";
import type { Row } from "./row";
import { allRows, counted, listed, rowOf } from "./tables";
import { type LabTower, USER_SOURCES } from "./tower-model";
import { vncOf } from "./vnc";

/** The one blob that is known, of the factory password (runbook stage 04 配置cloudtower 管理员密码). */
const KNOWN_BLOB = "NzllNTE3NTgxYWY5NDY3ODM4ZTczMTg1MDc4YmM3YzQ6eVpSSTlodUNxNDBNL3J4ZTViZ1dqZz09";
const FACTORY_PASSWORD = "HC!r0cks";

const userSchema = z.looseObject({
  username: z.literal("root"),
  role: z.literal("ROOT"),
  source: z.literal("LOCAL"),
  password: z.string().min(1),
});
const effectSchema = z.looseObject({ encoded: z.boolean().optional() }).nullish();
const loginSchema = z.looseObject({
  username: z.string(),
  password: z.string(),
  source: z.enum(USER_SOURCES).nullish(),
});
const ntpSchema = z.looseObject({ ntp_service_url: z.string() });
const thresholdSchema = z
  .looseObject({
    severity: z.enum(["CRITICAL", "NOTICE", "INFO"]),
    value: z.number(),
    quantile: z.int().nullish(),
  })
  .transform(({ severity, value, quantile }) => ({ severity, value, quantile: quantile ?? null }));
const ruleSchema = z.looseObject({
  thresholds: z.array(thresholdSchema).optional(),
  disabled: z.boolean().optional(),
  customized: z.boolean().optional(),
});
const globalRuleSchema = ruleSchema.extend({
  alert_rules: z
    .looseObject({
      update: z.array(z.looseObject({ where: z.looseObject({ id: z.string() }), data: ruleSchema })).default([]),
    })
    .optional(),
});
const idSchema = z.looseObject({ id: z.string() });

type Args = Record<string, unknown>;

/** What each field of Query and Mutation does, for one call. */
export function resolversFor(site: SiteState, tower: LabTower, call: Call) {
  function loggedIn<T>(answer: (args: Args) => T): (args: Args) => T {
    return (args) => {
      if (!userOf(tower, call)) throw new Refused(401, "invalid token");
      return answer(args);
    };
  }
  return {
    // checkTowerIsSetup and the set-up itself come before the first log-in (facts, part B 5C).
    organizations: (args: Args) => listed(site, tower, "Organization", args),
    userCreated: () => ({ created: tower.users.some(({ role }) => role === "ROOT") }),
    login: ({ data, effect }: Args) => {
      const { username, password, source } = parsed(loginSchema, data);
      const clear = plain(password, effect);
      const token = logIn(site, tower, username, clear, source ?? "LOCAL");
      return { token, uid: tower.tokens[token], need_mfa: false };
    },
    createUser: ({ data, effect }: Args) => {
      const { password } = parsed(userSchema, data);
      return { id: addRoot(site, tower, plain(password, effect)).id };
    },
    createOrganization: ({ data }: Args) => {
      const { name } = parsed(z.looseObject({ name: z.string().min(1) }), data);
      // Without a log-in the first one only: assumed.
      if (tower.organizations.length > 0 && !userOf(tower, call)) throw new Refused(401, "invalid token");
      return { id: organizations.add(site, tower, { name }), name };
    },
    deploys: loggedIn((args) =>
      listed(site, tower, "Deploy", args).map((row) => ({
        ...row,
        license: { ...allRows(site, tower, "License")[0], max_vm_num: 0, used_vm_num: 0, vendor: "SMTX" },
      })),
    ),
    updateCloudTowerNtpUrl: loggedIn(({ data }) => {
      const { ntp_service_url: sent } = parsed(ntpSchema, data);
      const servers = sent.split(",").filter((server) => server !== "");
      changeTower(site, (changed) => {
        changed.ntp = servers;
      });
      return { ntp_service_url: servers.join(";") };
    }),
    vnc: loggedIn(({ input }) => vncOf(site, tower, input).vnc),
    clusterSettingses: loggedIn((args) =>
      listed(site, tower, "ClusterSettings", args).map((row) => ({
        ...shownSettings(tower, row.id),
        cluster: row["cluster"],
      })),
    ),
    updateClusterSettings: loggedIn(({ where, data }) => {
      const settings = updateClusterSettings(site, tower, where, data);
      return { ...settings, cluster: clusterOfSettings(site, tower, settings.id) };
    }),
    globalAlertRules: loggedIn((args) =>
      listed(site, tower, "GlobalAlertRule", args).map((row) => withRules(site, tower, row)),
    ),
    globalAlertRulesConnection: loggedIn((args) => counted(site, tower, "GlobalAlertRule", args)),
    updateGlobalAlertRule: loggedIn(({ where, data }) => updateRule(site, tower, where, data)),
  };
}

/** A password that was sent encoded; what any blob but the factory password's stands for is not known. */
function plain(password: string, effect: unknown): string {
  if (!parsed(effectSchema, effect)?.encoded) return password;
  if (password !== KNOWN_BLOB) throw new Refused(400, "the password cannot be decoded");
  return FACTORY_PASSWORD;
}

function updateRule(site: SiteState, tower: LabTower, where: unknown, data: unknown) {
  const { id } = parsed(idSchema, where);
  const { alert_rules, ...change } = parsed(globalRuleSchema, data);
  const global = rowOf(site, tower, "GlobalAlertRule", id);
  if (!global) throw new Refused(404, `global alert rule ${id} is not found`);
  const name = global["name"] as string;
  const own = allRows(site, tower, "AlertRule").filter(
    (row) => (row["global_alert_rule"] as { name: string }).name === name,
  );
  const updates = (alert_rules?.update ?? []).map((update) => {
    const rule = own.find((row) => row.id === update.where.id);
    if (!rule) throw new Refused(404, `alert rule ${update.where.id} is not found`);
    return { cluster: (rule["cluster"] as { id: string }).id, data: update.data };
  });
  changeGlobalRule(site, name, change);
  for (const update of updates) changeClusterRule(site, update.cluster, name, update.data);
  return withRules(site, tower, { ...global, ...tower.globalAlertRules[name] });
}

function withRules(site: SiteState, tower: LabTower, row: Row) {
  const ids = (row["alert_rules"] as { id: string }[]).map(({ id }) => id);
  return { ...row, alert_rules: () => allRows(site, tower, "AlertRule").filter(({ id }) => ids.includes(id)) };
}

function clusterOfSettings(site: SiteState, tower: LabTower, id: string): unknown {
  return rowOf(site, tower, "ClusterSettings", id)?.["cluster"];
}

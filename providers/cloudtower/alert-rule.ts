import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { defineResource } from "../kernel/define";
import { PlanConflict } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { asSet, replaces } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { untilShown } from "./settle";
import { awaitTask } from "./task";

const ruleRow = z.looseObject({
  id: z.string(),
  disabled: z.boolean(),
  thresholds: z.array(z.looseObject({ severity: z.string().nullish(), value: z.number().nullish() })),
  global_alert_rule: z.looseObject({ name: z.string() }),
});

const inputs = z.strictObject({
  connection: cloudtowerConnection,
  cluster: replaces(z.string().min(1)).describe("id of the cluster in CloudTower; a change replaces"),
  rule: replaces(z.string().min(1)).describe("name of the rule, as zbs_cluster_data_space_use_rate; a change replaces"),
  thresholds: asSet(
    z.array(
      z.strictObject({
        severity: z.enum(["CRITICAL", "NOTICE", "INFO"]).describe("what is reported once the value is passed"),
        value: z.int().describe("in the rule's own unit, mostly percent; REST takes whole numbers"),
      }),
    ),
  ).describe("all thresholds of the rule: one that is not named is taken away"),
  disabled: z.boolean().default(false).describe("the rule reports nothing on this cluster"),
});
type Wanted = Pick<z.output<typeof inputs>, "thresholds" | "disabled">;

/** One alert rule on one cluster. */
export const AlertRule = defineResource({
  type: "cloudtower:AlertRule",
  sort: "setting",
  doc: "The thresholds that an alert rule has on one cluster, by `POST /v2/api/update-customize-alert-rule` (the vendor's schema; facts, part B 5A 17). The global rule, and with it every other cluster, stays as it is. For the storage capacity (runbook, stage 06 配置集群存储容量告警) the notice is floor(((n − 1) / n − 5 %) × 100) of n hosts.",
  inputs,
  outputs: z.strictObject({ ruleId: z.string().describe("id of the cluster's rule in CloudTower") }),
  example: {
    args: {
      cluster: output(ClusterConnection, "clusterId"),
      rule: "zbs_cluster_data_space_use_rate",
      thresholds: [
        { severity: "CRITICAL", value: 90 },
        { severity: "NOTICE", value: 61 },
      ],
    },
    changed: { disabled: true },
  },
  key: ({ rule }) => rule,
  parents: ["cluster"],

  async sync(context, { cluster, rule, ...wanted }) {
    const stands = await read(context, cluster, rule);
    if (!stands) throw await noRule(context, cluster, rule);
    if (differenceOf(stands, wanted)) {
      const changed = await cloudtower(context).write({
        operation: `set the thresholds of ${rule} on cluster ${cluster}`,
        path: pathTo`/update-customize-alert-rule`,
        body: {
          where: { name: rule },
          data: { clusters: { id: cluster }, thresholds: wanted.thresholds, disabled: wanted.disabled },
        },
        schema: oneOrMany(started),
        idempotent: true,
      });
      await awaitTask(context, `setting the thresholds of ${rule}`, changed?.[0]?.task_id);
      await untilShown(context, `the thresholds of ${rule}`, async () => {
        const shown = await read(context, cluster, rule);
        return shown ? differenceOf(shown, wanted) : "the rule is not there";
      });
    }
    return { ruleId: stands.id };
  },

  async read(context, _id, { cluster, rule }) {
    const stands = await read(context, cluster, rule);
    if (!stands) return undefined;
    const { id, thresholds, disabled } = stands;
    return { inputs: { thresholds, disabled }, outputs: { ruleId: id } };
  },
});

async function read(context: Context, cluster: string, rule: string): Promise<(Wanted & { id: string }) | undefined> {
  const [row] = await list(context, { cluster: { id: cluster }, global_alert_rule: { name: rule } });
  if (!row) return undefined;
  const thresholds = row.thresholds.flatMap(({ severity, value }) =>
    severity && value != null ? [{ severity: severity as Wanted["thresholds"][number]["severity"], value }] : [],
  );
  return { id: row.id, disabled: row.disabled, thresholds };
}

function list(context: Context, where: Record<string, unknown>) {
  return cloudtower(context).list({ what: "alert rules", path: pathTo`/get-alert-rules`, where, row: ruleRow });
}

function differenceOf(stands: Wanted, wanted: Wanted): string | undefined {
  const sorted = ({ thresholds }: Wanted) => thresholds.map(({ severity, value }) => `${severity} ${value}`).sort();
  if (stands.disabled === wanted.disabled && isDeepStrictEqual(sorted(stands), sorted(wanted))) return undefined;
  return `${sorted(stands).join(", ") || "no threshold"}${stands.disabled ? ", disabled" : ""} so far`;
}

async function noRule(context: Context, cluster: string, rule: string): Promise<PlanConflict> {
  const names = (await list(context, { cluster: { id: cluster } })).map((row) => row.global_alert_rule.name);
  const words = rule.split("_");
  // Of the vendor's 94 rules those are shown that share most of the name.
  const shared = (name: string) => name.split("_").filter((word) => words.includes(word)).length;
  const like = names.sort((a, b) => shared(b) - shared(a)).slice(0, 5);
  return new PlanConflict(
    `cluster ${cluster} has no alert rule ${rule} on ${context.connection.name}`,
    like.length > 0
      ? `it has ${names.length}; most like it: ${like.join(", ")}`
      : "it has none at all: is it connected?",
  );
}

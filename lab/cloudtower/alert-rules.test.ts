import { expect, test } from "vitest";
import { connect, type Tower, withCluster } from "./tower.fixture";

// The runbook's own words, stage 06.
const LIST =
  "query globalAlertRules($where: GlobalAlertRuleWhereInput, $orderBy: GlobalAlertRuleOrderByInput, $skip: Int, $first: Int) {\n  globalAlertRules(where: $where, orderBy: $orderBy, skip: $skip, first: $first) {\n    message\n    thresholds {\n      severity\n      __typename\n    }\n    object\n    id\n    disabled\n    name\n    alert_rules {\n      id\n      customized\n      disabled\n      thresholds {\n        severity\n        value\n        __typename\n      }\n      __typename\n    }\n    __typename\n  }\n  globalAlertRulesConnection(where: $where) {\n    aggregate {\n      count\n      __typename\n    }\n    __typename\n  }\n}\n";
const WHERE = {
  AND: [
    {
      AND: [
        { alert_rules_some: {} },
        { name_not_starts_with: "elf_" },
        { name_not_starts_with: "scvm_" },
        { name_not_starts_with: "vsphere_" },
        { name_not_starts_with: "witness_" },
        { name_not_starts_with: "zone" },
        { name_not_starts_with: "metro_" },
        { name_not_starts_with: "system." },
        {
          object_not_in: ["SKS_SERVICE", "SKS_REGISTRY", "SKS_CLUSTER", "SKS_CLUSTER_NODE", "SKS_PV", "SKS_PVC"],
        },
      ],
    },
  ],
};
const UPDATE =
  "mutation updateGlobalAlertRule($data: GlobalAlertRuleUpdateInput!, $where: GlobalAlertRuleWhereUniqueInput!) {\n  updateGlobalAlertRule(data: $data, where: $where) {\n    id\n    disabled\n    thresholds {\n      value\n      severity\n      __typename\n    }\n    alert_rules {\n      id\n      disabled\n      customized\n      thresholds {\n        value\n        severity\n        __typename\n      }\n      cluster {\n        id\n        name\n        __typename\n      }\n      __typename\n    }\n    __typename\n  }\n}\n";
const CAPACITY = "zbs_cluster_data_space_use_rate";

interface Rule {
  id: string;
  customized: boolean;
  disabled: boolean;
  thresholds: { severity: string; value: number }[];
}

interface Global {
  id: string;
  name: string;
  disabled: boolean;
  thresholds: { severity: string; value: number }[];
  alert_rules: Rule[];
}

async function list(tower: Tower) {
  const variables = { skip: 0, first: 50, where: WHERE, orderBy: "id_ASC" };
  const { body } = await tower.graphql<{
    globalAlertRules: Global[];
    globalAlertRulesConnection: { aggregate: { count: number } };
  }>(LIST, variables);
  return body.data;
}

async function capacity(tower: Tower): Promise<Global> {
  return (await list(tower)).globalAlertRules.find(({ name }) => name === CAPACITY) as Global;
}

const values = (rule: Pick<Rule, "thresholds"> | undefined) =>
  Object.fromEntries((rule?.thresholds ?? []).map(({ severity, value }) => [severity, value]));

test("rules are listed in the runbook's words, those of virtual machines left out", async () => {
  await withCluster({}, async (tower, _session, password) => {
    // alert_rules_some: as long as no cluster has one, nothing is found.
    expect((await list(tower)).globalAlertRules).toEqual([]);
    await connect(tower, password);
    const { globalAlertRules, globalAlertRulesConnection } = await list(tower);
    expect(globalAlertRules.map(({ name }) => name).sort()).toEqual([
      "cluster_memory_usage_percent",
      "host_cpu_overall_usage_percent",
      CAPACITY,
    ]);
    expect(globalAlertRulesConnection.aggregate.count).toBe(3);
    const rule = await capacity(tower);
    expect(rule).toMatchObject({ object: "CLUSTER", disabled: false });
    expect(rule.alert_rules).toMatchObject([{ customized: false, disabled: false }]);
    expect(values(rule.alert_rules[0])).toEqual({ CRITICAL: 90, NOTICE: 80 });
  });
});

test("a cluster's rule is changed in the runbook's words, the global one stays", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const global = await capacity(tower);
    const threshold = (severity: string, value: number) => ({ value, severity, quantile: 0, __typename: "Thresholds" });
    const data = {
      thresholds: [threshold("NOTICE", 80), threshold("CRITICAL", 90)],
      alert_rules: {
        update: [
          {
            where: { id: global.alert_rules[0]?.id },
            data: {
              customized: true,
              disabled: false,
              thresholds: [threshold("CRITICAL", 90), threshold("NOTICE", 61)],
            },
          },
        ],
      },
      disabled: false,
    };
    const { body } = await tower.graphql(UPDATE, { data, where: { id: global.id } });
    const shown = (severity: string, value: number) => ({ value, severity, __typename: "Thresholds" });
    expect(body).toEqual({
      data: {
        updateGlobalAlertRule: {
          id: global.id,
          disabled: false,
          thresholds: [shown("NOTICE", 80), shown("CRITICAL", 90)],
          alert_rules: [
            {
              id: global.alert_rules[0]?.id,
              disabled: false,
              customized: true,
              thresholds: [shown("CRITICAL", 90), shown("NOTICE", 61)],
              cluster: { id: cluster, name: "HCI-01", __typename: "Cluster" },
              __typename: "AlertRule",
            },
          ],
          __typename: "GlobalAlertRule",
        },
      },
    });
    const where = { cluster: { id: cluster }, global_alert_rule: { name: CAPACITY } };
    const [rule] = await tower.data<Rule[]>("/get-alert-rules", { where });
    expect(rule).toMatchObject({ customized: true });
    expect(values(rule)).toEqual({ CRITICAL: 90, NOTICE: 61 });
  });
});

test("REST changes the rule of the clusters that it finds, or the global one", async () => {
  await withCluster({}, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const where = { name: CAPACITY };
    const thresholds = (critical: number, notice: number) => [
      { severity: "CRITICAL", value: critical },
      { severity: "NOTICE", value: notice },
    ];
    // What is not customized follows.
    const global = { where, data: { thresholds: thresholds(95, 85) } };
    expect(await tower.data("/update-global-alert-rule", global)).toMatchObject([
      { task_id: null, data: { name: CAPACITY, thresholds: thresholds(95, 85), disabled: false } },
    ]);
    expect(values((await capacity(tower)).alert_rules[0])).toEqual({ CRITICAL: 95, NOTICE: 85 });
    const own = { where, data: { clusters: { id: cluster }, thresholds: thresholds(90, 61), disabled: true } };
    expect(await tower.data("/update-customize-alert-rule", own)).toMatchObject([
      { task_id: null, data: { thresholds: thresholds(95, 85) } },
    ]);
    await tower.data("/update-global-alert-rule", { where, data: { thresholds: thresholds(99, 98) } });
    const [rule] = (await capacity(tower)).alert_rules;
    expect(rule).toMatchObject({ customized: true, disabled: true });
    expect(values(rule)).toEqual({ CRITICAL: 90, NOTICE: 61 });
    const [row] = await tower.data<{ default_thresholds: { severity: string; value: number }[] }[]>(
      "/get-global-alert-rules",
      { where },
    );
    expect(row?.default_thresholds.map(({ value }) => value)).toEqual([90, 80]);
  });
});

test.each<[string, string, object, number]>([
  ["/update-global-alert-rule", "a rule that is not there", { where: { name: "none" }, data: {} }, 404],
  ["/update-global-alert-rule", "half a percent", { data: { thresholds: [{ value: 0.5, severity: "NOTICE" }] } }, 400],
  ["/update-customize-alert-rule", "no clusters", { data: {} }, 400],
  ["/update-customize-alert-rule", "a cluster that is not there", { data: { clusters: { id: "none" } } }, 404],
])("%s with %s is refused", async (path, _what, body, status) => {
  await withCluster({}, async (tower, _session, password) => {
    await connect(tower, password);
    expect((await tower.post(path, { where: { name: CAPACITY }, ...body })).status).toBe(status);
    expect((await capacity(tower)).alert_rules).toMatchObject([{ customized: false }]);
  });
});

test("GraphQL refuses a rule that is not there, and then changes nothing", async () => {
  await withCluster({}, async (tower, _session, password) => {
    await connect(tower, password);
    const { id } = await capacity(tower);
    const update = [{ where: { id: "none" }, data: { customized: true } }];
    for (const [data, where] of [
      [{ disabled: true, alert_rules: { update } }, { id }],
      [{ disabled: true }, { id: "none" }],
    ])
      expect((await tower.graphql(UPDATE, { data, where })).body.errors).toMatchObject([
        { message: expect.stringContaining("alert rule none is not found") },
      ]);
    expect(await capacity(tower)).toMatchObject({ disabled: false });
  });
});

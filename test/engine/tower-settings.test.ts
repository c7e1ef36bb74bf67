import { describe, expect, test } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import { STORAGE_CAPACITY_RULE as RULE, storageCapacityThresholds } from "../../providers/cloudtower/storage-capacity";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { configuredTower, FIRST_WANTED } from "./tower-configured";
import { connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const OTHER_RULE = "cluster_memory_usage_percent";
const cluster = { $ref: "cluster.clusterId" };

/** What is set on a connected CloudTower, as plain data. */
function settings(changes: Record<string, Record<string, unknown>> = {}): ResourceSpec[] {
  const own: ResourceSpec[] = [
    { type: "cloudtower:NtpServers", name: "ntp", args: { connection, servers: ["10.0.0.2", "ntp.example.com"] } },
    { type: "cloudtower:License", name: "license", args: { connection } },
    { type: "cloudtower:ClusterSettings", name: "policy", args: { connection, cluster, replicas: 2 } },
    {
      type: "cloudtower:AlertRule",
      name: "alert",
      args: { connection, cluster, rule: RULE, thresholds: storageCapacityThresholds(3) },
    },
  ];
  const changed = own.map(({ name, args, ...spec }) => {
    const all = Object.entries({ ...args, ...changes[name] }).filter(([, value]) => value !== undefined);
    return { ...spec, name, args: Object.fromEntries(all) };
  });
  return [...connectedTower(), ...changed.map((spec) => ({ ...spec, options: { dependsOn: ["setup", "cluster"] } }))];
}

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = await beginSite(...of);
}
const tower = () => site.lab.site.model.cloudtower;
const ruleOf = (name: string) => tower()?.clusters[0]?.alertRules[name];
const inputsOf = (name: string) => site.engine.state.find((kept) => kept.name === name)?.inputs;

describe.each(TOWER_VERSIONS)("CloudTower %s", (version) => {
  test("is set as planned, is kept by a second run, and what is changed by hand is named and put back by one write each", async () => {
    await begin(version);
    await site.up(settings());
    const setUp = ["createRootUser", "createOrganization", "createDatacenter", "connectCluster"];
    const all = ["graphqlUpdateCloudTowerNtpUrl", "graphqlUpdateClusterSettings", "updateCustomizeAlertRule"];
    expect(site.writes()).toEqual([...setUp, ...all]);
    expect(tower()).toMatchObject({
      ntp: ["10.0.0.2", "ntp.example.com"],
      clusters: [{ settings: { policy: "REPLICA_2_THIN_PROVISION", replicaNum: 2, thinProvision: true } }],
    });
    expect(ruleOf(RULE)).toMatchObject({ customized: true, disabled: false });
    expect(ruleOf(RULE)?.thresholds.map(({ severity, value }) => [severity, value])).toEqual([
      ["CRITICAL", 90],
      ["NOTICE", 61],
    ]);
    // The global rule, and the cluster's others, stay as the vendor has them.
    expect(tower()?.globalAlertRules[RULE]?.thresholds.map(({ value }) => value)).toEqual([90, 80]);
    expect(ruleOf(OTHER_RULE)).toBeUndefined();
    expect(site.outputsOf("license")).toMatchObject({ serial: tower()?.license.serial, licenseType: "TRIAL", version });
    await site.up(settings(), true);
    expect(site.writes()).toEqual([]);

    site.lab.cloudtower.change((changed) => {
      changed.ntp.reverse();
      for (const each of changed.clusters) {
        each.settings = { ...each.settings, policy: "REPLICA_3_THICK_PROVISION", replicaNum: 3, thinProvision: false };
        each.alertRules[RULE] = { customized: true, disabled: true, thresholds: [] };
      }
    });
    await site.engine.refresh();
    expect(inputsOf("ntp")?.servers).toEqual(["ntp.example.com", "10.0.0.2"]);
    expect(inputsOf("policy")).toMatchObject({ replicas: 3, thinProvision: false });
    expect(inputsOf("alert")).toMatchObject({ disabled: true, thresholds: [] });
    await site.up(settings(), true);
    expect(site.writes()).toEqual(all);
    await site.up(settings(), true);
    expect(site.writes()).toEqual([]);

    site.lab.cloudtower.change(({ clusters }) => {
      for (const each of clusters)
        Object.assign(each.settings, { policy: null, replicaNum: null, thinProvision: null });
    });
    await site.up(settings(), true);
    expect(site.writes()).toEqual(["graphqlUpdateClusterSettings"]);
  });

  test.each(["either", "EC", "EC_k_m"] as const)(
    "keeps new volumes by erasure coding, whether its name is %s",
    async (ecPolicy) => {
      await begin(version, { switches: { ecPolicy } });
      const ec = { replicas: undefined, ecK: 4, ecM: 2 };
      await site.up(settings({ policy: ec }));
      expect(tower()?.clusters[0]?.settings).toMatchObject({ ecK: 4, ecM: 2, replicaNum: null, thinProvision: true });
      site.writes();
      await site.up(settings({ policy: ec }), true);
      expect(site.writes()).toEqual([]);
      await site.up(settings({ policy: { replicas: 3 } }));
      expect(tower()?.clusters[0]?.settings).toMatchObject({ policy: "REPLICA_3_THIN_PROVISION", ecK: null });
    },
  );
});

test("where 4.6.0 does not show the figures of erasure coding, no drift of them is claimed", async () => {
  await begin("4.6.0", { switches: { readClusterSettings: false } });
  const ec = { replicas: undefined, ecK: 4, ecM: 2 };
  await site.up(settings({ policy: ec }));
  site.writes();
  expect(await site.up(settings({ policy: ec }), true)).toMatch(/does not show the figures of erasure coding/);
  expect(site.writes()).toEqual([]);
  site.lab.cloudtower.change(({ clusters }) => {
    for (const { settings } of clusters) Object.assign(settings, { policy: "REPLICA_2_THIN_PROVISION", ecK: null });
  });
  await site.up(settings({ policy: ec }), true);
  expect(site.writes()).toEqual(["graphqlUpdateClusterSettings"]);
});

test("another rule, another order of thresholds, a rule that is not there, and a policy that is none", async () => {
  await begin("4.6.0");
  await site.up(settings());
  site.writes();
  await site.up(settings({ alert: { thresholds: storageCapacityThresholds(3).reverse() } }));
  expect(site.writes()).toEqual([]);
  await site.up(
    settings({ alert: { rule: OTHER_RULE, thresholds: [{ severity: "NOTICE", value: 70 }], disabled: true } }),
  );
  expect(site.writes()).toEqual(["updateCustomizeAlertRule"]);
  expect(ruleOf(OTHER_RULE)).toMatchObject({ disabled: true, thresholds: [{ severity: "NOTICE", value: 70 }] });
  // What the plan names no more is a setting: it stays.
  expect(ruleOf(RULE)?.thresholds).toHaveLength(2);
  expect(await site.errorsOf(settings({ alert: { rule: "zbs_cluster_data_space" } }))).toMatch(
    /has no alert rule zbs_cluster_data_space on TOWER — it has 4; most like it: zbs_cluster_data_space_use_rate/,
  );
  expect(await site.errorsOf(settings({ policy: { replicas: 2, ecK: 4 } }))).toMatch(/either replicas, or ecK and ecM/);
  expect(site.writes()).toEqual([]);
});

test("a cluster that was removed by hand is connected anew, and given all that it had", async () => {
  await begin("4.6.0");
  const all = configuredTower(FIRST_WANTED);
  await site.up(all);
  site.writes();
  site.lab.cloudtower.change((changed) => {
    changed.clusters = [];
  });
  expect((await site.engine.refresh()).errors).toEqual([]);
  expect(site.engine.state.map(({ name }) => name)).toEqual(["setup", "organization", "datacenter", "ntp", "license"]);
  await site.up(all, true);
  expect(site.writes()).toEqual([
    "connectCluster",
    "graphqlUpdateClusterSettings",
    "updateCustomizeAlertRule",
    "createView",
    "createGraph",
    "createRackTopo",
    "createBrickTopo",
    "moveNodeTopo",
  ]);
  await site.up(all, true);
  expect(site.writes()).toEqual([]);
});

test("what outlives its cluster in CloudTower does not keep a refresh from ending", async () => {
  await begin("4.6.0");
  const all = configuredTower(FIRST_WANTED);
  await site.up(all);
  site.lab.cloudtower.change(({ clusters }) => {
    // Somebody has removed it and connected it again, and its view and rack show up still.
    for (const each of clusters) each.id = "c-again";
  });
  expect((await site.engine.refresh()).errors).toEqual([]);
  const names = site.engine.state.map(({ name }) => name);
  expect(names).toEqual(["setup", "organization", "datacenter", "ntp", "license", "view", "rack"]);
  expect(inputsOf("view")).toMatchObject({ hosts: "all", graphs: [{}, {}] });
});

test("settings survive a session that ends in GraphQL, lost answers, an update that was lost, and locks", async () => {
  await begin("4.8.0");
  const locked = { message: "locked", status: 400, path: "/update-customize-alert-rule", code: "ResourceLocked" };
  await site.up(connectedTower());
  await site.lab.setFaults([
    { operation: "graphqlUpdateCloudTowerNtpUrl", expireSession: true, count: 1 },
    { operation: "graphqlUpdateClusterSettings", drop: "after-commit", count: 1 },
    { operation: "updateCustomizeAlertRule", answer: { status: 400, body: locked }, count: 2 },
  ]);
  await site.up(settings());
  expect(site.lab.faultsApplied()).toEqual([1, 1, 2]);
  site.writes();
  await site.up(settings(), true);
  expect(site.writes()).toEqual([]);
  await site.lab.setFaults([{ operation: "graphqlUpdateCloudTowerNtpUrl", lostUpdate: true }]);
  expect(await site.errorsOf(settings({ ntp: { servers: ["10.0.0.9"] } }))).toMatch(
    /the time servers to be shown by TOWER has not ended after 1m.*last status: 10.0.0.2, ntp.example.com so far/,
  );
});

test("without get-ntp-service-url the time servers are set, and no drift of them is claimed", async () => {
  await begin("4.6.0");
  const gone = { message: "not found", status: 404, path: "/get-ntp-service-url" };
  await site.lab.setFaults([{ operation: "getNtpServiceUrl", answer: { status: 404, body: gone } }]);
  await site.up(settings());
  expect(tower()?.ntp).toEqual(["10.0.0.2", "ntp.example.com"]);
  expect(await site.up(settings(), true)).toMatch(/TOWER does not let its time servers be read back/);
});

test("an API key is a password that needs no log-in, and a user of the directory logs in as one", async () => {
  await begin("4.6.0");
  await site.up(connectedTower());
  const [token] = Object.keys(tower()?.tokens ?? {});
  site.lab.cloudtower.change(({ users }) => {
    const [root] = users;
    if (root)
      users.push({ ...root, id: "c-ldap", username: "li", source: "LDAP", role: "ADMIN", password: "Canary-Ldap-1" });
  });
  await site.engine.kill();
  const { addresses } = connection;
  const key = { name: "TOWER-KEY", addresses, password: token, source: "API_KEY" };
  const user = { name: "TOWER-LDAP", addresses, username: "li", password: "Canary-Ldap-1", source: "LDAP" };
  const license = (name: string, through: object): ResourceSpec => ({
    type: "cloudtower:License",
    name,
    args: { connection: through },
  });
  site.lab.clearRequests();
  await site.up([...connectedTower(), license("by-key", key)]);
  expect(site.lab.requests().filter(({ operation }) => operation === "towerLogin")).toEqual([]);
  await site.up([...connectedTower(), license("by-key", key), license("by-user", user)]);
  for (const name of ["by-key", "by-user"]) expect(site.outputsOf(name).serial).toBe(tower()?.license.serial);
  const wrong = { ...user, name: "TOWER-OTHER", source: "AUTHN" };
  expect(await site.errorsOf([...connectedTower(), license("by-other", wrong)])).toMatch(
    /log in to TOWER-OTHER as li \(AUTHN\).*SITEWRIGHT_TOWER_OTHER_USERNAME/,
  );
});

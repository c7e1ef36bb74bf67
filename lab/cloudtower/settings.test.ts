import { expect, test } from "vitest";
import { connect, type Tower, withCluster, withSetUpTower } from "./tower.fixture";

// The runbook's own words, stages 04 and 06.
const NTP =
  "mutation updateCloudTowerNtpUrl($data: NtpCommonUpdateInput!) {\n  updateCloudTowerNtpUrl(data: $data) {\n    ntp_service_url\n    __typename\n  }\n}\n";
const LICENSE =
  "query deployedLicense {\n  deploys(first: 1) {\n    id\n    license {\n      id\n      license_serial\n      maintenance_end_date\n      maintenance_start_date\n      max_chunk_num\n      max_cluster_num\n      max_vm_num\n      used_vm_num\n      sign_date\n      expire_date\n      software_edition\n      type\n      vendor\n      __typename\n    }\n    __typename\n  }\n}\n";
const SETTINGS =
  "mutation updateClusterSettings($data: ClusterSettingsUpdateInput!, $where: ClusterSettingsWhereUniqueInput!) {\n  updateClusterSettings(where: $where, data: $data) {\n    id\n    default_ha\n    default_ha_priority\n    enabled_iscsi\n    default_storage_policy\n    default_storage_policy_replica_num\n    default_storage_policy_ec_k\n    default_storage_policy_ec_m\n    default_storage_policy_thin_provision\n    default_storage_encryption\n    __typename\n  }\n}\n";
const READ_SETTINGS =
  "query clusterSettingses { clusterSettingses { id cluster { id } default_storage_policy default_storage_policy_replica_num default_storage_policy_ec_k default_storage_policy_ec_m default_storage_policy_thin_provision } }";

const REPLICA = {
  default_storage_policy: "REPLICA_2_THIN_PROVISION",
  default_storage_policy_replica_num: 2,
  default_storage_policy_ec_k: null,
  default_storage_policy_ec_m: null,
  default_storage_policy_thin_provision: true,
};
const EC = {
  default_storage_policy: "EC_4_2_THIN_PROVISION",
  default_storage_policy_replica_num: null,
  default_storage_policy_ec_k: 4,
  default_storage_policy_ec_m: 2,
  default_storage_policy_thin_provision: true,
};

async function settingsId(tower: Tower): Promise<string> {
  const [cluster] = await tower.data<{ settings: { id: string } }[]>("/get-clusters");
  return cluster?.settings.id as string;
}

test("time servers go out with commas and come back with semicolons", async () => {
  await withSetUpTower({}, async (tower) => {
    expect(await tower.data("/get-ntp-service-url")).toEqual({ ntp_service_url: "" });
    const data = { ntp_service_url: "10.0.0.2,ntp.c89.fun,10.0.0.1" };
    expect((await tower.graphql(NTP, { data })).body).toEqual({
      data: {
        updateCloudTowerNtpUrl: {
          ntp_service_url: "10.0.0.2;ntp.c89.fun;10.0.0.1",
          __typename: "UpdateNtpCommonResult",
        },
      },
    });
    expect(await tower.data("/get-ntp-service-url")).toEqual({ ntp_service_url: "10.0.0.2;ntp.c89.fun;10.0.0.1" });
    const refused = await tower.graphql(NTP, { data: { ntp_service_url: "x" } }, null);
    expect(refused.body.errors).toMatchObject([{ message: "invalid token" }]);
    tower.lab.cloudtower.change((changed) => {
      changed.ntp = ["10.9.9.9"];
    });
    expect(await tower.data("/get-ntp-service-url")).toEqual({ ntp_service_url: "10.9.9.9" });
  });
});

test("the licence is a trial, in the runbook's answer and in REST, until another is given", async () => {
  await withSetUpTower({}, async (tower) => {
    const [license] = await tower.data<Record<string, unknown>[]>("/get-licenses");
    const shown = (await tower.graphql<{ deploys: { license: object }[] }>(LICENSE)).body.data.deploys;
    expect(shown).toEqual([
      {
        id: expect.any(String),
        license: { ...license, max_vm_num: 0, used_vm_num: 0, vendor: "SMTX", __typename: "License" },
        __typename: "Deploy",
      },
    ]);
    expect(license).toMatchObject({
      license_serial: expect.stringMatching(/^[0-9a-f-]{36}$/),
      type: "TRIAL",
      software_edition: "ENTERPRISE",
    });
    expect(await tower.data("/update-license", { data: { license: "text" } })).toMatchObject({
      task_id: null,
      data: { id: license?.["id"], license_serial: license?.["license_serial"], type: "PERPETUAL" },
    });
    expect((await tower.post("/update-license", { data: {} })).status).toBe(400);
  });
});

test("the default storage policy is set in the runbook's words and read back", async () => {
  await withCluster({ cloudtowerVersion: "4.8.0" }, async (tower, _session, password) => {
    const { cluster } = await connect(tower, password);
    const id = await settingsId(tower);
    expect(await tower.data("/get-cluster-settingses")).toMatchObject([{ id, default_storage_policy: null }]);
    const answer = await tower.graphql(SETTINGS, { data: REPLICA, where: { id } });
    expect(answer.body).toEqual({
      data: {
        updateClusterSettings: {
          id,
          default_ha: null,
          default_ha_priority: "LEVEL_2_MEDIUM",
          enabled_iscsi: null,
          ...REPLICA,
          default_storage_encryption: null,
          __typename: "ClusterSettings",
        },
      },
    });
    expect(await tower.data("/get-cluster-settingses", { where: { cluster: { id: cluster } } })).toMatchObject([
      { id, cluster: { id: cluster }, ...REPLICA },
    ]);
    expect((await tower.graphql(READ_SETTINGS)).body).toEqual({
      data: { clusterSettingses: [{ id, cluster: { id: cluster }, ...REPLICA }] },
    });
  });
});

test.each(["4.6.0", "4.8.0"] as const)(
  "erasure coding has one name in %s's REST, and its figures there where the schema has them",
  async (cloudtowerVersion) => {
    await withCluster({ cloudtowerVersion }, async (tower, _session, password) => {
      await connect(tower, password);
      const id = await settingsId(tower);
      await tower.graphql(SETTINGS, { data: EC, where: { id } });
      const [row] = await tower.data<Record<string, unknown>[]>("/get-cluster-settingses");
      expect(row?.["default_storage_policy"]).toBe("EC");
      expect(row?.["default_storage_policy_ec_k"]).toBe(cloudtowerVersion === "4.8.0" ? 4 : undefined);
      const read = await tower.graphql<{ clusterSettingses: unknown[] }>(READ_SETTINGS);
      expect(read.body.data.clusterSettingses).toMatchObject([EC]);
    });
  },
);

test.each<["either" | "EC" | "EC_k_m", string, boolean]>([
  ["either", "EC", true],
  ["either", "EC_4_2_THIN_PROVISION", true],
  ["EC", "EC", true],
  ["EC", "EC_4_2_THIN_PROVISION", false],
  ["EC_k_m", "EC", false],
  ["EC_k_m", "EC_4_2_THIN_PROVISION", true],
])("with ecPolicy %s the name %s is taken: %s", async (ecPolicy, default_storage_policy, taken) => {
  await withCluster({ switches: { ecPolicy } }, async (tower, _session, password) => {
    await connect(tower, password);
    const variables = { data: { ...EC, default_storage_policy }, where: { id: await settingsId(tower) } };
    const { body } = await tower.graphql(SETTINGS, variables);
    expect(body.errors === undefined).toBe(taken);
  });
});

test.each<[string, object]>([
  ["another number of replicas", { default_storage_policy_replica_num: 3 }],
  ["thick provisioning", { default_storage_policy_thin_provision: false }],
  ["figures of erasure coding", { default_storage_policy_ec_k: 4 }],
  ["a name that is none", { default_storage_policy: "REPLICA_9" }],
  ["erasure coding without figures", { default_storage_policy: "EC_4_2_THIN_PROVISION" }],
])("a policy with %s is refused and changes nothing", async (_what, wrong) => {
  await withCluster({}, async (tower, _session, password) => {
    await connect(tower, password);
    const where = { id: await settingsId(tower) };
    await tower.graphql(SETTINGS, { data: REPLICA, where });
    const { status, body } = await tower.graphql(SETTINGS, { data: { ...REPLICA, ...wrong }, where });
    expect([status, body.errors?.length]).toEqual([200, 1]);
    const read = await tower.graphql<{ clusterSettingses: unknown[] }>(READ_SETTINGS);
    expect(read.body.data.clusterSettingses).toMatchObject([REPLICA]);
  });
});

test("without readClusterSettings GraphQL has no list of cluster settings, and the update still answers", async () => {
  await withCluster({ switches: { readClusterSettings: false } }, async (tower, _session, password) => {
    await connect(tower, password);
    const read = await tower.graphql(READ_SETTINGS);
    expect(read.status).toBe(400);
    expect(read.body.errors?.[0]?.message).toMatch(/^Cannot query field "clusterSettingses"/);
    const { body } = await tower.graphql<{ updateClusterSettings: object }>(SETTINGS, {
      data: {},
      where: { id: await settingsId(tower) },
    });
    expect(body.data.updateClusterSettings).toMatchObject({ default_storage_policy: null });
  });
});

test("settings that are not there are refused", async () => {
  await withSetUpTower({}, async (tower) => {
    const { body } = await tower.graphql(SETTINGS, { data: REPLICA, where: { id: "none" } });
    expect(body.errors?.[0]?.message).toBe("cluster settings none are not found");
  });
});

import { z } from "zod";
import { defineResource } from "../kernel/define";
import { NotFound } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { replaces } from "../kernel/schema";
import { cloudtower } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { TowerRefused } from "./refusals";
import { untilShown } from "./settle";
import { differenceOf, isWhole, policyOf, requestsFor, type StoragePolicy } from "./storage-policy";

const figures = {
  default_storage_policy: z.string().nullish(),
  default_storage_policy_replica_num: z.number().nullish(),
  default_storage_policy_ec_k: z.number().nullish(),
  default_storage_policy_ec_m: z.number().nullish(),
  default_storage_policy_thin_provision: z.boolean().nullish(),
};
const settingsRow = z.looseObject({ id: z.string(), ...figures });
const FIELDS = Object.keys(figures).join(" ");

const inputs = z
  .strictObject({
    connection: cloudtowerConnection,
    cluster: replaces(z.string().min(1)).describe("id of the cluster in CloudTower; a change replaces"),
    replicas: z.int().min(1).max(3).optional().describe("copies of each block; left out with erasure coding"),
    ecK: z.int().min(2).optional().describe("data blocks of erasure coding, with ecM"),
    ecM: z.int().min(1).optional().describe("parity blocks of erasure coding, with ecK"),
    thinProvision: z.boolean().default(true).describe("space is taken when it is written, not before"),
  })
  .refine(
    ({ replicas, ecK, ecM }) => {
      const [some, both] = [ecK !== undefined || ecM !== undefined, ecK !== undefined && ecM !== undefined];
      return replicas === undefined ? both : !some;
    },
    { message: "either replicas, or ecK and ecM" },
  );

/** How a cluster keeps new volumes unless told otherwise. */
export const ClusterSettings = defineResource({
  type: "cloudtower:ClusterSettings",
  sort: "setting",
  doc: "The default storage policy of a cluster, by GraphQL's `updateClusterSettings` (runbook, stage 06 配置默认存储策略为双副本且开启精简配置). It is read by `POST /v2/api/get-cluster-settingses`; the figures of erasure coding, which REST shows from 4.8.0 on, by GraphQL's `clusterSettingses` where CloudTower has it, and where it does not, no drift of them is claimed.",
  inputs,
  outputs: z.strictObject({ settingsId: z.string().describe("id of the settings in CloudTower") }),
  example: { args: { cluster: output(ClusterConnection, "clusterId"), replicas: 2 }, changed: { replicas: 3 } },
  key: ({ cluster }) => cluster,

  async sync(context, wanted) {
    const { cluster } = wanted;
    const stands = await read(context, cluster);
    if (!stands) throw noSettings(context, cluster);
    if (!isWhole(stands.policy) || differenceOf(stands.policy, wanted)) {
      await write(context, stands.id, wanted);
      await untilShown(context, "the default storage policy", async () => {
        const shown = await read(context, cluster);
        if (!shown) throw noSettings(context, cluster);
        return differenceOf(shown.policy, wanted);
      });
    }
    return { settingsId: stands.id };
  },

  async read(context, _id, { cluster }) {
    const stands = await read(context, cluster);
    if (!stands) return undefined;
    const { id, policy } = stands;
    if (!isWhole(policy)) {
      context.info(
        `${context.connection.name} does not show the figures of erasure coding; drift of them cannot be seen`,
      );
    }
    return { inputs: policy, outputs: { settingsId: id } };
  },
});

/** Undefined where CloudTower has no such cluster, or has not connected it yet. */
async function read(context: Context, cluster: string): Promise<{ id: string; policy: StoragePolicy } | undefined> {
  const [row] = await cloudtower(context).list({
    what: "cluster settings",
    path: pathTo`/get-cluster-settingses`,
    where: { cluster: { id: cluster } },
    row: settingsRow,
  });
  if (!row) return undefined;
  const policy = policyOf(row);
  return { id: row.id, policy: isWhole(policy) ? policy : ((await readByGraphql(context, cluster)) ?? policy) };
}

export function noSettings({ connection }: Context, cluster: string): NotFound {
  return new NotFound(
    `${connection.name} has no settings of a cluster ${cluster}`,
    "see in CloudTower whether the cluster is connected",
  );
}

/** Undefined where CloudTower's GraphQL has no such query: no document shows it. */
async function readByGraphql(context: Context, cluster: string): Promise<StoragePolicy | undefined> {
  try {
    const { clusterSettingses } = await cloudtower(context).query({
      operation: `read the storage policy of cluster ${cluster}`,
      query: `query clusterSettingses($where: ClusterSettingsWhereInput) { clusterSettingses(where: $where) { id ${FIELDS} } }`,
      variables: { where: { cluster: { id: cluster } } },
      schema: z.looseObject({ clusterSettingses: z.array(settingsRow) }),
    });
    return clusterSettingses[0] && policyOf(clusterSettingses[0]);
  } catch (error) {
    if (error instanceof TowerRefused) return undefined;
    throw error;
  }
}

/** A form that CloudTower refuses has changed nothing; the last one's refusal is what is told. */
async function write(context: Context, id: string, wanted: StoragePolicy): Promise<void> {
  const [first, ...others] = requestsFor(wanted);
  for (let data = first; data; data = others.shift()) {
    try {
      await cloudtower(context).mutate({
        operation: `set the default storage policy to ${data.default_storage_policy}`,
        query: `mutation updateClusterSettings($data: ClusterSettingsUpdateInput!, $where: ClusterSettingsWhereUniqueInput!) { updateClusterSettings(data: $data, where: $where) { id ${FIELDS} } }`,
        variables: { data, where: { id } },
        schema: z.looseObject({ updateClusterSettings: settingsRow }),
        idempotent: true,
      });
      return;
    } catch (error) {
      if (!(error instanceof TowerRefused) || others.length === 0) throw error;
    }
  }
}

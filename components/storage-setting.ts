import { policyOf } from "../providers/cloudtower/storage-policy";
import { parsed, setting } from "../providers/kernel/setting";

/** The default storage policy of the cluster, as CloudTower keeps it; see ClusterSettings. */
export interface DefaultStorage {
  replicas?: number;
  ecK?: number;
  ecM?: number;
  thinProvision: boolean;
}

/** What the runbook sets (stage 06). */
export const RUNBOOK_STORAGE: DefaultStorage = { replicas: 2, thinProvision: true };

/** The stack setting `storagePolicy`, in the vendor's own words. */
export const storagePolicy = setting(
  parsed((text): DefaultStorage => {
    const { replicas, ecK, ecM, thinProvision } = policyOf({ default_storage_policy: text });
    if (thinProvision !== undefined && (replicas === undefined || [1, 2, 3].includes(replicas)))
      return { replicas, ecK, ecM, thinProvision };
    throw new Error();
  }, "it is none; there are such as REPLICA_2_THIN_PROVISION, REPLICA_3_THICK_PROVISION and EC_4_2_THIN_PROVISION"),
  "default storage policy in CloudTower, `REPLICA_2_THIN_PROVISION` unless set",
  { how: "pulumi config set storagePolicy REPLICA_3_THIN_PROVISION" },
);

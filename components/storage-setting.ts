import * as pulumi from "@pulumi/pulumi";
import { policyOf } from "../providers/cloudtower/storage-policy";
import type { DefaultStorage } from "./cloudtower";

/**
 * The stack setting `storagePolicy`, in the vendor's own words: REPLICA_2_THIN_PROVISION, which the runbook sets (stage
 * 06), unless told. Throws RunError for what is none.
 */
export function storageSetting(text = "REPLICA_2_THIN_PROVISION"): DefaultStorage {
  const { replicas, ecK, ecM, thinProvision } = policyOf({ default_storage_policy: text });
  if (thinProvision !== undefined && (replicas === undefined || [1, 2, 3].includes(replicas)))
    return { replicas, ecK, ecM, thinProvision };
  throw new pulumi.RunError(
    `the stack setting storagePolicy is "${text}": set it to one like REPLICA_2_THIN_PROVISION, REPLICA_3_THICK_PROVISION or EC_4_2_THIN_PROVISION`,
  );
}

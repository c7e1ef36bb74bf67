import * as pulumi from "@pulumi/pulumi";
import type { DefaultStorage } from "./cloudtower";

const REPLICA = /^REPLICA_([1-3])_(THIN|THICK)_PROVISION$/;
const EC = /^EC_(\d+)_(\d+)_(THIN|THICK)_PROVISION$/;

/**
 * The stack setting `storagePolicy`, in the vendor's own words: REPLICA_2_THIN_PROVISION, which the runbook sets (stage
 * 06), unless told. Throws RunError for what is none.
 */
export function storageSetting(text = "REPLICA_2_THIN_PROVISION"): DefaultStorage {
  const replica = REPLICA.exec(text);
  if (replica) return { replicas: Number(replica[1]), thinProvision: replica[2] === "THIN" };
  const ec = EC.exec(text);
  if (ec) return { ecK: Number(ec[1]), ecM: Number(ec[2]), thinProvision: ec[3] === "THIN" };
  throw new pulumi.RunError(
    `the stack setting storagePolicy is "${text}": set it to one like REPLICA_2_THIN_PROVISION, REPLICA_3_THICK_PROVISION or EC_4_2_THIN_PROVISION`,
  );
}

/** How a cluster keeps new volumes: copies, or erasure coding of k data and m parity blocks. */
export interface StoragePolicy {
  replicas?: number | undefined;
  ecK?: number | undefined;
  ecM?: number | undefined;
  thinProvision?: boolean | undefined;
}

/** As CloudTower writes it; figures that a version does not show are missing, those that do not apply null. */
export interface VendorPolicy {
  default_storage_policy?: string | null | undefined;
  default_storage_policy_replica_num?: number | null | undefined;
  default_storage_policy_ec_k?: number | null | undefined;
  default_storage_policy_ec_m?: number | null | undefined;
  default_storage_policy_thin_provision?: boolean | null | undefined;
}

const REPLICA = /^(?:ELF_CP_)?REPLICA_(\d+)_(THIN|THICK)_PROVISION$/;
const EC = /^EC_(\d+)_(\d+)_(THIN|THICK)_PROVISION$/;

/**
 * The forms in which a policy may be asked for, the vendor's own first. Of copies there is one (runbook, stage 06);
 * of erasure coding the vendor's schema has `EC`, and a public client sends `EC_4_2_THIN_PROVISION` (facts, part A 6).
 */
export function requestsFor({ replicas, ecK, ecM, thinProvision = true }: StoragePolicy): Required<VendorPolicy>[] {
  const figures = {
    default_storage_policy_replica_num: replicas ?? null,
    default_storage_policy_ec_k: ecK ?? null,
    default_storage_policy_ec_m: ecM ?? null,
    default_storage_policy_thin_provision: thinProvision,
  };
  const provision = `${thinProvision ? "THIN" : "THICK"}_PROVISION`;
  const names = replicas === undefined ? ["EC", `EC_${ecK}_${ecM}_${provision}`] : [`REPLICA_${replicas}_${provision}`];
  return names.map((name) => ({ default_storage_policy: name, ...figures }));
}

/**
 * What stands: a field that is undefined does not apply, one that is left out is not shown. `EC` alone, as REST has it
 * before 4.8.0 (facts, part B 5A 16), says nothing of its figures.
 */
export function policyOf(seen: VendorPolicy): StoragePolicy {
  const name = seen.default_storage_policy;
  if (!name) return { replicas: undefined, ecK: undefined, ecM: undefined, thinProvision: undefined };
  const replica = REPLICA.exec(name);
  if (replica) {
    return { replicas: Number(replica[1]), ecK: undefined, ecM: undefined, thinProvision: replica[2] === "THIN" };
  }
  const ec = EC.exec(name);
  if (ec) return { replicas: undefined, ecK: Number(ec[1]), ecM: Number(ec[2]), thinProvision: ec[3] === "THIN" };
  const { default_storage_policy_ec_k: k, default_storage_policy_ec_m: m } = seen;
  const thin = seen.default_storage_policy_thin_provision;
  return {
    replicas: undefined,
    ...(k != null && { ecK: k }),
    ...(m != null && { ecM: m }),
    ...(thin != null && { thinProvision: thin }),
  };
}

/** Whether every figure is told. */
export function isWhole(policy: StoragePolicy): boolean {
  return ["replicas", "ecK", "ecM", "thinProvision"].every((name) => name in policy);
}

/** How what stands differs from what is wanted, in words; undefined: it does not, as far as it is shown. */
export function differenceOf(stands: StoragePolicy, wanted: StoragePolicy): string | undefined {
  const names = Object.keys(stands) as (keyof StoragePolicy)[];
  const differing = names.filter((name) => stands[name] !== wanted[name]);
  if (differing.length === 0) return undefined;
  return differing.map((name) => `${name} is ${stands[name] ?? "not set"}`).join(", ");
}

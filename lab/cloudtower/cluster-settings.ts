import { z } from "zod";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { changeTower } from "./change-tower";
import { parsed, Refused } from "./rest";
import type { LabClusterSettings, LabTower } from "./tower-model";

export const ecPolicy = oneOf(
  "ecPolicy",
  ["either", "EC", "EC_k_m"],
  "Which names of erasure coding a cluster's default storage policy may have.",
  "CloudTower's schema has EC alone, a public client sends EC_4_2_THIN_PROVISION (facts, part A 6); which GraphQL takes",
);

const number = z.int().nullish();
const updateSchema = z.looseObject({
  default_storage_policy: z.string().nullish(),
  default_storage_policy_replica_num: number,
  default_storage_policy_ec_k: number,
  default_storage_policy_ec_m: number,
  default_storage_policy_thin_provision: z.boolean().nullish(),
});
const whereSchema = z.looseObject({ id: z.string() });

/** Sets a cluster's default storage policy (runbook stage 06 配置默认存储策略). */
export function updateClusterSettings(site: SiteState, tower: LabTower, where: unknown, data: unknown) {
  const { id } = parsed(whereSchema, where);
  const change = parsed(updateSchema, data);
  const old = tower.clusters.find((each) => each.serial !== null && each.settings.id === id)?.settings;
  if (!old) throw new Refused(404, `cluster settings ${id} are not found`);
  const settings: LabClusterSettings = {
    id,
    policy: kept(change.default_storage_policy, old.policy),
    replicaNum: kept(change.default_storage_policy_replica_num, old.replicaNum),
    ecK: kept(change.default_storage_policy_ec_k, old.ecK),
    ecM: kept(change.default_storage_policy_ec_m, old.ecM),
    thinProvision: kept(change.default_storage_policy_thin_provision, old.thinProvision),
  };
  const wrong = contradiction(settings, site.switches.of(ecPolicy));
  if (wrong) throw new Refused(400, wrong);
  changeTower(site, ({ clusters }) => {
    for (const cluster of clusters) if (cluster.settings.id === id) cluster.settings = settings;
  });
  return shownSettings(tower, id);
}

/** All cluster settings, or those of an id, as GraphQL shows them. */
export function shownSettings({ clusters }: LabTower, id: string) {
  const settings = clusters.find((each) => each.settings.id === id)?.settings;
  return {
    id,
    default_ha: null,
    default_ha_priority: "LEVEL_2_MEDIUM",
    enabled_iscsi: null,
    default_storage_policy: settings?.policy ?? null,
    default_storage_policy_replica_num: settings?.replicaNum ?? null,
    default_storage_policy_ec_k: settings?.ecK ?? null,
    default_storage_policy_ec_m: settings?.ecM ?? null,
    default_storage_policy_thin_provision: settings?.thinProvision ?? null,
    default_storage_encryption: null,
  };
}

/** What is left out stays; null is a value. */
function kept<T>(wanted: T | undefined, old: T): T {
  return wanted === undefined ? old : wanted;
}

const REPLICA = /^(?:ELF_CP_)?REPLICA_([123])_(THIN|THICK)_PROVISION$/;
const EC = /^EC(?:_(\d+)_(\d+)_(THIN|THICK)_PROVISION)?$/;

/** What a policy's name says and its figures do not; which figures the vendor checks is assumed. */
function contradiction(
  { policy, replicaNum, ecK, ecM, thinProvision }: LabClusterSettings,
  ecPolicy: "either" | "EC" | "EC_k_m",
): string | undefined {
  if (policy === null) return undefined;
  const replica = policy.match(REPLICA);
  if (replica) {
    if (ecK !== null || ecM !== null) return `${policy} has no default_storage_policy_ec_k and _ec_m`;
    if (replicaNum !== Number(replica[1])) return `${policy} has default_storage_policy_replica_num ${replica[1]}`;
    return thinDiffers(policy, replica[2], thinProvision);
  }
  const ec = policy.match(EC);
  const form = ec?.[1] === undefined ? "EC" : "EC_k_m";
  if (!ec || (ecPolicy !== "either" && form !== ecPolicy)) return `${policy} is no storage policy`;
  if (ecK === null || ecM === null) return `${policy} needs default_storage_policy_ec_k and _ec_m`;
  if (form === "EC") return undefined;
  if (ecK !== Number(ec[1]) || ecM !== Number(ec[2]))
    return `${policy} has default_storage_policy_ec_k ${ec[1]} and _ec_m ${ec[2]}`;
  return thinDiffers(policy, ec[3], thinProvision);
}

function thinDiffers(policy: string, provision: string | undefined, thin: boolean | null): string | undefined {
  const wanted = provision === "THIN";
  return thin === wanted ? undefined : `${policy} has default_storage_policy_thin_provision ${wanted}`;
}

import type { Model } from "../model";
import type { Seeded } from "../random";
import type { SiteState } from "../site-state";
import { freshAlertRules } from "./alert-rule-names";
import { type LabTower, TOWER_VERSIONS, type TowerVersion } from "./tower-model";

const DAY = 24 * 60 * 60_000;

/** Puts CloudTower at the plan's address, on the machine that it was installed on; one that is there stays as it is. */
export function putTower(site: SiteState, model: Model, vm?: string): void {
  const { plan, cloudtowerVersion = TOWER_VERSIONS[0] } = site.options;
  const address = plan.cloudtower?.address;
  if (address === undefined) throw new Error("the plan has no CloudTower: its cloudtower.address is missing");
  model.cloudtower ??= {
    ...newTower(address, cloudtowerVersion, site.ids, site.now),
    ...(vm !== undefined && { vm }),
  };
}

/** CloudTower as its installer leaves it: nobody has an account, nothing is connected, its licence is a trial. */
function newTower(address: string, version: TowerVersion, ids: Seeded, now: number): LabTower {
  return {
    address,
    version,
    installedAt: now,
    users: [],
    tokens: {},
    organizations: [],
    datacenters: [],
    clusters: [],
    ntp: [],
    license: {
      id: ids.cuid("tower license"),
      serial: ids.uuid("tower license"),
      type: "TRIAL",
      signedAt: now,
      // The sample's two dates are 90 days apart (runbook stage 04 导出cloudtower 序列号).
      expiresAt: now + 90 * DAY,
    },
    globalAlertRules: freshAlertRules(),
    tasks: [],
  };
}

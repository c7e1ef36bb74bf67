import type { Seeded } from "../random";
import { freshAlertRules } from "./alert-rule-names";
import type { LabTower, TowerVersion } from "./tower-model";

const DAY = 24 * 60 * 60_000;

/** CloudTower as its installer leaves it: nobody has an account, nothing is connected, its licence is a trial. */
export function newTower(address: string, version: TowerVersion, ids: Seeded, now: number): LabTower {
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

import type { SiteState } from "../site-state";
import { Refused } from "./rest";
import type { Row } from "./row";
import { matching } from "./tables";
import type { LabTower } from "./tower-model";

/** What a write's `where` finds, by its keys, whatever a list's page holds; 404 for nothing (cloudtower-api-guide, 如何调用). */
export function found(site: SiteState, tower: LabTower, kind: string, where: unknown): Row[] {
  const rows = matching(site, tower, kind, where);
  if (rows.length === 0) throw new Refused(404, `no ${kind} is found by where`);
  return rows;
}

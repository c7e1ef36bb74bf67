import { nearest } from "../base/nearest";
import type { PlanKind } from "./plan-kind";
import { checkRules } from "./rules/rules";
import { checkVms } from "./rules/vms";
import { type SitePlan, sitePlanSchema } from "./site-plan";
import { VMS_PAGE, type VmsPlan, vmsPlanSchema } from "./vms/vms-plan";

export const siteKind: PlanKind<SitePlan> = { schema: sitePlanSchema, page: "docs/site-yaml.md", check: checkRules };
export const vmsKind: PlanKind<VmsPlan> = { schema: vmsPlanSchema, page: VMS_PAGE, check: checkVms };

/** The kind of plan that the key `kind` names, or is near to; a site's unless told. */
export function kindNamed(kind: unknown): typeof siteKind | typeof vmsKind {
  return typeof kind === "string" && nearest(kind, ["site", "virtual-machines"]) === "virtual-machines"
    ? vmsKind
    : siteKind;
}

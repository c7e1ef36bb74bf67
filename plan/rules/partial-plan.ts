import type { Path } from "../draft";
import type { SitePlan } from "../site-plan";

/** A plan of which any part may still be missing. */
export type PartialPlan = DeepPartial<SitePlan>;

export type PartialNetwork = DeepPartial<SitePlan["management"]["network"]>;

/** A value of which any part may still be missing. */
export type DeepPartial<T> = T extends (infer E)[]
  ? (DeepPartial<E> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** A network of rows 4 to 18, where it stands, and the part of the plan whose switch carries it. */
export interface PlannedPart {
  path: Path;
  network: PartialNetwork;
  owner: SwitchOwner;
}

export const switchOwners = ["management", "storage", "backup", "business"] as const;
export type SwitchOwner = (typeof switchOwners)[number];

/** All networks in the order of the workbook's rows. With 存储独立, management and business are one switch. */
export function networksOf(plan: PartialPlan): PlannedPart[] {
  const business = sharesSwitch(plan) ? "management" : "business";
  const all: [Path, PartialNetwork | undefined, SwitchOwner][] = [
    [["management", "network"], plan.management?.network, "management"],
    [["management", "extra"], plan.management?.extra, "management"],
    [["storage", "network"], plan.storage?.network, "storage"],
    [["backup", "network"], plan.backup?.network, "backup"],
    ...(plan.business?.networks ?? []).map((network, i): [Path, PartialNetwork | undefined, SwitchOwner] => [
      ["business", "networks", i],
      network,
      business,
    ]),
  ];
  return all.flatMap(([path, network, owner]) => (network ? [{ path, network, owner }] : []));
}

/** Whether business networks have no switch of their own (存储独立). */
export function sharesSwitch(plan: PartialPlan): boolean {
  return plan.cluster?.networks === "storage-separate";
}

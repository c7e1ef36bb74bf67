/** The stack setting `adopt`: everything, or names as errors print them (`Vlan/VLAN-1120`). */
export type Adopt = "all" | string[];

/** Whether the setting has the object of this label taken over where it stands already. */
export function isAdopted(adopt: Adopt, label: string): boolean {
  return adopt === "all" || adopt.includes(label);
}

/** The variable of the environment by which `sitewright adopt` has an engine's run take over what stands, and write nothing. */
export const ONLY_ADOPTS = "SITEWRIGHT_ONLY_ADOPTS";

/** What such a run says of a resource that the plan has no more: that it is left to the next up is no failure. */
export const NOT_DELETED = "is not deleted: this run only takes over what stands";

/** Whether this run only takes over: what stands goes into the state as it stands, and no write leaves. */
export function onlyAdopts(): boolean {
  return process.env[ONLY_ADOPTS] === "true";
}

/** The stack setting `adopt`: everything, or names as errors print them (`Vlan/VLAN-1120`). */
export type Adopt = "all" | string[];

/** Whether the setting has the object of this label taken over where it stands already. */
export function isAdopted(adopt: Adopt, label: string): boolean {
  return adopt === "all" || adopt.includes(label);
}

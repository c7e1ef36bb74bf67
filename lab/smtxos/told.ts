import type { SiteState } from "../site-state";
import { oneOf } from "../switch";

export const listsAs = oneOf(
  "listsAs",
  ["entities", "bare"],
  "Fisheye's lists of VLANs and of virtual machines: in `entities`, or bare.",
  "a public client takes some lists of fisheye in data.entities and others bare (facts, part B 5B 6); which version does which is not known",
);

export const answersTell = oneOf(
  "answersTell",
  ["all", "least"],
  "Whether answers of SMTX OS have what nobody needs in order to go on.",
  "the samples are of one version; others may leave fields out. least: no edition and type of the licence, of a virtual machine no disk's name, size, bus and policy, and neither ha, description, CPU model nor firmware, of the boot disk in a scan its drive and function alone, no count of VLANs, no figures of a storage policy",
);

/** A part of an answer, without what a site may leave out of it where the switch says so. */
export function told<T extends object>({ switches }: SiteState, whole: T, leftOut: (keyof T)[]): Partial<T> {
  if (switches.of(answersTell) === "all") return whole;
  const names: PropertyKey[] = leftOut;
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name))) as Partial<T>;
}

/** A list in `entities`, or bare where the switch says so. */
export function listed<T>({ switches }: SiteState, rows: T[]): { entities: T[] } | T[] {
  return switches.of(listsAs) === "bare" ? rows : { entities: rows };
}

import type { SiteState } from "../site-state";

/** A part of an answer, without what a site may leave out of it where the switch says so. */
export function told<T extends object>({ switches }: SiteState, whole: T, leftOut: (keyof T)[]): Partial<T> {
  if (switches.answersTell === "all") return whole;
  const names: PropertyKey[] = leftOut;
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !names.includes(name))) as Partial<T>;
}

/** A list in `entities`, or bare where the switch says so. */
export function listed<T>({ switches }: SiteState, rows: T[]): { entities: T[] } | T[] {
  return switches.listsAs === "bare" ? rows : { entities: rows };
}

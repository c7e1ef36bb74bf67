import type { JournalEntry } from "./journal";

/** `Vlan/VLAN-1120`, as errors name the object of an entry. */
function labelOf({ kind, key }: JournalEntry): string {
  return `${kind.slice(kind.indexOf(":") + 1)}/${key}`;
}

/**
 * The warning of what a killed run has begun and no resource asks for any more: the plan does not name it, or names
 * `instead` in its place.
 */
export function leftBehind(entry: JournalEntry, instead?: string): string {
  const dropped = instead ? `names ${instead} in its place` : "does not name it any more";
  const then = instead ? "it can be changed again" : "it can be taken out";
  return `${labelOf(entry)} was begun by a run that was cut off, and the plan ${dropped}: unless it is deleted now, it may stand at the site${entry.id ? ` (id ${entry.id})` : ""} — put it back into the plan and run up; then ${then}`;
}

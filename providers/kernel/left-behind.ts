import type { Call } from "./call";
import { journalKey, labelOf, withinStack } from "./identity";
import type { JournalEntry } from "./journal";
import type { Kind } from "./resource";

type Fields = Record<string, unknown>;

/** `Vlan/VLAN-1120`: the object of an entry, as errors name it. */
function labelOfEntry({ kind, key }: JournalEntry): string {
  return `${kind.slice(kind.indexOf(":") + 1)}/${key}`;
}

/**
 * The warning of an object that a killed run has begun and no resource looks for any more: the plan does not name it,
 * or names `instead` in its place.
 */
export function leftBehind(entry: JournalEntry, instead?: string): string {
  const dropped = instead ? `names ${instead} in its place` : "does not name it any more";
  const then = instead ? "it can be changed again" : "it can be taken out";
  return `${labelOfEntry(entry)} was begun by a run that was cut off, and the plan ${dropped}: unless it is deleted now, it may stand at the site${entry.id ? ` (id ${entry.id})` : ""} — put it back into the plan and run up; then ${then}`;
}

/**
 * The objects that a killed run has begun as this resource, while the plan gave it another key or connection than
 * `fields`.
 */
export function othersBegun(kind: Kind, call: Call, ...fields: Fields[]): JournalEntry[] {
  const own = fields.map((each) => journalKey(kind, each));
  return call.workspace.journal
    .begun()
    .filter(({ urn }) => withinStack(urn) === withinStack(call.urn))
    .filter((entry) => !own.some(({ connection, key }) => connection === entry.connection && key === entry.key));
}

/**
 * Warns of objects that this resource has begun under another key and looks for no more; the state's (`olds`) is not
 * among them.
 */
export function warnOfOthers(kind: Kind, call: Call, inputs: Fields, olds: Fields = inputs): void {
  for (const entry of othersBegun(kind, call, inputs, olds))
    call.log.warn(call.urn, leftBehind(entry, labelOf(kind, inputs)));
}

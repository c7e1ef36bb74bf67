import type { JournalKey } from "./journal";
import { type Kind, kindName } from "./resource";

type Fields = Record<string, unknown>;

/** `Vlan/VLAN-1120`, as errors and the setting `adopt` name an object. */
export function labelOf(kind: Kind, inputs: Fields): string {
  return `${kindName(kind)}/${kind.key(inputs)}`;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function connectionName(connection: unknown): unknown {
  return isObject(connection) ? connection.name : undefined;
}

/** What an object is unique by on its connection: its natural key, within its parents where it has any. */
export function identityOf(kind: Kind, inputs: Fields): string {
  const parents = (kind.parents ?? []).map((name) => inputs[name] ?? "");
  return [...parents, kind.key(inputs)].join("/");
}

/** What the journal knows an object by. */
export function journalKey(kind: Kind, inputs: Fields): JournalKey {
  return {
    kind: kind.type,
    connection: String(connectionName(inputs.connection) ?? ""),
    key: identityOf(kind, inputs),
  };
}

/** A URN without stack and project, which both may be renamed. */
export function withinStack(urn: string): string {
  return urn.split("::").slice(2).join("::");
}

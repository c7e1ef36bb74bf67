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

/** What identifies an object on its connection: its parents, where it has any, and its natural key. */
export function identityOf(kind: Kind, inputs: Fields): string {
  const parents = (kind.parents ?? []).map((name) => inputs[name] ?? "");
  return [...parents, kind.key(inputs)].join("/");
}

/** What identifies an object in the journal. */
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

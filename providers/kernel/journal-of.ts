import type { Call } from "./call";
import type { JournalEntry, JournalKey, Stage } from "./journal";
import { leftBehind } from "./left-behind";
import { type Kind, kindName } from "./resource";

type Fields = Record<string, unknown>;
type Memo = Record<string, unknown>;

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

/** Only what is made has a story to remember: settings and look-ups are always there. */
export function note(
  call: Pick<Call, "workspace" | "urn">,
  kind: Kind,
  inputs: Fields,
  stage: Stage,
  { id, claim, memo: fresh }: { id?: string | undefined; claim?: string | undefined; memo?: Memo | undefined } = {},
): void {
  if (kind.sort === "setting" || kind.sort === "look-up") return;
  const { journal } = call.workspace;
  const key = journalKey(kind, inputs);
  const last = journal.last(key);
  const memo = fresh ?? (last?.id === id ? last?.memo : undefined);
  journal.append({
    ...key,
    stage,
    urn: call.urn,
    ...(claim === undefined ? {} : { claim }),
    ...(id === undefined ? {} : { id }),
    ...(memo && { memo }),
  });
}

/** What a killed run has begun as this resource while the plan gave it another key, or another connection. */
export function othersBegun(kind: Kind, call: Call, ...fields: Fields[]): JournalEntry[] {
  const own = fields.map((each) => journalKey(kind, each));
  return call.workspace.journal
    .begun()
    .filter(({ urn }) => withinStack(urn) === withinStack(call.urn))
    .filter((entry) => !own.some(({ connection, key }) => connection === entry.connection && key === entry.key));
}

/** Warns of it: what the state has (`olds`) goes its way, and of the rest nobody asks any more. */
export function warnOfOthers(kind: Kind, call: Call, inputs: Fields, olds: Fields = inputs): void {
  for (const entry of othersBegun(kind, call, inputs, olds))
    call.log.warn(call.urn, leftBehind(entry, labelOf(kind, inputs)));
}

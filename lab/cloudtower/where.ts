import { Refused } from "./rest";
import type { Entry, Row } from "./row";

/** The objects of each kind, as conditions look for them. */
export interface Tables {
  all(kind: string): Entry[];
  byId(kind: string, id: string): Entry | undefined;
  /** The kind that a field's nested objects are of; undefined where the field is none such. */
  nestedKind(kind: string, field: string): string | undefined;
}

type Where = Record<string, unknown>;

const OPERATORS = {
  _not_starts_with: (value, wanted) => !startsWith(value, wanted),
  _not_ends_with: (value, wanted) => !endsWith(value, wanted),
  _not_contains: (value, wanted) => !contains(value, wanted),
  _not_in: (value, wanted) => !(wanted as unknown[]).includes(value),
  _starts_with: startsWith,
  _ends_with: endsWith,
  _contains: contains,
  _not: (value, wanted) => value !== wanted,
  _in: (value, wanted) => (wanted as unknown[]).includes(value),
  _lte: (value, wanted) => compare(value, wanted, (order) => order <= 0),
  _lt: (value, wanted) => compare(value, wanted, (order) => order < 0),
  _gte: (value, wanted) => compare(value, wanted, (order) => order >= 0),
  _gt: (value, wanted) => compare(value, wanted, (order) => order > 0),
} satisfies Record<string, (value: unknown, wanted: unknown) => boolean>;

const ENDINGS = Object.keys(OPERATORS) as (keyof typeof OPERATORS)[];
const QUANTIFIERS = ["_some", "_every", "_none"] as const;

/** The objects of a kind that `where` asks for (cloudtower-api-guide, 分页查询). Refused for a field that they do not have. */
export function matching(tables: Tables, kind: string, where: Where): Entry[] {
  return candidates(tables, kind, where).filter((each) => matches(tables, kind, each, where));
}

/** All that `where` may find: of an id one object alone. */
function candidates(tables: Tables, kind: string, where: Where): Entry[] {
  const id = idIn(where);
  if (id === undefined) return tables.all(kind);
  const found = tables.byId(kind, id);
  // Where none has that id any other one tells whether `where` is a condition at all.
  return found ? [found] : tables.all(kind).slice(0, 1);
}

/** The id that all of `where` hangs on. */
function idIn(where: Where): string | undefined {
  if (typeof where["id"] === "string") return where["id"];
  for (const each of listOf(where["AND"] ?? [])) {
    const id = idIn(each as Where);
    if (id !== undefined) return id;
  }
  return undefined;
}

function matches(tables: Tables, kind: string, entry: Entry, where: Where): boolean {
  const fits = (nested: unknown) => matches(tables, kind, entry, nested as Where);
  return Object.entries(where).every(([key, wanted]) => {
    if (key === "AND") return listOf(wanted).every(fits);
    // An OR of nothing asks for nothing.
    if (key === "OR") return listOf(wanted).length === 0 || listOf(wanted).some(fits);
    if (key === "NOT") return !listOf(wanted).some(fits);
    const holds = tested(tables, kind, entry.keys, key, wanted) ?? tested(tables, kind, entry.row(), key, wanted);
    if (holds === undefined) throw new Refused(400, `where.${key} is no condition on a ${kind}`);
    return holds;
  });
}

/** Whether a condition holds; undefined: it is none on these fields. */
function tested(tables: Tables, kind: string, fields: Row, key: string, wanted: unknown): boolean | undefined {
  if (key in fields) {
    if (wanted === null || typeof wanted !== "object") return fields[key] === wanted;
    const { to, entries } = nested(tables, kind, fields, key);
    const [first] = entries;
    return first !== undefined && matches(tables, to, first, wanted as Where);
  }
  const isOf = (end: string) => key.endsWith(end) && key.slice(0, -end.length) in fields;
  const quantifier = QUANTIFIERS.find(isOf);
  if (quantifier) {
    const { to, entries } = nested(tables, kind, fields, key.slice(0, -quantifier.length));
    const fits = entries.filter((each) => matches(tables, to, each, (wanted ?? {}) as Where)).length;
    return { _some: fits > 0, _every: fits === entries.length, _none: fits === 0 }[quantifier];
  }
  const end = ENDINGS.find(isOf);
  if (!end) return undefined;
  const value = fields[key.slice(0, -end.length)];
  return end.endsWith("in") && wanted === null ? true : OPERATORS[end](value, wanted);
}

/** The objects that stand behind a field. */
function nested(tables: Tables, kind: string, fields: Row, field: string): { to: string; entries: Entry[] } {
  const to = tables.nestedKind(kind, field);
  if (!to) throw new Refused(400, `where.${field}: the lab does not know what stands behind a ${kind}'s ${field}`);
  const shown = fields[field];
  const all = Array.isArray(shown) ? shown : shown ? [shown] : [];
  return { to, entries: all.flatMap(({ id }: Row) => tables.byId(to, id) ?? []) };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : value === null ? [] : [value];
}

function startsWith(value: unknown, wanted: unknown): boolean {
  return typeof value === "string" && value.startsWith(String(wanted));
}

function endsWith(value: unknown, wanted: unknown): boolean {
  return typeof value === "string" && value.endsWith(String(wanted));
}

function contains(value: unknown, wanted: unknown): boolean {
  return typeof value === "string" && value.includes(String(wanted));
}

function compare(value: unknown, wanted: unknown, test: (order: number) => boolean): boolean {
  if (value === null || wanted === null || typeof value !== typeof wanted) return false;
  return test(order(value, wanted));
}

/** Below 0: `a` comes first. Nothing comes before anything. */
export function order(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return (a as string | number) < (b as string | number) ? -1 : 1;
}

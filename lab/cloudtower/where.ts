import { Refused } from "./rest";

/** An object with all its fields, as lists show it. */
export type Row = Record<string, unknown> & { id: string };

/** Rows of the kind that a field's nested objects stand for; undefined where the field is none such. */
export type Related = (kind: string, field: string) => { kind: string; rows: Row[] } | undefined;

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

const QUANTIFIERS = ["_some", "_every", "_none"] as const;

/** Whether a row is what `where` asks for (cloudtower-api-guide, 分页查询). Refused for a field that it does not have. */
export function matches(related: Related, kind: string, row: Row, where: Where): boolean {
  const fits = (nested: unknown) => matches(related, kind, row, nested as Where);
  return Object.entries(where).every(([key, wanted]) => {
    if (key === "AND") return listOf(wanted).every(fits);
    // An OR of nothing asks for nothing.
    if (key === "OR") return listOf(wanted).length === 0 || listOf(wanted).some(fits);
    if (key === "NOT") return !listOf(wanted).some(fits);
    return holds(related, kind, row, key, wanted);
  });
}

function holds(related: Related, kind: string, row: Row, key: string, wanted: unknown): boolean {
  if (key in row) {
    if (wanted === null || typeof wanted !== "object") return row[key] === wanted;
    const [nested] = nestedRows(related, kind, row, key);
    return nested !== undefined && matches(related, nested.kind, nested.row, wanted as Where);
  }
  const quantifier = QUANTIFIERS.find((each) => key.endsWith(each) && key.slice(0, -each.length) in row);
  if (quantifier) {
    const all = nestedRows(related, kind, row, key.slice(0, -quantifier.length));
    const fits = all.filter((each) => matches(related, each.kind, each.row, (wanted ?? {}) as Where)).length;
    return { _some: fits > 0, _every: fits === all.length, _none: fits === 0 }[quantifier];
  }
  const operator = Object.entries(OPERATORS).find(([end]) => key.endsWith(end) && key.slice(0, -end.length) in row);
  if (!operator) throw new Refused(400, `where.${key} is no condition on a ${kind}`);
  const [end, test] = operator;
  const value = row[key.slice(0, -end.length)];
  return end.endsWith("in") && wanted === null ? true : test(value, wanted);
}

function nestedRows(related: Related, kind: string, row: Row, field: string): { kind: string; row: Row }[] {
  const to = related(kind, field);
  if (!to) throw new Refused(400, `where.${field}: the lab does not know what stands behind a ${kind}'s ${field}`);
  const shown = row[field];
  const ids = (Array.isArray(shown) ? shown : shown ? [shown] : []).map((each: Row) => each.id);
  return to.rows.filter((each) => ids.includes(each.id)).map((each) => ({ kind: to.kind, row: each }));
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

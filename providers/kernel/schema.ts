import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { printable } from "../../base/printable";

/** What the engine puts in place of a value that is not known yet (rpc.unknownValue of @pulumi/pulumi). */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What a field says about itself beside its type and its description. */
interface FieldTraits {
  /** Its value is encrypted in the state and masked everywhere. */
  secret?: boolean;
  /** A change of this field replaces the object. */
  replaces?: boolean;
  /** Whether two of its values mean the same, where deep equality is too strict. */
  same?: (a: unknown, b: unknown) => boolean;
}

/** Marks a field as secret. */
export function secret<T extends z.ZodType>(field: T): T {
  return field.meta({ ...field.meta(), secret: true });
}

/** Marks a field whose change replaces the object. */
export function replaces<T extends z.ZodType>(field: T): T {
  return field.meta({ ...field.meta(), replaces: true });
}

/** Marks a list that the vendor keeps as a set: another order is no change. */
export function asSet<T extends z.ZodType>(field: T): T {
  const sorted = (value: unknown) => (Array.isArray(value) ? value.map(canonical).sort() : canonical(value));
  return field.meta({ ...field.meta(), same: (a: unknown, b: unknown) => isDeepStrictEqual(sorted(a), sorted(b)) });
}

/** A value as JSON, an object's fields in one order: engines keep another order than vendors. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item && typeof item === "object" && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** Marks a field that the vendor rewrites ("a,b" comes back as "a;b"): `meaning` gives what counts. */
export function byMeaning<T extends z.ZodType>(field: T, meaning: (value: unknown) => unknown): T {
  return field.meta({
    ...field.meta(),
    same: (a: unknown, b: unknown) => isDeepStrictEqual(meaning(a), meaning(b)),
  });
}

/** The traits of a field, looked for under optional(), default() and the like. */
export function traits(field: z.ZodType): FieldTraits {
  const own = (field.meta() ?? {}) as FieldTraits;
  const inner = innerType(field);
  return inner ? { ...traits(inner), ...own } : own;
}

function innerType(field: z.ZodType): z.ZodType | undefined {
  return (field as unknown as { def: { innerType?: z.ZodType } }).def.innerType;
}

/** The names of a schema's fields. */
export function fieldNames(schema: z.ZodObject): string[] {
  return Object.keys(schema.shape);
}

/** Whether two values of a field mean the same. Undefined and null are the same: engines drop both. */
export function sameField(schema: z.ZodObject, name: string, a: unknown, b: unknown): boolean {
  if (isDeepStrictEqual(a ?? undefined, b ?? undefined)) return true;
  if (a == null || b == null || hasUnknown(a) || hasUnknown(b)) return false;
  const field = schema.shape[name] as z.ZodType | undefined;
  return (field && traits(field).same?.(a, b)) ?? false;
}

export function hasUnknown(value: unknown): boolean {
  return unknownPaths(value).length > 0;
}

function unknownPaths(value: unknown, path: PropertyKey[] = []): PropertyKey[][] {
  if (value === UNKNOWN) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => unknownPaths(item, [...path, index]));
  if (value && typeof value === "object") {
    return Object.entries(value).flatMap(([key, item]) => unknownPaths(item, [...path, key]));
  }
  return [];
}

const isUnder = (path: PropertyKey[], root: PropertyKey[]) => root.every((part, index) => part === path[index]);

export interface Failure {
  /** `hosts[1].management`, as engines write it; empty for the resource as a whole. */
  property: string;
  reason: string;
}

/**
 * Checks inputs against their schema. Where all values are known, the parsed inputs come back, defaults filled in.
 * Where some are not, each known field comes back so, and a failure that an unknown value may still mend is let pass.
 */
export function validate(schema: z.ZodObject, raw: object): { inputs: Record<string, unknown>; failures: Failure[] } {
  const unprintable = unprintableIn(
    markSecrets(
      schema,
      raw,
      () => undefined,
      () => false,
    ),
  );
  if (unprintable.length > 0) return { inputs: { ...raw }, failures: unprintable };
  const result = schema.safeParse(raw);
  if (result.success) return { inputs: result.data as Record<string, unknown>, failures: [] };
  const unknown = unknownPaths(raw);
  const failures = result.error.issues
    .filter((issue) => {
      const at = issue.path;
      if (unknown.some((path) => isUnder(at, path))) return false;
      // A rule of a whole object or list cannot be judged while a part of it is unknown; its type can.
      const ofAWhole = issue.code === "custom" || issue.code === "invalid_union";
      return !(ofAWhole && unknown.some((path) => isUnder(path, at)));
    })
    .map((issue) => ({
      property: propertyPath(issue.path),
      reason: reasonWithValue(issue.message, valueAt(raw, issue.path), isSecretPath(schema, issue.path)),
    }));
  return { inputs: withDefaults(schema, raw as Record<string, unknown>), failures };
}

/**
 * Failures for texts that cannot be printed as they are: no vendor has such a name, and answers are read without such
 * characters (json.ts), so that the object would never be found again. They name no property, since the engine would
 * print its value.
 */
function unprintableIn(value: unknown, path: PropertyKey[] = []): Failure[] {
  if (typeof value === "string") {
    if (printable(value) === value) return [];
    const reason = `${propertyPath(path)} holds characters that cannot be seen: "${printable(value, "line")}"; write it without`;
    return [{ property: "", reason }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const part = Array.isArray(value) ? Number(key) : key;
    return unprintableIn(item, [...path, part]);
  });
}

/**
 * Inputs with the defaults of known fields filled in: a default that is missing in a preview would look like a change.
 */
function withDefaults(schema: z.ZodObject, raw: Record<string, unknown>): Record<string, unknown> {
  const inputs = { ...raw };
  for (const [name, field] of Object.entries(schema.shape)) {
    if (hasUnknown(raw[name])) continue;
    const parsed = (field as z.ZodType).safeParse(raw[name]);
    if (parsed.success && parsed.data !== undefined) inputs[name] = parsed.data;
  }
  return inputs;
}

function reasonWithValue(message: string, value: unknown, isSecret: boolean): string {
  if (value === undefined) return `${message} (missing)`;
  if (isSecret) return `${message} (the value is a secret)`;
  const text = JSON.stringify(value);
  return `${message} (got ${text.length > 80 ? `${text.slice(0, 77)}…` : text})`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** Pulumi's way to write a path: `hosts[1].name`. */
function propertyPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text ? `${text}.${String(part)}` : String(part)),
    "",
  );
}

/** The schema of the value under a path, or undefined. */
function child(field: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  const inner = innerType(field);
  if (inner) return child(inner, key);
  const def = (
    field as unknown as { def: { shape?: Record<PropertyKey, z.ZodType>; element?: z.ZodType; valueType?: z.ZodType } }
  ).def;
  return def.shape?.[key] ?? def.element ?? def.valueType;
}

function isSecretPath(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  let at: z.ZodType | undefined = schema;
  for (const key of path) {
    at = at && child(at, key);
    if (at && traits(at).secret) return true;
  }
  return at ? holdsSecret(at) : false;
}

/** Whether a field is secret or holds a secret somewhere within. */
export function holdsSecret(field: z.ZodType): boolean {
  if (traits(field).secret) return true;
  const inner = innerType(field);
  if (inner) return holdsSecret(inner);
  const def = (
    field as unknown as { def: { shape?: Record<string, z.ZodType>; element?: z.ZodType; valueType?: z.ZodType } }
  ).def;
  return [...Object.values(def.shape ?? {}), def.element, def.valueType].some((part) => part && holdsSecret(part));
}

/** Applies `mark` to every secret value within inputs; `isOpaque` says which values cannot be looked into. */
export function markSecrets(
  field: z.ZodType,
  value: unknown,
  mark: (value: unknown) => unknown,
  isOpaque: (value: unknown) => boolean,
): unknown {
  if (value === undefined || value === null) return value;
  if (traits(field).secret || (isOpaque(value) && holdsSecret(field))) return mark(value);
  if (isOpaque(value) || typeof value !== "object" || !holdsSecret(field)) return value;
  if (Array.isArray(value)) {
    return value.map((item, index) => markChild(field, index, item, mark, isOpaque));
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, markChild(field, key, item, mark, isOpaque)]),
  );
}

function markChild(
  field: z.ZodType,
  key: PropertyKey,
  value: unknown,
  mark: (value: unknown) => unknown,
  isOpaque: (value: unknown) => boolean,
): unknown {
  const at = child(field, key);
  return at ? markSecrets(at, value, mark, isOpaque) : value;
}

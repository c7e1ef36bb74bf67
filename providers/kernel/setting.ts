import { z } from "zod";
import { didYouMean } from "../../base/nearest";
import { parseDuration } from "./duration";
import { BadSetting, SitewrightError } from "./errors";

/** What the schema of a stack setting holds beside the meaning of its text. */
interface About {
  /** The command that sets it, as an error names it. */
  how?: string;
  /** Whether its value is never printed. */
  secret?: boolean;
}

/** A setting, which Pulumi hands over as text, with its description for README (Markdown). */
export function setting<T extends z.ZodType<unknown, string>>(schema: T, doc: string, about: About = {}): T {
  return schema.describe(doc).meta({ ...schema.describe(doc).meta(), ...about }) as T;
}

/** One of some words. */
export function oneOf<const T extends string>(...allowed: T[]) {
  return z.enum(allowed, {
    error: ({ input }) => `it may be ${list(allowed)}${didYouMean(String(input), allowed)}`,
  });
}

/** `true` or `false`. */
export const flag = oneOf("true", "false").transform((text) => text === "true");

/** A duration, in milliseconds. */
export const duration = z.unknown().transform((written, context) => {
  try {
    return parseDuration(written, "it");
  } catch (error) {
    context.addIssue({ code: "custom", message: `${JSON.stringify(written)} is not a duration: ${hintOf(error)}` });
    return z.NEVER;
  }
});

/** A setting of more than one value: `pulumi config set --path` makes JSON of it. */
export function json<T extends z.ZodType>(schema: T) {
  return parsed((text) => JSON.parse(text) as unknown, "it is no JSON").pipe(schema);
}

/** A setting that a function reads. What the function throws is the problem, unless `message` says it better. */
export function parsed<T>(parse: (text: string) => T, message?: string) {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: message ?? (error as Error).message });
      return z.NEVER;
    }
  });
}

/** An object of these fields alone. The error for another name says the nearest right one. */
export function exact<T extends z.ZodRawShape>(shape: T) {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? (issue.keys as string[]).map((key) => unknownName(key, names)).join("; ")
        : undefined,
  });
}

/** `"CRITCAL" is not among them: did you mean "CRITICAL"? There are …` */
export function unknownName(written: string, names: string[]): string {
  const meant = didYouMean(written, names);
  return meant ? `"${written}" is unknown${meant}` : `"${written}" is unknown; there are ${names.join(", ")}`;
}

/**
 * The value of a setting by its text; undefined where it is not set. Throws BadSetting, which never prints a secret.
 */
export function readAs<T extends z.ZodType>(
  name: string,
  schema: T,
  text: string | undefined,
): z.output<T> | undefined {
  if (text === undefined) return undefined;
  const { data, error } = schema.safeParse(text);
  if (!error) return data;
  const { how = `pulumi config set ${name} ${hintFor(schema)}`, secret } = (schema.meta() ?? {}) as About;
  const nested = error.issues.some(({ path }) => path.length > 0);
  const problems = error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
  const told = secret || nested ? `cannot be read: ${problems}` : `is "${text}": ${problems}`;
  throw new BadSetting(`the stack setting ${name} ${told}`, `${how}; or take it out: pulumi config rm ${name}`);
}

function hintFor(schema: z.ZodType): string {
  const inner = schema instanceof z.ZodPipe ? (schema.in as z.ZodType) : schema;
  return inner instanceof z.ZodEnum ? inner.options.join(", or ") : "…";
}

function hintOf(error: unknown): string {
  return (error instanceof SitewrightError && error.hint) || String(error);
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

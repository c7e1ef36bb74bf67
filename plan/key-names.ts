import { z } from "zod";
import type { Path } from "./draft";

interface Part {
  properties?: Record<string, Part>;
  items?: Part;
}

const parts = new WeakMap<z.ZodType, Part>();

/** The keys that a schema has at a path; none where it has no mapping there. */
export function keysAt(schema: z.ZodType, path: Path): string[] {
  const root = parts.get(schema) ?? (z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Part);
  parts.set(schema, root);
  const part = path.reduce<Part | undefined>(
    (at, step) => (/^\d+$/.test(String(step)) ? at?.items : at?.properties?.[step]),
    root,
  );
  return Object.keys(part?.properties ?? {});
}

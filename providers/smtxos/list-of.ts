import { z } from "zod";

/**
 * A list of Fisheye's: bare, or under `entities` or a name of its own. Which list comes how is known of some alone
 * (facts, part B 5B 6), so each is taken either way.
 */
export function listOf<T>(row: z.ZodType<T>, name = "entities"): z.ZodType<T[]> {
  const wrapped = z.looseObject({ [name]: z.unknown(), entities: z.unknown() }).partial();
  return z.preprocess((data) => {
    if (Array.isArray(data)) return data;
    const { [name]: own, entities } = wrapped.safeParse(data).data ?? {};
    return own ?? entities ?? data;
  }, z.array(row)) as unknown as z.ZodType<T[]>;
}

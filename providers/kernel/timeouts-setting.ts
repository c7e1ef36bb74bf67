import { z } from "zod";
import { kindsNamed, settingNames } from "./kind-names";
import { duration, exact, unknownName } from "./setting";

export const HOW_TO_SET_TIMEOUTS = "pulumi config set --path timeouts.<Kind>.<create|read|update|delete> 90m";

/** The setting `timeouts`: by kind and operation, in vendor milliseconds. */
export const timeoutsSchema = z
  .record(
    z.string(),
    exact({
      create: duration.optional(),
      read: duration.optional(),
      update: duration.optional(),
      delete: duration.optional(),
    }),
  )
  .superRefine((timeouts, context) => {
    for (const name of Object.keys(timeouts)) {
      const message = problemOf(name);
      if (message) context.addIssue({ code: "custom", message });
    }
  });

/** The time-outs that the setting has for one kind. */
export function timeoutsFor(
  type: string,
  timeouts: z.output<typeof timeoutsSchema> = {},
): z.output<typeof timeoutsSchema>[string] {
  const mine = Object.entries(timeouts).filter(([name]) => kindsNamed(name).includes(type));
  // Of two names that mean the kind, the longer one, its type, counts.
  return Object.assign({}, ...mine.sort(([a], [b]) => a.length - b.length).map(([, own]) => own));
}

/** Refuses names of no kind: each is a slip of the pen, and would change nothing. */
function problemOf(name: string): string | undefined {
  return kindsNamed(name).length === 0 ? `of kinds ${unknownName(name, settingNames())}` : undefined;
}

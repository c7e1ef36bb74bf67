import { z } from "zod";
import { BadSetting } from "./errors";
import { kindsNamed, settingNames } from "./kind-names";
import type { Operation } from "./resource";

const OPERATIONS = ["create", "read", "update", "delete"] as const satisfies Operation[];
export type Timeouts = Partial<Record<Operation, string>>;

const setting = z.record(z.string(), z.partialRecord(z.enum(OPERATIONS), z.string()));

export const HOW_TO_SET_TIMEOUTS = `pulumi config set --path timeouts.<Kind>.<${OPERATIONS.join("|")}> 90m`;

/** What the setting `timeouts`, read from its JSON, has for a kind. Throws BadSetting where any part of it is wrong. */
export function timeoutsFor(type: string, written: unknown): Timeouts {
  const { data, error } = setting.safeParse(written);
  const problems = error
    ? error.issues.map(({ path, message }) => [...path, message].join(": "))
    : Object.keys(data).flatMap((name) => problemOf(name) ?? []);
  if (error || problems.length > 0)
    throw new BadSetting(`the stack setting timeouts cannot be read: ${problems.join("; ")}`, HOW_TO_SET_TIMEOUTS);
  const mine = Object.entries(data).filter(([name]) => kindsNamed(name)[0] === type);
  // The longer name says more.
  return Object.assign({}, ...mine.sort(([a], [b]) => a.length - b.length).map(([, timeouts]) => timeouts));
}

/** A kind that nobody has defined is a slip of the pen, and would change nothing. */
function problemOf(name: string): string | undefined {
  const [type, ...others] = kindsNamed(name);
  if (type === undefined) return `"${name}" is no kind; kinds are ${settingNames().join(", ")}`;
  if (others.length === 0) return undefined;
  const paths = [type, ...others].map((each) => `'timeouts["${each}"]…'`);
  return `"${name}" is the name of ${others.length + 1} kinds: set ${paths.join(" or ")}`;
}

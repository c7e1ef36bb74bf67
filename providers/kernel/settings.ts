import { z } from "zod";
import { parseDuration } from "./duration";
import { BadSetting } from "./errors";
import type { Adopt } from "./ownership";
import { type Kind, kindName, type Operation } from "./resource";

const OPERATIONS = ["create", "read", "update", "delete"] as const satisfies Operation[];
type Timeouts = Record<string, Partial<Record<Operation, string>>>;

const HOW_TO_ADOPT = "pulumi config set adopt all, or a name, or names with commas between them";

/** The stack setting `adopt`: `all`, one name, or a list of names (`pulumi config set --path 'adopt[0]' …`). */
export function adoptSetting(text: string | undefined): Adopt | undefined {
  if (!text) return undefined;
  if (text === "all") return "all";
  if (!text.startsWith("[")) return text.split(",").map((each) => each.trim());
  return parsed("adopt", text, HOW_TO_ADOPT) as string[];
}

/**
 * The stack setting `timeouts`, by kind and operation, as JSON: `pulumi config set --path timeouts.Cluster.create 2h`.
 * `kinds` is what it may name: one that nobody has defined is a slip of the pen, and would change nothing.
 */
export function timeoutsSetting(text: string | undefined, kinds: string[]): Timeouts | undefined {
  if (!text) return undefined;
  const how = `pulumi config set --path timeouts.<Kind>.<${OPERATIONS.join("|")}> 90m`;
  const setting = z.partialRecord(z.enum(kinds), z.partialRecord(z.enum(OPERATIONS), z.string()));
  const { data, error } = setting.safeParse(parsed("timeouts", text, how));
  if (!error) return data as Timeouts;
  const problems = error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; ");
  throw new BadSetting(
    `the stack setting timeouts cannot be read: ${problems}`,
    `${how}; kinds are ${[...kinds].sort().join(", ")}`,
  );
}

/** What `timeouts` gives a kind, in vendor milliseconds. */
export function timeoutsOf(kind: Kind, text: string | undefined): Partial<Record<Operation, number>> {
  const set = (parsed("timeouts", text ?? "{}", "a map") as Timeouts)[kindName(kind)] ?? {};
  return Object.fromEntries(
    Object.entries(set).map(([name, value]) => [name, parseDuration(value, `timeouts.${kindName(kind)}.${name}`)]),
  );
}

function parsed(setting: string, text: string, how: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadSetting(`the stack setting ${setting} cannot be read: ${text}`, how);
  }
}

import { parseDuration } from "./duration";
import { BadSetting } from "./errors";
import { timeoutKnob } from "./kind-names";
import type { Adopt } from "./ownership";
import type { Kind, Operation } from "./resource";
import { HOW_TO_SET_TIMEOUTS, timeoutsFor } from "./timeouts-setting";

const HOW_TO_ADOPT = "pulumi config set adopt all, or a name, or names with commas between them";

/** The stack setting `adopt`: `all`, one name, or a list of names (`pulumi config set --path 'adopt[0]' …`). Throws BadSetting. */
export function adoptSetting(text: string | undefined): Adopt | undefined {
  if (!text) return undefined;
  if (text === "all") return "all";
  if (!text.startsWith("[")) return text.split(",").map((each) => each.trim());
  return parsed("adopt", text, HOW_TO_ADOPT) as string[];
}

/** What the stack setting `timeouts` gives a kind, in vendor milliseconds. Throws BadSetting. */
export function timeoutsSetting({ type }: Kind, text: string | undefined): Partial<Record<Operation, number>> {
  if (!text) return {};
  const own = timeoutsFor(type, parsed("timeouts", text, HOW_TO_SET_TIMEOUTS));
  const inMs = Object.entries(own).map(([name, value]) => [name, parseDuration(value, timeoutKnob(type, name))]);
  return Object.fromEntries(inMs);
}

function parsed(setting: string, text: string, how: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadSetting(`the stack setting ${setting} cannot be read: ${text}`, how);
  }
}

import { z } from "zod";
import { type FaultRule, faultRuleSchema } from "./faults";
import { operations } from "./router";
import { SSH_OPERATIONS } from "./ssh-machine";

/** A rule or a list of rules, as JSON. Throws an error that names the rule and what it may have. */
export function readFaults(text: string): FaultRule[] {
  const read: unknown = JSON.parse(text);
  return (Array.isArray(read) ? read : [read]).map((each: unknown, index) => {
    const rule = faultRuleSchema.safeParse(each);
    if (!rule.success)
      throw new Error(
        `rule ${index + 1}: ${z.prettifyError(rule.error)}\na rule has ${Object.keys(faultRuleSchema.shape).join(", ")}`,
      );
    const { operation, refuse, endpoint } = rule.data;
    if (operation !== undefined && !known.includes(operation))
      throw new Error(`rule ${index + 1}: there is no operation ${operation}; there are ${known.join(", ")}`);
    if (refuse && !endpoint) throw new Error(`rule ${index + 1}: refuse needs an endpoint, such as 10.0.20.101:80`);
    if (!Object.keys(rule.data).some((name) => !WHEN.includes(name)))
      throw new Error(
        `rule ${index + 1} says when, and not what goes wrong: it needs one of ${effects.join(", ")} (a rule that applies ends the search, so this one would keep the later ones from it)`,
      );
    return rule.data;
  });
}

/** Which calls a rule applies to; all else is what happens to them. */
const WHEN = ["operation", "endpoint", "skip", "count", "probability"];
const effects = Object.keys(faultRuleSchema.shape).filter((name) => !WHEN.includes(name));
const known = [...operations.map(({ id }) => id), ...Object.values(SSH_OPERATIONS)];

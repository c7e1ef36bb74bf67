import { kinds, systems } from "./handler";
import { OutputTerm, withTerms } from "./kernel/example";
import type { Kind } from "./kernel/resource";
import type { System } from "./system";

/** The system that a kind is of: the one whose folder it lies in, whatever its type says. */
export function systemOf(kind: Kind): System {
  const found = systems.find(({ resources }) => resources.some((resource) => resource.kind === kind));
  if (!found) throw new Error(`no system registers ${kind.type}`);
  return found;
}

/** The inputs of a kind's example, with the connection that it has there. */
export function exampleArgs(kind: Kind): Record<string, unknown> {
  const { args } = kind.example ?? { args: {} };
  return "connection" in kind.inputs.shape ? { connection: systemOf(kind).connection, ...args } : args;
}

/** A kind and all that its example stands on, each after what it stands on itself. */
export function exampleOrder(kind: Kind): Kind[] {
  const order = new Set<Kind>();
  function add(each: Kind): void {
    withTerms(each.example?.args, (term) => {
      if (term instanceof OutputTerm) add(kinds.find(({ type }) => type === term.type) as Kind);
    });
    order.add(each);
  }
  add(kind);
  return [...order];
}

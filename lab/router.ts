import { TrieRouter } from "hono/router/trie-router";
import type { Operation } from "./operation";
import type { SiteSystem } from "./system";
import { systems } from "./systems";

/** The router takes a colon for a parameter's; the vendor has `users:setupRoot`. */
const COLON = "%3A";

/** Every call that the lab knows. */
export const operations: readonly Operation[] = systems.flatMap((system): readonly Operation[] => system.operations);

const routers = new Map<string, TrieRouter<Operation>>(systems.map((system) => [system.name, routerOf(system)]));

export interface Routed {
  operation: Operation;
  params: Record<string, string>;
}

/** The operation of a call to a system, by its path or by what its body says. */
export function operationOf(
  system: SiteSystem,
  { method, path, body }: { method: string; path: string; body: unknown },
): Routed | undefined {
  const named = system.http?.byBody?.(method, path, body);
  if (named) return { operation: named, params: {} };
  const matched = routers.get(system.name)?.match(method, escaped(path))[0] as [Operation, Record<string, string>][];
  const [found] = matched;
  if (!found) return undefined;
  const params = Object.entries(found[1]).map(([name, value]) => [name, value.replaceAll(COLON, ":")]);
  return { operation: found[0], params: Object.fromEntries(params) };
}

function routerOf(system: SiteSystem): TrieRouter<Operation> {
  const router = new TrieRouter<Operation>();
  for (const operation of system.operations.filter(({ graphql }) => graphql === undefined))
    router.add(operation.method, escaped(operation.path).replaceAll(/\{(\w+)\}/g, ":$1"), operation);
  return router;
}

function escaped(path: string): string {
  return path.replaceAll(":", COLON);
}

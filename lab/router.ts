import { TrieRouter } from "hono/router/trie-router";
import { GRAPHQL_PATH, graphqlOperation } from "./cloudtower/graphql";
import type { Operation } from "./operation";
import { systems } from "./systems";

/** Every call that the lab knows. */
export const operations: readonly Operation[] = systems.flatMap((system): readonly Operation[] => system.operations);

const router = new TrieRouter<Operation>();
for (const operation of operations.filter(({ graphql }) => graphql === undefined))
  router.add(operation.method, escaped(operation.path).replaceAll(/\{(\w+)\}/g, ":$1"), operation);

export interface Routed {
  operation: Operation;
  params: Record<string, string>;
}

/** The operation of a call at CloudTower's address, or at any other; of GraphQL the one that the body asks for. */
export function operationOf(method: string, path: string, atTower: boolean, body: unknown): Routed | undefined {
  if (atTower && method === "POST" && path === GRAPHQL_PATH) return { operation: graphqlOperation(body), params: {} };
  const [found] = router.match(method, escaped(path))[0] as [Operation, Record<string, string>][];
  if (!found || (found[0].system === "cloudtower") !== atTower) return undefined;
  return { operation: found[0], params: found[1] };
}

/** The vendor's `users:setupRoot` would be taken for a parameter. */
function escaped(path: string): string {
  return path.replaceAll(":setupRoot", "%3AsetupRoot");
}

import { TrieRouter } from "hono/router/trie-router";
import type { Operation } from "./operation";
import { deploymentOperations } from "./smtxos/deployment";
import { fisheyeOperations } from "./smtxos/fisheye";

/** Every call that the lab knows. */
export const operations: Operation[] = [...deploymentOperations, ...fisheyeOperations];

const router = new TrieRouter<Operation>();
for (const operation of operations) router.add(operation.method, escaped(operation.path), operation);

export function operationOf(method: string, path: string): Operation | undefined {
  return router.match(method, escaped(path))[0][0]?.[0];
}

/** The vendor's `users:setupRoot` would be taken for a parameter. */
function escaped(path: string): string {
  return path.replaceAll(":setupRoot", "%3AsetupRoot");
}

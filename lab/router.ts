import { TrieRouter } from "hono/router/trie-router";
import type { Operation } from "./operation";
import { cpuOperations } from "./smtxos/cpu";
import { deploymentOperations } from "./smtxos/deployment";
import { fisheyeOperations } from "./smtxos/fisheye";
import { imageOperations } from "./smtxos/images";
import { ipmiOperations } from "./smtxos/ipmi";
import { jobOperations } from "./smtxos/jobs";
import { settingOperations } from "./smtxos/settings";
import { storagePolicyOperations } from "./smtxos/storage-policies";
import { svtOperations } from "./smtxos/svt";
import { vdsOperations } from "./smtxos/vds";
import { vlanOperations } from "./smtxos/vlans";
import { vmOperations } from "./smtxos/vms";

/** Every call that the lab knows. */
export const operations: Operation[] = [
  ...deploymentOperations,
  ...fisheyeOperations,
  ...jobOperations,
  ...vdsOperations,
  ...vlanOperations,
  ...settingOperations,
  ...ipmiOperations,
  ...cpuOperations,
  ...storagePolicyOperations,
  ...svtOperations,
  ...imageOperations,
  ...vmOperations,
];

const router = new TrieRouter<Operation>();
for (const operation of operations)
  router.add(operation.method, escaped(operation.path).replaceAll(/\{(\w+)\}/g, ":$1"), operation);

export interface Routed {
  operation: Operation;
  params: Record<string, string>;
}

export function operationOf(method: string, path: string): Routed | undefined {
  const [found] = router.match(method, escaped(path))[0] as [Operation, Record<string, string>][];
  return found && { operation: found[0], params: found[1] };
}

/** The vendor's `users:setupRoot` would be taken for a parameter. */
function escaped(path: string): string {
  return path.replaceAll(":setupRoot", "%3AsetupRoot");
}

import { TrieRouter } from "hono/router/trie-router";
import { accountOperations } from "./cloudtower/accounts";
import { alertRuleOperations } from "./cloudtower/alert-rules";
import { clusterOperations } from "./cloudtower/clusters";
import { dashboardOperations } from "./cloudtower/dashboards";
import { datacenterOperations } from "./cloudtower/datacenters";
import { GRAPHQL_PATH, graphqlOperation, graphqlOperations } from "./cloudtower/graphql";
import { listOperations } from "./cloudtower/lists";
import { machineOperations } from "./cloudtower/machines";
import { organizationOperations } from "./cloudtower/organizations";
import { rackOperations } from "./cloudtower/racks";
import { systemSettingOperations } from "./cloudtower/system-settings";
import { vmVlanOperations } from "./cloudtower/vm-vlans";
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
  ...accountOperations,
  ...organizationOperations,
  ...datacenterOperations,
  ...clusterOperations,
  ...systemSettingOperations,
  ...alertRuleOperations,
  ...dashboardOperations,
  ...rackOperations,
  ...machineOperations,
  ...vmVlanOperations,
  ...listOperations,
  ...graphqlOperations,
];

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

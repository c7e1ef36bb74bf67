import { MONITORING_VIEWS } from "../../providers/cloudtower/dashboard-views";
import { STORAGE_CAPACITY_RULE, storageCapacityThresholds } from "../../providers/cloudtower/storage-capacity";
import type { ResourceSpec } from "../kit/program";
import { connectedTower, towerConnection as connection } from "./tower-site";

const cluster = { $ref: "cluster.clusterId" };

/** What may differ between two plans. */
export interface TowerSettings {
  ntp: string[];
  replicas: number;
  disabled: boolean;
  top: number;
  position: number;
}
export const FIRST_WANTED: TowerSettings = { ntp: ["10.0.0.2"], replicas: 2, disabled: false, top: 5, position: 10 };
export const SECOND_WANTED: TowerSettings = { ntp: ["10.0.0.3"], replicas: 3, disabled: true, top: 3, position: 20 };

/** Everything that CloudTower is given once its cluster is connected. */
export function configuredTower({ ntp, replicas, disabled, top, position }: TowerSettings): ResourceSpec[] {
  const [, , view] = MONITORING_VIEWS;
  const graphs = view?.graphs.slice(0, 2).map((graph) => ({ ...graph, top }));
  const chassis = [{ name: "chassis-a", position, height: 2, hosts: ["node-01"] }];
  const own: ResourceSpec[] = [
    { type: "cloudtower:NtpServers", name: "ntp", args: { connection, servers: ntp } },
    { type: "cloudtower:License", name: "license", args: { connection } },
    { type: "cloudtower:ClusterSettings", name: "policy", args: { connection, cluster, replicas } },
    {
      type: "cloudtower:AlertRule",
      name: "alert",
      args: { connection, cluster, rule: STORAGE_CAPACITY_RULE, thresholds: storageCapacityThresholds(3), disabled },
    },
    { type: "cloudtower:MonitoringDashboard", name: "view", args: { connection, cluster, name: "VM", graphs } },
    { type: "cloudtower:RackTopology", name: "rack", args: { connection, cluster, name: "R-01", chassis } },
  ];
  return [...connectedTower(), ...own.map((spec) => ({ ...spec, options: { dependsOn: ["setup", "cluster"] } }))];
}

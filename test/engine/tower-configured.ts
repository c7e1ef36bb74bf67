import { monitoringViews } from "../../providers/cloudtower/dashboard-views";
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
  /** A graph and a chassis more. */
  more: boolean;
}
export const FIRST_WANTED: TowerSettings = {
  ntp: ["10.0.0.2"],
  replicas: 2,
  disabled: false,
  top: 5,
  position: 10,
  more: false,
};
export const SECOND_WANTED: TowerSettings = {
  ntp: ["10.0.0.3"],
  replicas: 3,
  disabled: true,
  top: 3,
  position: 20,
  more: true,
};

/** Everything that CloudTower is given once its cluster is connected. */
export function configuredTower({ ntp, replicas, disabled, top, position, more }: TowerSettings): ResourceSpec[] {
  const [, , view] = monitoringViews("en");
  const graphs = view?.graphs.slice(0, more ? 3 : 2).map((graph) => ({ ...graph, top }));
  const chassis = [{ name: "chassis-a", position, height: 2, hosts: ["node-01"] }];
  // Where the first one stood, so that it has to make room before.
  if (more) chassis.push({ name: "chassis-b", position: 10, height: 2, hosts: ["node-02"] });
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

import type { SiteSystem } from "../system";
import { accountOperations, wrongLogin } from "./accounts";
import { alertRuleOperations } from "./alert-rules";
import { failedTowerVm } from "./cluster-change";
import { ecPolicy } from "./cluster-settings";
import { clusterOperations } from "./clusters";
import { dashboardOperations, dashboardWrites, sameViewName } from "./dashboards";
import { datacenterOperations, sameDatacenter } from "./datacenters";
import { bareTower, towerHttp } from "./front";
import { graphqlOperations } from "./graphql";
import { readClusterSettings } from "./graphql-schema";
import { listOperations } from "./lists";
import { deletedVmVolumes, machineOperations, sameTowerVmName, shutdownWithoutTools } from "./machines";
import { organizationOperations } from "./organizations";
import { longestPage, pageSize } from "./page";
import { fullRack, rackOperations, rackWrites, sameRackName } from "./racks";
import { systemSettingOperations } from "./system-settings";
import { failedConnect } from "./task-end";
import { doneProgress } from "./task-rows";
import { vmVlanOperations } from "./vm-vlans";

/** CloudTower, at its planned address once it is installed. */
export const cloudtower = {
  name: "cloudtower",
  operations: [
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
  ],
  switches: [
    pageSize,
    longestPage,
    wrongLogin,
    doneProgress,
    failedConnect,
    sameDatacenter,
    ecPolicy,
    readClusterSettings,
    dashboardWrites,
    sameViewName,
    rackWrites,
    sameRackName,
    fullRack,
    sameTowerVmName,
    failedTowerVm,
    deletedVmVolumes,
    shutdownWithoutTools,
    bareTower,
    towerHttp,
  ],
} as const satisfies SiteSystem;

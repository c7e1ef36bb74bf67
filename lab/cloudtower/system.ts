import type { SiteState } from "../site-state";
import type { SiteSystem } from "../system";
import { accountOperations, wrongLogin } from "./accounts";
import { advanceTower } from "./advance";
import { alertRuleOperations } from "./alert-rules";
import { towerAssumed } from "./assumed";
import { failedTowerVm } from "./cluster-change";
import { ecPolicy } from "./cluster-settings";
import { clusterOperations } from "./clusters";
import { dashboardOperations, dashboardWrites, sameViewName } from "./dashboards";
import { datacenters, sameDatacenter } from "./datacenters";
import { bareTower, serveTower, towerEndpoints, towerFront, towerHttp } from "./front";
import { snapshotLocalId } from "./frozen";
import { graphqlCall, graphqlOperations, hasErrors } from "./graphql";
import { readClusterSettings } from "./graphql-schema";
import { cloudtowerByHand } from "./interventions";
import { busyKept } from "./kept-objects";
import { labels, sameLabel, usedLabel } from "./labels";
import { libraryImageOperations, libraryUploadClusters } from "./library-images";
import { libraryTemplateOperations } from "./library-templates";
import { listedKinds } from "./lists";
import { rolledBackSince, rolledBackText, rolledBackVolumes } from "./machine-copies";
import { ioLimitLeftOut } from "./machine-limits";
import { sameTowerVmName } from "./machine-making";
import { qosLeftOut } from "./machine-nics";
import { runningVmOptions } from "./machine-options";
import { deletedVmVolumes, machineOperations, shutdownWithoutTools, suspendedPowerOff } from "./machines";
import { organizations } from "./organizations";
import { longestPage, pageSize } from "./page";
import { placementGroupOperations, samePlacementGroup, usedPlacementGroup } from "./placement-groups";
import { type PlainCalls, plainWrites } from "./plain";
import { fullRack, rackOperations, rackWrites, sameRackName } from "./racks";
import { recycleBinOperations, vmRecycleBin } from "./recycle-bins";
import { planTimeShown } from "./snapshot-plan-rows";
import { sameSnapshotPlan, secondSnapshotPlan, snapshotPlanOperations } from "./snapshot-plans";
import { svtUploadOperations } from "./svt-uploads";
import { systemSettingOperations } from "./system-settings";
import { listOperations } from "./tables";
import { failedConnect } from "./task-end";
import { doneProgress } from "./task-rows";
import { expireToken, withLogins } from "./tokens";
import { currentChunk, sameElfImage, towerChunkSize, uploadArgs, uploadOperations } from "./uploads";
import { vdsOperations } from "./vdses";
import { sameVmFolder, usedVmFolder, vmFolders } from "./vm-folders";
import { cloudInitDrive } from "./vm-part-rows";
import { vmSnapshotOperations } from "./vm-snapshots";
import { vmTemplateOperations } from "./vm-templates";
import { vmVlanOperations } from "./vm-vlans";
import { vmVolumeOperations } from "./vm-volumes";
import { vncLinks, vncToken } from "./vnc";

export const plainObjects: readonly PlainCalls[] = [organizations, datacenters, labels, vmFolders];

/** CloudTower, at its planned address once it is installed. */
export const cloudtower = {
  name: "cloudtower",
  operations: [
    ...accountOperations,
    ...plainObjects.flatMap(({ operations }) => operations),
    ...clusterOperations,
    ...systemSettingOperations,
    ...alertRuleOperations,
    ...dashboardOperations,
    ...rackOperations,
    ...machineOperations,
    ...vdsOperations,
    ...vmVlanOperations,
    ...vmVolumeOperations,
    ...vmSnapshotOperations,
    ...vmTemplateOperations,
    ...libraryTemplateOperations,
    ...placementGroupOperations,
    ...recycleBinOperations,
    ...snapshotPlanOperations,
    ...uploadOperations,
    ...libraryImageOperations,
    ...svtUploadOperations,
    ...listOperations(Object.assign({}, listedKinds, ...plainObjects.map(({ listed }) => listed))),
    ...graphqlOperations,
  ],
  switches: [
    pageSize,
    longestPage,
    wrongLogin,
    doneProgress,
    failedConnect,
    plainWrites,
    sameDatacenter,
    sameLabel,
    usedLabel,
    sameVmFolder,
    usedVmFolder,
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
    vmRecycleBin,
    runningVmOptions,
    ioLimitLeftOut,
    qosLeftOut,
    suspendedPowerOff,
    rolledBackVolumes,
    rolledBackText,
    rolledBackSince,
    snapshotLocalId,
    vncLinks,
    vncToken,
    cloudInitDrive,
    busyKept,
    samePlacementGroup,
    usedPlacementGroup,
    planTimeShown,
    sameSnapshotPlan,
    secondSnapshotPlan,
    towerChunkSize,
    currentChunk,
    uploadArgs,
    sameElfImage,
    libraryUploadClusters,
    bareTower,
    towerHttp,
  ],
  assumed: towerAssumed,
  advance: advanceTower,
  byHand: cloudtowerByHand,
  endpoints: towerEndpoints,
  serve: serveTower,
  http: {
    byBody: graphqlCall,
    ahead: towerFront,
    // Facts, part B 5A 21.
    headers: (site: SiteState, n: number) => ({ "x-tower-request-id": site.fixedId(`request ${n}`) }),
    isFailure: hasErrors,
    expireLogin: expireToken,
    withLogins,
  },
} as const satisfies SiteSystem;

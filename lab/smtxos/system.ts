import type { Model } from "../model";
import type { SiteState } from "../site-state";
import type { SiteSystem } from "../system";
import { smtxosAssumed } from "./assumed";
import { cpuOperations } from "./cpu";
import { clusterScanSees, deploymentOperations, deploymentToken, statusAfterwards } from "./deployment";
import { endDeployment } from "./deployment-course";
import { isFailure, noError, withError } from "./envelope";
import { fisheyeOperations, secondSetupRoot } from "./fisheye";
import { noGuest } from "./guest";
import { smartxSudo } from "./host-machine";
import { deployedScan } from "./host-scan";
import { imageMd5, imageOperations, isoListed, isoName, mountedImage, svtListed } from "./images";
import { smtxosByHand } from "./interventions";
import { ipmiOperations, readIpmi } from "./ipmi";
import { endJobs, failedVds, failedVm } from "./job-end";
import { failedJobSays, jobOperations } from "./jobs";
import { seedHosts } from "./new-hosts";
import { guestTools } from "./power";
import { newHostKeys, serveSmtxos, smtxosEndpoints } from "./serve";
import { expireSession, missingObject, unauthorised } from "./session";
import { readDns, readNtp, readVip, settingOperations, setVipAnswers } from "./settings";
import { storagePolicyOperations } from "./storage-policies";
import { svtOperations } from "./svt";
import { answersTell, listsAs } from "./told";
import { changeVds, hostsShown, vdsListed, vdsOperations } from "./vds";
import { vdsBondMode } from "./vds-request";
import { changeVlan, earlyVlan, systemNetworks, vlanIdAs, vlanOperations, vlanOrder } from "./vlans";
import { changeVm, sameVmName } from "./vm-request";
import { nicAddress } from "./vm-shown";
import { vmListed, vmOperations } from "./vms";

/** SMTX OS: hosts, and the cluster that they become, with Fisheye on each of them and on its VIP. */
export const smtxos = {
  name: "smtxos",
  operations: [
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
  ],
  switches: [
    readVip,
    secondSetupRoot,
    clusterScanSees,
    unauthorised,
    deploymentToken,
    statusAfterwards,
    deployedScan,
    noError,
    newHostKeys,
    missingObject,
    failedJobSays,
    vdsBondMode,
    vdsListed,
    hostsShown,
    failedVds,
    changeVds,
    changeVlan,
    vlanIdAs,
    listsAs,
    answersTell,
    systemNetworks,
    earlyVlan,
    vlanOrder,
    setVipAnswers,
    readDns,
    readNtp,
    readIpmi,
    svtListed,
    isoListed,
    isoName,
    imageMd5,
    mountedImage,
    sameVmName,
    vmListed,
    failedVm,
    noGuest,
    guestTools,
    changeVm,
    nicAddress,
    smartxSudo,
  ],
  assumed: smtxosAssumed,
  seed: seedHosts,
  advance(site: SiteState) {
    endDeployment(site);
    endJobs(site);
  },
  byHand: smtxosByHand,
  computersIn: ({ hosts }: Model) => hosts.flatMap(({ system }) => system ?? []),
  endpoints: smtxosEndpoints,
  serve: serveSmtxos,
  http: {
    sent: withError,
    isFailure,
    expireLogin: expireSession,
    withLogins: (past: Model, { sessions }: Readonly<Model>) => ({ ...past, sessions }),
  },
} as const satisfies SiteSystem;

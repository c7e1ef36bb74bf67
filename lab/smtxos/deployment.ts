import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { type DeployRequest, readDeployRequest } from "./deploy-request";
import { deploymentStage, hasNetwork } from "./deployment-course";
import { envelope, failure } from "./envelope";
import { type DeployedHost, type Deployment, FACTORY_PASSWORD, type LabHost } from "./host-model";
import { deployedScan, hostScan, linkLocalOn } from "./host-scan";
import { nextOutcome } from "./next-deployment";
import { hasSession, unauthorised } from "./session";
import { answersTell } from "./told";

export const clusterScanSees = oneOf(
  "clusterScanSees",
  [true, false],
  "The L2 cluster scan sees the other hosts.",
  "the L2 scan sees nothing over LACP or VLAN sub-interfaces (runbook, stage 01); which kind the site's network is. false: no host is seen",
);

export const deploymentToken = oneOf(
  "deploymentToken",
  ["either", "fixed", "session"],
  "Which token /deployment/* takes on a deployed host: the fixed one, a session's, or either.",
  "the documents ask deploy_verify with the fixed token (runbook, stage 02) and all else with a session's after the deployment (facts, part B 5B 2); fixed or session: the other is refused on a deployed host",
);

export const statusAfterwards = oneOf(
  "statusAfterwards",
  ["error", "empty", 500],
  "What deploy_status says once a deployment has ended.",
  "the runbook (stage 02) expects an error or other unexpected data, and shows neither. error: an ec that is not EOK; empty: EOK and no state; 500: HTTP 500",
);

/** The fixed token of a host that is not deployed (runbook, stage 01). */
export const PREDEPLOY_TOKEN = "e79b85fc18b7402fbcc0391fe8d7d24c";

/** The deployment API of a host, with the fixed token of a factory image or a session of the cluster. */
export const deploymentOperations: Operation[] = [
  {
    id: "scanHost",
    system: "smtxos",
    method: "GET",
    path: "/api/v2/deployment/host",
    write: false,
    source: "runbook stage 01 扫描主机信息; shape of the vendor's capture",
    switches: [answersTell, deployedScan, deploymentToken, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) => byHost(site, call, (host) => envelope(hostScan(site, host))),
  },
  {
    id: "scanCluster",
    system: "smtxos",
    method: "GET",
    path: "/api/v2/deployment/cluster",
    write: false,
    source: "runbook stage 01 扫描集群信息: L2 through the storage port; nothing over LACP or VLAN sub-interfaces",
    assumed: "while hosts are cut off, they are not seen",
    switches: [clusterScanSees, answersTell, deployedScan, deploymentToken, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      byHost(site, call, () => {
        const hosts = site.switches.of(clusterScanSees)
          ? site.model.hosts.filter((host) => hasNetwork(site, host))
          : [];
        return envelope({
          hosts: hosts.map((host) => ({ ...hostScan(site, host), host_ip: linkLocalOn(site, host, host.storageNic) })),
        });
      }),
  },
  {
    id: "deployCluster",
    system: "smtxos",
    method: "POST",
    path: "/api/v2/deployment/cluster",
    write: true,
    source:
      "runbook stage 02 部署集群; what is refused: the vendor's two samples and facts, part A 2.3 and 2.4; the answer's text: facts, part B 5B 4",
    assumed: "ec EINVAL and EDEPLOYING, and that a wrong request is refused whole, each reason in error.msg",
    switches: [deploymentToken, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      byHost(site, call, () => {
        if (deploymentStage(site)) return failure("EDEPLOYING", "a cluster deploying task is running already");
        const read = readDeployRequest(site, call.body);
        if ("wrong" in read) return failure("EINVAL", read.wrong.join("; "));
        const { request } = read;
        site.change((model) => {
          model.deployment = {
            startedAt: site.now,
            clusterName: request.cluster_name,
            masters: request.hosts.filter((host) => host.is_master).map((host) => host.host_uuid),
            vdses: request.vdses.map((vds) => ({
              name: vds.name,
              bondMode: vds.bond_mode ?? "",
              hosts: vds.hosts_associated.map((each) => ({ uuid: each.host_uuid, nics: each.nics_associated })),
            })),
            networks: request.networks.map((network) => ({
              name: network.name,
              vds: network.attached_vds,
              vlanId: network.mode.network_identities[0],
              use: network.network_type,
            })),
            ...outcomeOf(site, call),
            hosts: request.hosts.map((host) => ({
              hostIp: host.host_ip,
              uuid: host.host_uuid,
              hostname: host.hostname,
              managementIp: host.ifaces[0].ip,
              storageIp: host.ifaces[1].ip,
              passwords: passwordsOf(host.host_passwords),
            })),
          };
        });
        return envelope({ msg: "SUCCEEDED: A new cluster deploying task is on its way now." });
      }),
  },
  {
    id: "deployStatus",
    system: "smtxos",
    method: "GET",
    path: "/api/v2/deployment/host/deploy_status",
    write: false,
    source:
      "runbook stage 02 判断部署状态是否成功: state running, asked with the host_ip that was sent; an error once it has ended",
    assumed: "ec ENOTFOUND; the stages' names but for the first, their number and lengths; hosts are cut off twice",
    switches: [statusAfterwards, deploymentToken, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      byHost(site, call, () => {
        const stage = deploymentStage(site);
        const known = site.model.deployment?.hosts.some((host) => host.hostIp === call.query.get("host_ip"));
        if (!stage && site.switches.of(statusAfterwards) === "empty") return envelope({});
        if (!stage && site.switches.of(statusAfterwards) === 500)
          return { status: 500, body: { ec: "EINTERNAL", data: {}, error: { msg: "internal error" } } };
        if (!stage || !known)
          return failure("ENOTFOUND", `no deployment of host ${call.query.get("host_ip")} is running`);
        return envelope({
          current_stage: stage.index,
          msg: null,
          stage_info: stage.name,
          state: "running",
          total_stages: stage.of,
        });
      }),
  },
  {
    id: "deployVerify",
    system: "smtxos",
    method: "GET",
    path: "/api/v2/deployment/deploy_verify",
    write: false,
    source: "runbook stage 02: is_deployed and platform",
    switches: [deploymentToken, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) => byHost(site, call, (host) => envelope({ is_deployed: host.deployed, platform: "kvm" })),
  },
];

/** The fixed token (runbook, stages 01 and 02), or a session's; on a deployed host as the switch says. */
function mayDeploy(site: SiteState, { headers }: Call, host: LabHost | undefined): boolean {
  const token = headers["x-smartx-token"];
  const taken = host?.deployed ? site.switches.of(deploymentToken) : "either";
  return (token === PREDEPLOY_TOKEN && taken !== "session") || (taken !== "fixed" && hasSession(site, token));
}

function outcomeOf(site: SiteState, { deployment }: Call): Pick<Deployment, "outcome" | "endsAt"> {
  if (!deployment) return { outcome: nextOutcome(site) };
  if ("failAtStage" in deployment) return { outcome: "fails", endsAt: deployment.failAtStage };
  return { outcome: "never-ends", endsAt: deployment.stuckAtStage };
}

/**
 * Passwords are sent as the vendor's blobs. One is known, of the factory password (facts, part A 1); what any other
 * stands for is not, so it changes nothing.
 */
function passwordsOf(accounts: DeployRequest["hosts"][number]["host_passwords"]): DeployedHost["passwords"] {
  const known = accounts.filter(({ password }) => password === "c+G6KvJYsKyQyY4U");
  return Object.fromEntries(known.map(({ user }) => [user, FACTORY_PASSWORD]));
}

function byHost(site: SiteState, call: Call, answer: (host: LabHost) => Answer): Answer {
  site.advance();
  const host = site.model.hosts.find(({ uuid }) => uuid === call.machine);
  if (!mayDeploy(site, call, host)) {
    return {
      status: site.switches.of(unauthorised),
      body: { ec: "EUNAUTHORIZED", data: {}, error: { msg: "invalid token" } },
    };
  }
  if (!host) return failure("ENOTFOUND", "the deployment API answers on a host's own address");
  return answer(host);
}

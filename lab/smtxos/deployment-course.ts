import type { SiteState } from "../site-state";
import type { Deployment, LabHost } from "./host-model";
import { newCluster } from "./new-cluster";

const MINUTE = 60_000;

/**
 * A deployment over its time, minutes of the site. The stage names but for the first are made up (the runbook
 * shows one); what is known is that the hosts reconfigure their network and that connections break meanwhile.
 */
export const STAGES: { until: number; name: string; reachable: boolean }[] = [
  { until: 2, name: "prepare_network_and_config_file", reachable: true },
  { until: 4, name: "configure_network", reachable: false },
  { until: 9, name: "install_services", reachable: true },
  { until: 16, name: "create_storage_pool", reachable: true },
  { until: 18, name: "restart_services", reachable: false },
  { until: 22, name: "verify_cluster", reachable: true },
];

/** When a deployment ends or stays where it is, milliseconds after its start. */
function endOf({ endsAt }: Deployment): number {
  const stage = STAGES[Math.min(endsAt ?? STAGES.length, STAGES.length) - 1] ?? STAGES[0];
  return (stage?.until ?? 0) * MINUTE;
}

/** Ends a deployment whose time has come: the cluster stands, or the hosts keep what it has left. */
export function endDeployment(site: SiteState): void {
  const { deployment } = site.model;
  if (!deployment || !site.isDue(deployment.startedAt + endOf(deployment)) || deployment.outcome === "never-ends")
    return;
  site.change((model) => {
    delete model.deployment;
    for (const planned of deployment.hosts) {
      const host = model.hosts.find((each) => each.uuid === planned.uuid) as LabHost;
      host.remains = true;
      if (deployment.outcome === "fails") continue;
      Object.assign(host, {
        deployed: true,
        hostname: planned.hostname,
        managementIp: planned.managementIp,
        storageIp: planned.storageIp,
        passwords: { ...host.passwords, ...planned.passwords },
      });
    }
    if (deployment.outcome === "fails") return;
    model.cluster = newCluster(deployment, site.ids, site.now);
  });
}

/** Where the deployment is; undefined when none runs. */
export function deploymentStage(
  site: SiteState,
): { index: number; of: number; name: string; reachable: boolean } | undefined {
  site.advance();
  const { deployment } = site.model;
  if (!deployment) return undefined;
  const end = endOf(deployment);
  const elapsed = site.isDue(deployment.startedAt + end) ? end - 1 : site.now - deployment.startedAt;
  const index = STAGES.findIndex((stage) => elapsed / MINUTE < stage.until);
  const stage = STAGES[index] as (typeof STAGES)[number];
  return { index: index + 1, of: STAGES.length, ...stage };
}

/** Whether a host's network is up: hosts of a running deployment lose it twice. */
export function hasNetwork(site: SiteState, { uuid }: LabHost): boolean {
  const stage = deploymentStage(site);
  return !stage || stage.reachable || !site.model.deployment?.hosts.some((each) => each.uuid === uuid);
}
